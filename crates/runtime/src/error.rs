//! What can go wrong in the frame around a service.

use std::{io, net::SocketAddr, path::PathBuf};

use callflow_domain::ErrorKind;

/// A step of a service's life that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is refused; the text names every variable at once.
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    /// An address could not be listened on.
    #[error("listening on {address} for {what}")]
    Listen {
        /// `http`, `grpc` or `admin`.
        what: &'static str,
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The admin server could not be started.
    #[error("starting the admin server")]
    Admin(#[source] io::Error),
    /// The file that says the service is ready could not be written.
    #[error("writing the ready file {}", path.display())]
    ReadyFile {
        /// Where it was to be.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A part that runs for as long as the service does has ended before it was asked to.
    #[error("{part} ended although nobody stopped it")]
    Ended {
        /// The part's name.
        part: &'static str,
    },
    /// A part that runs for as long as the service does has failed.
    #[error("running {part}")]
    Part {
        /// The part's name.
        part: &'static str,
        /// Its own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Returns what sort of failure this is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Config(_) => ErrorKind::Invalid,
            Self::Listen { .. } | Self::ReadyFile { .. } => ErrorKind::Unavailable,
            Self::Admin(_) | Self::Ended { .. } | Self::Part { .. } => ErrorKind::Internal,
        }
    }
}
