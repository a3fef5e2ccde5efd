//! Why a question could not be answered at all; "unresolved" is an answer, not an error.

use std::sync::Arc;

use callflow_contract::convert::FieldError;
use callflow_domain::ErrorKind;

/// A step that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request cannot be what it is.
    #[error("reading the request")]
    Field(#[from] FieldError),
    /// Something named in the request does not exist, or not for this company.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The database did not do its part.
    #[error("storing")]
    Store(#[from] callflow_store::Error),
    /// A read that several requests waited for failed.
    #[error("reading together with others")]
    Shared(#[source] Arc<callflow_store::Error>),
    /// The voice platform cannot be asked at all.
    #[error("preparing for the voice platform")]
    Platform(#[from] crate::platform::Error),
    /// Redis did not do its part.
    #[error("asking Redis")]
    Cache(#[from] callflow_cache::Error),
    /// Work beside the calls did not come to its end.
    #[error("checking the catalog")]
    Stopped(#[source] tokio::task::JoinError),
    /// The catalog cannot be written as a document.
    #[error("writing the catalog document")]
    Document(#[source] serde_json::Error),
    /// The frame of the service failed.
    #[error("running")]
    Runtime(#[from] callflow_runtime::Error),
    /// The gRPC server failed.
    #[error("serving gRPC")]
    Rpc(#[from] callflow_rpc::Error),
    /// The broker did not do its part.
    #[error("talking to the broker")]
    Queue(#[from] callflow_queue::Error),
}

impl Error {
    /// Returns the kind that callers are told.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Field(_) => ErrorKind::Invalid,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
            Self::Shared(error) => error.kind(),
            Self::Cache(error) => error.kind(),
            Self::Stopped(_) | Self::Platform(_) | Self::Document(_) | Self::Runtime(_) => ErrorKind::Internal,
            Self::Rpc(_) | Self::Queue(_) => ErrorKind::Unavailable,
        }
    }
}
