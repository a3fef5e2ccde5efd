//! Why a question could not be answered at all; that nothing is free is an answer, not an error.

use std::sync::Arc;

use callflow_contract::convert::FieldError;
use callflow_domain::{ErrorKind, hold::InvalidSegment, sequence, slot};

/// A step that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request cannot be what it is.
    #[error("reading the request")]
    Field(#[from] FieldError),
    /// The search asks for the impossible.
    #[error("searching")]
    Search(#[from] slot::Error),
    /// A sequence that cannot be looked for.
    #[error("searching a sequence")]
    Sequence(#[from] sequence::Error),
    /// Times that cannot be held.
    #[error("reading what is to be held")]
    Segment(#[from] InvalidSegment),
    /// Something named in the request does not exist, or not for this company.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The database did not do its part.
    #[error("reading")]
    Store(#[from] callflow_store::Error),
    /// A read that several requests waited for failed.
    #[error("reading together with others")]
    Shared(#[source] Arc<Error>),
    /// A read of the catalog that several requests waited for failed.
    #[error("reading the catalog")]
    Catalog(#[source] Arc<callflow_store::Error>),
    /// Redis did not do its part.
    #[error("asking Redis")]
    Cache(#[from] callflow_cache::Error),
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
            Self::Field(_) | Self::Search(_) | Self::Sequence(_) | Self::Segment(_) => ErrorKind::Invalid,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Store(error) => error.kind(),
            Self::Shared(error) => error.kind(),
            Self::Catalog(error) => error.kind(),
            Self::Cache(error) => error.kind(),
            Self::Runtime(_) => ErrorKind::Internal,
            Self::Rpc(_) | Self::Queue(_) => ErrorKind::Unavailable,
        }
    }
}
