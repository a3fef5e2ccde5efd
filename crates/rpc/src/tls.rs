//! TLS from files: certificate, key, and whom to trust. Read and checked before anything listens or connects.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::Error;

/// Certificate files; all absent means plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Files {
    /// Our certificate chain, PEM.
    pub cert_file: Option<String>,
    /// The key of our certificate, PEM.
    pub key_file: Option<String>,
    /// The authorities whose certificates we accept from the other side, PEM. On a server this demands a client certificate.
    pub ca_file: Option<String>,
}

impl Files {
    /// Reports every setting to `report` as (field, whether it is fine, what is accepted).
    pub fn check(&self, report: &mut dyn FnMut(&str, bool, &str)) {
        let paired = given(&self.cert_file).is_some() == given(&self.key_file).is_some();
        report("cert_file", paired, "a PEM file, together with key_file, or nothing");
        report("key_file", paired, "a PEM file, together with cert_file, or nothing");
        report("ca_file", true, "a PEM file with one or more certificates, or nothing");
    }

    /// Returns the server's side, or `None` without a certificate.
    pub(crate) fn server(&self) -> Result<Option<ServerTlsConfig>, Error> {
        let Some(identity) = self.identity()? else { return Ok(None) };
        let tls = ServerTlsConfig::new().identity(identity);
        Ok(Some(match given(&self.ca_file) {
            Some(path) => tls.client_ca_root(Certificate::from_pem(read(path, CERTIFICATE)?)),
            None => tls,
        }))
    }

    /// Returns the client's side; without an authority of its own it trusts the system's.
    pub(crate) fn client(&self) -> Result<ClientTlsConfig, Error> {
        let tls = match given(&self.ca_file) {
            Some(path) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(path, CERTIFICATE)?)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        Ok(match self.identity()? {
            Some(identity) => tls.identity(identity),
            None => tls,
        })
    }

    fn identity(&self) -> Result<Option<Identity>, Error> {
        match (given(&self.cert_file), given(&self.key_file)) {
            (Some(cert), Some(key)) => Ok(Some(Identity::from_pem(read(cert, CERTIFICATE)?, read(key, KEY)?))),
            _ => Ok(None),
        }
    }
}

const CERTIFICATE: (&str, &str) = ("certificate", "-----BEGIN CERTIFICATE-----");
const KEY: (&str, &str) = ("private key", "PRIVATE KEY-----");

/// Reads a file that must contain `mark`.
fn read(path: &Path, (what, mark): (&'static str, &str)) -> Result<String, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::File { what, path: path.to_owned(), source })?;
    if text.contains(mark) { Ok(text) } else { Err(Error::Pem { what, path: path.to_owned() }) }
}

/// Returns a setting unless it is absent or empty.
fn given(path: &Option<String>) -> Option<&Path> {
    path.as_deref().map(str::trim).filter(|path| !path.is_empty()).map(Path::new)
}
