//! What can go wrong while a server or a client is built; calls themselves fail with a status.

use std::{io, path::PathBuf};

use callflow_domain::ErrorKind;

/// A step of building a server or a client that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate or key file cannot be read.
    #[error("reading {what} from {}", path.display())]
    File {
        /// What the file should hold.
        what: &'static str,
        /// Where it should be.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A file was read and holds something else.
    #[error("{} holds no {what} in PEM form", path.display())]
    Pem {
        /// What the file should hold.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not fit, or rustls refuses them for another reason.
    #[error("setting up TLS for {whom}")]
    Tls {
        /// The server itself, or the dependency.
        whom: &'static str,
        /// The library's reason.
        #[source]
        source: tonic::transport::Error,
    },
    /// An endpoint is no URL of the form `http://host:port`.
    #[error("reading the endpoint {endpoint} of {dependency}")]
    Endpoint {
        /// The dependency it is for.
        dependency: &'static str,
        /// The text that was given.
        endpoint: String,
    },
    /// The descriptors handed to reflection are damaged.
    #[error("reading the descriptors for reflection")]
    Descriptors(#[source] tonic_reflection::server::Error),
    /// The socket cannot be served.
    #[error("serving the gRPC socket")]
    Listen(#[source] io::Error),
    /// The server ended with an error.
    #[error("serving gRPC")]
    Serve(#[source] tonic::transport::Error),
}

impl Error {
    /// Returns what sort of failure this is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::File { .. } | Self::Pem { .. } | Self::Tls { .. } | Self::Endpoint { .. } => ErrorKind::Invalid,
            Self::Listen(_) => ErrorKind::Unavailable,
            Self::Descriptors(_) | Self::Serve(_) => ErrorKind::Internal,
        }
    }
}
