//! Why something could not be counted or shown.

use callflow_contract::convert::FieldError;
use callflow_domain::ErrorKind;

/// A step that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request cannot be what it is.
    #[error("reading the request")]
    Field(#[from] FieldError),
    /// The figures are too old to be called live.
    #[error("figures are not current")]
    Stale,
    /// Redis did not do its part.
    #[error("asking Redis")]
    Cache(#[from] callflow_cache::Error),
    /// A service that keeps records could not be asked.
    #[error("reading the records")]
    Records(#[source] Box<tonic::Status>),
    /// A histogram could not be written as bytes.
    #[error("writing a histogram")]
    Histogram(#[from] hdrhistogram::serialization::V2SerializeError),
    /// The figures could not be written as JSON.
    #[error("writing the figures")]
    Json(#[from] serde_json::Error),
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
            Self::Cache(error) => error.kind(),
            Self::Histogram(_) | Self::Json(_) | Self::Runtime(_) => ErrorKind::Internal,
            Self::Stale | Self::Records(_) | Self::Rpc(_) | Self::Queue(_) => ErrorKind::Unavailable,
        }
    }
}
