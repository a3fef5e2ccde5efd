//! Why the service could not start or an event could not be kept.

use std::{io, path::PathBuf};

use callflow_domain::ErrorKind;

/// A step that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder with the signing keys cannot be read.
    #[error("reading the signing keys in {dir}")]
    Keys {
        /// The folder.
        dir: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// A company's keys cannot be used.
    #[error("the signing keys of {company} are refused: {problem}")]
    Key {
        /// The company's slug.
        company: String,
        /// What is wrong with them.
        problem: &'static str,
    },
    /// Neither broker nor spool took an event.
    #[error("keeping an event")]
    Kept(#[source] Box<Error>),
    /// The spool took longer than the sender waits.
    #[error("the spool did not answer in time")]
    Slow,
    /// The frame of the service failed.
    #[error("running")]
    Runtime(#[from] callflow_runtime::Error),
    /// A channel to another service cannot be used.
    #[error("preparing calls")]
    Rpc(#[from] callflow_rpc::Error),
    /// The broker did not do its part.
    #[error("talking to the broker")]
    Queue(#[from] callflow_queue::Error),
    /// Redis cannot be used as it is configured.
    #[error("preparing Redis")]
    Cache(#[from] callflow_cache::Error),
    /// The spool did not do its part.
    #[error("spooling")]
    Store(#[from] callflow_store::Error),
}

impl Error {
    /// Returns the kind that callers are told.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Keys { .. } | Self::Key { .. } | Self::Runtime(_) => ErrorKind::Internal,
            Self::Kept(_) | Self::Slow | Self::Rpc(_) | Self::Queue(_) => ErrorKind::Unavailable,
            Self::Cache(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }
}
