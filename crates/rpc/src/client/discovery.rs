//! Finds the addresses behind endpoints and keeps the connections in step with them.
//!
//! A host name of a headless Kubernetes service stands for one address per pod. They are looked up again and again:
//! new pods get their share, gone ones are forgotten. While a look-up fails, the last answer stays in use.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use http::Uri;
use tokio::sync::mpsc::Sender;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint, channel::Change};

use super::Config;
use crate::Error;

/// Changes that may wait for the balancer to take them up.
const CHANGES: usize = 256;

/// An endpoint as it was configured.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    uri: Uri,
    host: String,
    port: u16,
}

impl Target {
    /// Reads `http://host:port` or `https://host:port`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.trim().parse().ok()?;
        let known = matches!(uri.scheme_str(), Some("http" | "https")) && matches!(uri.path(), "" | "/");
        let host = uri.host()?.trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().filter(|port| *port != 0)?;
        (known && !host.is_empty()).then_some(Self { uri, host, port })
    }

    /// Returns whether the host can stand for several addresses that change. `localhost` could, but never means to:
    /// of its two addresses often only one is listened on.
    fn is_name(&self) -> bool {
        self.host.parse::<IpAddr>().is_err() && self.host != "localhost"
    }

    fn is_encrypted(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }
}

/// Makes the transport to all endpoints of `config`; connects later.
pub(super) fn connect(dependency: &'static str, config: &Config) -> Result<Channel, Error> {
    let mut factories = Vec::new();
    for text in &config.endpoints {
        let refused = || Error::Endpoint { dependency, endpoint: text.clone() };
        let target = Target::parse(text).ok_or_else(refused)?;
        factories.push(Factory::new(dependency, config, target)?);
    }
    if let [only] = factories.as_slice()
        && !only.target.is_name()
    {
        return Ok(only.endpoint(None)?.connect_lazy());
    }
    let (channel, changes) = Channel::balance_channel(CHANGES);
    for factory in factories {
        tokio::spawn(follow(factory, changes.clone(), Duration::from_secs(config.resolve_secs)));
    }
    Ok(channel)
}

/// Makes the tonic endpoints of one target.
struct Factory {
    dependency: &'static str,
    target: Target,
    tls: Option<ClientTlsConfig>,
    connect_timeout: Duration,
}

impl Factory {
    /// Reads the certificate files and tries them once, so that a later endpoint cannot fail.
    fn new(dependency: &'static str, config: &Config, target: Target) -> Result<Self, Error> {
        let tls = if target.is_encrypted() {
            let domain = config.tls_domain.clone().filter(|domain| !domain.is_empty());
            Some(config.tls.client()?.domain_name(domain.unwrap_or_else(|| target.host.clone())))
        } else {
            None
        };
        let connect_timeout = Duration::from_millis(config.connect_timeout_ms);
        let factory = Self { dependency, target, tls, connect_timeout };
        factory.endpoint(None)?;
        Ok(factory)
    }

    /// Makes an endpoint for one address of the target, or for the target as it was written.
    fn endpoint(&self, address: Option<SocketAddr>) -> Result<Endpoint, Error> {
        let refused = |_| Error::Endpoint { dependency: self.dependency, endpoint: self.target.uri.to_string() };
        let endpoint = match address {
            None => Endpoint::from(self.target.uri.clone()),
            // The request still names the host, for certificates and for proxies.
            Some(address) => {
                let scheme = self.target.uri.scheme_str().unwrap_or("http");
                Endpoint::from_shared(format!("{scheme}://{address}")).map_err(refused)?.origin(self.target.uri.clone())
            }
        };
        let endpoint = endpoint
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .tcp_keepalive(Some(Duration::from_secs(60)))
            // Half a minute after a cut without a word, the connection is given up.
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true);
        match &self.tls {
            Some(tls) => {
                endpoint.tls_config(tls.clone()).map_err(|source| Error::Tls { whom: self.dependency, source })
            }
            None => Ok(endpoint),
        }
    }
}

/// Keeps the balancer in step with one target until the channel is dropped.
async fn follow(factory: Factory, changes: Sender<Change<SocketAddr, Endpoint>>, every: Duration) {
    let mut known = BTreeSet::new();
    loop {
        match tokio::net::lookup_host((factory.target.host.as_str(), factory.target.port)).await {
            Ok(found) => {
                let found: BTreeSet<SocketAddr> = found.collect();
                if !update(&factory, &changes, &known, &found).await {
                    return;
                }
                known = found;
            }
            Err(error) => tracing::warn!(
                dependency = factory.dependency,
                error = &error as &dyn std::error::Error,
                "the dependency's name cannot be looked up, its last known addresses stay in use"
            ),
        }
        // Nothing known yet means callers are waiting.
        let pause = if known.is_empty() { Duration::from_millis(500).min(every) } else { every };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = changes.closed() => return,
        }
    }
}

/// Tells the balancer what changed; false when nobody listens any more.
async fn update(
    factory: &Factory,
    changes: &Sender<Change<SocketAddr, Endpoint>>,
    known: &BTreeSet<SocketAddr>,
    found: &BTreeSet<SocketAddr>,
) -> bool {
    for address in found.difference(known) {
        let Ok(endpoint) = factory.endpoint(Some(*address)) else { continue };
        if changes.send(Change::Insert(*address, endpoint)).await.is_err() {
            return false;
        }
    }
    for address in known.difference(found) {
        if changes.send(Change::Remove(*address)).await.is_err() {
            return false;
        }
    }
    if known != found {
        tracing::info!(dependency = factory.dependency, addresses = found.len(), "the dependency's addresses changed");
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_urls_with_a_host_and_a_port_and_nothing_else() {
        for good in
            ["http://resolver:9090", "https://resolver.callflow.svc:443/", "http://[::1]:9090", " http://10.0.0.1:1 "]
        {
            assert!(Target::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "resolver:9090",
            "http://resolver",
            "http://resolver:0",
            "grpc://resolver:1",
            "http://r:1/path",
            "http://:9090",
        ] {
            assert!(Target::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_names_are_looked_up_again() {
        let is_name = |text: &str| Target::parse(text).unwrap().is_name();
        assert!(is_name("http://resolver:9090"));
        assert!(
            !is_name("http://127.0.0.1:9090") && !is_name("http://[::1]:9090") && !is_name("http://localhost:9090")
        );
    }
}
