//! Where Redis is and how long it may take to answer.

use std::{fmt, time::Duration};

use serde::Deserialize;

use crate::Error;

/// Settings of the connection to Redis. The defaults suit a Redis in the same data centre.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS against the system's roots;
    /// several, separated by commas, are seed nodes of a Redis Cluster.
    pub url: String,
    /// Whether a single URL is a seed node of a Redis Cluster, too.
    pub cluster: bool,
    /// First part of every key; another one makes another world in the same Redis.
    pub prefix: String,
    /// Connections kept open; each carries many commands at a time.
    pub connections: usize,
    /// Longest wait for a new connection, in milliseconds.
    pub connect_ms: u64,
    /// Longest wait for an answer, in milliseconds.
    pub command_ms: u64,
    /// Pause between attempts to reach a Redis known to be away, in milliseconds.
    pub probe_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            url: "redis://127.0.0.1:6379".to_owned(),
            cluster: false,
            prefix: "callflow".to_owned(),
            connections: 4,
            connect_ms: 250,
            // Answers take under a millisecond; whoever waits longer than this is better off without the cache.
            command_ms: 300,
            probe_ms: 250,
        }
    }
}

impl Config {
    /// Returns what is wrong with the settings, all at once; empty when they can be used.
    #[must_use]
    pub fn problems(&self) -> Vec<Error> {
        let prefix = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        let urls = self.urls();
        let schemed = urls.iter().all(|url| url.starts_with("redis://") || url.starts_with("rediss://"));
        let checks = [
            (
                "url",
                "redis://host:port or rediss://host:port, several separated by commas",
                !urls.is_empty() && schemed,
            ),
            ("prefix", "1 to 40 letters, digits, dots, colons, hyphens or underscores", {
                (1..=40).contains(&self.prefix.len()) && self.prefix.bytes().all(prefix)
            }),
            ("connections", "1 to 64", (1..=64).contains(&self.connections)),
            ("connect_ms", "10 to 10000", (10..=10_000).contains(&self.connect_ms)),
            ("command_ms", "10 to 10000", (10..=10_000).contains(&self.command_ms)),
            ("probe_ms", "10 to 60000", (10..=60_000).contains(&self.probe_ms)),
        ];
        let refused = checks.into_iter().filter(|(_, _, right)| !right);
        refused.map(|(setting, accepted, _)| Error::Config { setting, accepted }).collect()
    }

    pub(crate) fn urls(&self) -> Vec<&str> {
        self.url.split(',').map(str::trim).filter(|url| !url.is_empty()).collect()
    }

    pub(crate) fn clustered(&self) -> bool {
        self.cluster || self.urls().len() > 1
    }

    pub(crate) const fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }

    pub(crate) const fn command(&self) -> Duration {
        Duration::from_millis(self.command_ms)
    }

    pub(crate) const fn probe(&self) -> Duration {
        Duration::from_millis(self.probe_ms)
    }
}

/// Returns the URL without user and password.
fn without_secret(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<_> = self.urls().into_iter().map(without_secret).collect();
        f.debug_struct("Config")
            .field("url", &urls)
            .field("cluster", &self.cluster)
            .field("prefix", &self.prefix)
            .field("connections", &self.connections)
            .field("connect_ms", &self.connect_ms)
            .field("command_ms", &self.command_ms)
            .field("probe_ms", &self.probe_ms)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Config {
        Config { url: url.to_owned(), ..Config::default() }
    }

    #[test]
    fn default_is_usable() {
        assert!(Config::default().problems().is_empty());
    }

    #[test]
    fn several_urls_are_a_cluster() {
        assert!(config("redis://a:1, redis://b:2").clustered());
        assert!(!config("redis://a:1").clustered());
        assert!(Config { cluster: true, ..config("redis://a:1") }.clustered());
    }

    #[test]
    fn all_senseless_settings_are_named_at_once() {
        let wrong = Config { prefix: "a{b}".into(), connections: 0, command_ms: 0, ..config("http://x") };
        let texts: Vec<_> = wrong.problems().iter().map(ToString::to_string).collect();
        for setting in ["redis.url", "redis.prefix", "redis.connections", "redis.command_ms"] {
            assert!(texts.iter().any(|text| text.starts_with(setting)), "{setting} in {texts:?}");
        }
        assert_eq!(texts.len(), 4);
        assert_eq!(config(" , ").problems().len(), 1);
    }

    #[test]
    fn printing_shows_no_password() {
        let shown = format!("{:?}", config("redis://me:p@ss@a:1,rediss://:secret@b:2/0"));
        assert!(!shown.contains("p@ss") && !shown.contains("secret") && shown.contains("b:2/0"), "{shown}");
    }
}
