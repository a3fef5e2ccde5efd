//! Why a request could not be carried out at all; that a slot is taken is an answer, not an error.

use std::sync::Arc;

use callflow_contract::convert::FieldError;
use callflow_domain::ErrorKind;

/// A step that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request cannot be what it is.
    #[error("reading the request")]
    Field(#[from] FieldError),
    /// The series asked for cannot be one.
    #[error("reading the series")]
    Series(#[from] callflow_domain::recurrence::Error),
    /// The database did not do its part.
    #[error("storing")]
    Store(#[from] callflow_store::Error),
    /// The availability service did not answer, or refused.
    #[error("asking availability to {doing}")]
    Availability {
        /// What it was asked.
        doing: &'static str,
        /// Its status.
        #[source]
        source: Box<tonic::Status>,
    },
    /// Something named in the request does not exist, or not for this company.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A read that several requests waited for failed.
    #[error("reading the catalog")]
    Catalog(#[source] Arc<callflow_store::Error>),
    /// The confirmation code that was drawn belongs to another coming appointment.
    #[error("the confirmation code is in use; another one is drawn")]
    CodeInUse,
    /// The idempotency key belongs to another request.
    #[error("the idempotency key was used for another request; use a new key for a new wish")]
    KeyReused,
    /// A stored answer cannot be read by this release.
    #[error("reading the stored answer of a repeated request")]
    StoredAnswer(#[source] prost::DecodeError),
    /// The settings do not make sense together.
    #[error("starting")]
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
            Self::Field(error) => error.kind(),
            Self::Series(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Availability { source, .. } => availability(source.code()),
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Catalog(error) => error.kind(),
            Self::KeyReused | Self::CodeInUse => ErrorKind::Conflict,
            Self::StoredAnswer(_) | Self::Runtime(_) => ErrorKind::Internal,
            Self::Rpc(_) | Self::Queue(_) => ErrorKind::Unavailable,
        }
    }

    /// Returns whether the same transaction may succeed once more: the database asks for it, or another code is drawn.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::CodeInUse => true,
            _ => false,
        }
    }
}

/// What a failure of availability means to *our* caller: it cannot mend our request, but it can wait.
fn availability(code: tonic::Code) -> ErrorKind {
    match code {
        tonic::Code::InvalidArgument => ErrorKind::Invalid,
        tonic::Code::NotFound => ErrorKind::NotFound,
        tonic::Code::DeadlineExceeded => ErrorKind::Timeout,
        tonic::Code::Internal => ErrorKind::Internal,
        _ => ErrorKind::Unavailable,
    }
}
