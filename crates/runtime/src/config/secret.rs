//! A value that is never printed, and the rule about which ones are too weak to start with.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A password, a key, a token, or a URL with one inside. Prints as `<secret>`, also when serialised.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// Words found in examples, images and tutorials; a secret that contains one is everybody's secret.
const WELL_KNOWN: [&str; 12] = [
    "changeme",
    "change-me",
    "password",
    "passwort",
    "secret",
    "guest",
    "postgres",
    "callflow",
    "admin",
    "example",
    "letmein",
    "12345678",
];

/// Shorter than this is guessable over a network.
const MIN_LENGTH: usize = 12;
/// Fewer different characters than this is a pattern, not a secret.
const MIN_DISTINCT: usize = 6;

impl Secret {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Returns the value, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether no value was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns why `value` is too weak, or `None` if it will do.
    #[must_use]
    pub fn weakness(value: &str) -> Option<&'static str> {
        let lower = value.to_lowercase();
        let distinct = value.chars().collect::<std::collections::HashSet<_>>().len();
        if value.chars().count() < MIN_LENGTH {
            Some("is shorter than 12 characters")
        } else if WELL_KNOWN.iter().any(|word| lower.contains(word)) {
            Some("contains a well-known default")
        } else if distinct < MIN_DISTINCT {
            Some("has fewer than 6 different characters")
        } else {
            None
        }
    }

    /// Returns the password inside a URL of the form `scheme://user:password@host`.
    #[must_use]
    pub fn url_password(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (credentials, _) = authority.rsplit_once('@')?;
        credentials.split_once(':').map(|(_, password)| password)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_empty() { "" } else { "<secret>" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_of_printing_shows_the_value() {
        let secret = Secret::new("tr0ub4dor&3-horse");
        let shown = format!("{secret} {secret:?} {}", serde_json::to_string(&secret).unwrap());
        assert!(!shown.contains("horse"), "{shown}");
    }

    #[test]
    fn weak_secrets_are_told_from_strong_ones() {
        for weak in [
            "",
            "short",
            "changeme-changeme",
            "MyPassword2026!",
            "aaaaaaaaaaaaaaaa",
            "abababababababab",
            "guest-guest-1",
        ] {
            assert!(Secret::weakness(weak).is_some(), "{weak}");
        }
        for strong in ["kQ9v-2mXr-77Lp", "correct horse battery staple"] {
            assert_eq!(Secret::weakness(strong), None, "{strong}");
        }
    }

    #[test]
    fn the_password_is_found_inside_a_url() {
        let password = |url: &str| Secret::new(url).url_password().map(str::to_owned);
        assert_eq!(password("postgres://user:pa:ss@host:5432/db?x=a@b").as_deref(), Some("pa:ss"));
        assert_eq!(password("redis://:only@host").as_deref(), Some("only"));
        assert_eq!(password("redis://host/0"), None);
        assert_eq!(password("nonsense"), None);
    }
}
