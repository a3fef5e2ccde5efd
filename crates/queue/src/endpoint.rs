//! Where the broker is and how to get in: address, credentials, certificates.

use std::fmt;

use lapin::{
    tcp::{OwnedIdentity, OwnedTLSConfig},
    uri::{AMQPScheme, AMQPUri},
};

use crate::Error;

/// Seconds of silence after which either side gives up the connection, unless the address says `?heartbeat=`.
/// RabbitMQ offers 60: for a minute after a cut nobody would know.
const HEARTBEAT_SECS: u16 = 10;
/// Largest frame in bytes, unless the address says `?frame_max=`. The client keeps two buffers of 32 frames per connection,
/// so RabbitMQ's own 128 KiB would cost 8 MiB each; larger bodies travel in several frames.
const FRAME_BYTES: u32 = 32 * 1024;
/// Smallest frame that RabbitMQ 4.1 and later put up with; 0 leaves it to the broker.
const LEAST_FRAME_BYTES: u32 = 8 * 1024;

/// A broker, with everything needed to connect to it. Prints without its password and key.
#[derive(Clone)]
pub struct Endpoint {
    pub(crate) uri: AMQPUri,
    pub(crate) name: String,
    authority: Option<String>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl Endpoint {
    /// Reads an address such as `amqps://callflow_booking:secret@broker.example:5671/callflow`.
    ///
    /// # Errors
    /// When it is no AMQP address, or asks for frames that are too small for RabbitMQ 4.
    pub fn parse(address: &str) -> Result<Self, Error> {
        let mut uri: AMQPUri = address.parse().map_err(|problem: String| Error::Address { problem })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECS);
        let frame = *uri.query.frame_max.get_or_insert(FRAME_BYTES);
        if frame != 0 && frame < LEAST_FRAME_BYTES {
            return Err(Error::Address {
                problem: format!("frame_max is {frame}, at least {LEAST_FRAME_BYTES} is needed"),
            });
        }
        Ok(Self { uri, name: "callflow".into(), authority: None, identity: None })
    }

    /// Names the connection; the broker shows it to its operators.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Trusts the certificates in `pem` besides the system's own.
    #[must_use]
    pub fn with_authority(mut self, pem: impl Into<String>) -> Self {
        self.authority = Some(pem.into());
        self
    }

    /// Shows this certificate (PEM) and key (PKCS#8 PEM) to the broker.
    #[must_use]
    pub fn with_identity(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self
    }

    /// Returns whether the connection is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.uri.scheme == AMQPScheme::AMQPS
    }

    /// Returns host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", self.uri.authority.host, self.uri.authority.port)
    }

    pub(crate) fn tls(&self) -> OwnedTLSConfig {
        let identity = self.identity.clone().map(|(pem, key)| OwnedIdentity::PKCS8 { pem, key });
        OwnedTLSConfig { identity, cert_chain: self.authority.clone() }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/{}", self.uri.scheme, self.address(), self.uri.vhost)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self} as {:?})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_shows_neither_user_nor_password() {
        let endpoint = Endpoint::parse("amqps://someone:s3cret@broker.example/callflow").unwrap();
        let endpoint = endpoint.with_identity("certificate", "private key");
        let shown = format!("{endpoint} {endpoint:?}");
        assert!(shown.contains("amqps://broker.example:5671/callflow"), "{shown}");
        assert!(!shown.contains("s3cret") && !shown.contains("someone") && !shown.contains("private"), "{shown}");
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_it() {
        for address in ["", "http://broker", "amqp//user:s3cret@broker", "broker:5672"] {
            let error = Endpoint::parse(address).unwrap_err().to_string();
            assert!(error.starts_with("broker address is invalid"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn frames_are_as_large_as_rabbitmq_4_wants_them() {
        let frame = |query: &str| Endpoint::parse(&format!("amqp://broker{query}")).map(|one| one.uri.query.frame_max);
        assert_eq!(frame("").unwrap(), Some(32 * 1024));
        assert_eq!(frame("?frame_max=8192").unwrap(), Some(8192));
        assert_eq!(frame("?frame_max=0").unwrap(), Some(0));
        let error = frame("?frame_max=4096").unwrap_err().to_string();
        assert_eq!(error, "broker address is invalid: frame_max is 4096, at least 8192 is needed");
    }

    #[test]
    fn silence_is_noticed_within_seconds_unless_the_address_says_otherwise() {
        assert_eq!(Endpoint::parse("amqp://broker").unwrap().uri.query.heartbeat, Some(10));
        assert_eq!(Endpoint::parse("amqp://broker?heartbeat=3").unwrap().uri.query.heartbeat, Some(3));
    }
}
