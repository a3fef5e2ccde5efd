//! Turns failures into gRPC statuses and back.
//!
//! Two texts, two readers: the caller gets a sentence that was written for callers, the operator gets the error with
//! all its causes in the log. They meet in the request id, which is the trace id.

use std::error::Error;

use callflow_contract::common::v1::ErrorDetail;
use callflow_domain::ErrorKind;
use prost::Message;
use tonic::{Code, Status, metadata::MetadataValue};

mod detail;

/// What a caller reads when the fault is ours.
pub const INTERNAL: &str = "Something went wrong on our side.";
/// What a caller reads when the deadline passed.
pub const TIMEOUT: &str = "The answer did not come in time.";
/// What a caller reads when a dependency is away.
pub const UNAVAILABLE: &str = "The service is not available right now.";
/// What a caller reads when too much is asked at once.
pub const LIMITED: &str = "Too many requests at the moment.";

/// Metadata key under which a failed answer names the request.
const REQUEST_ID: &str = "x-request-id";

/// Returns the gRPC code of a kind of failure.
#[must_use]
pub const fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::NotFound => Code::NotFound,
        // Not `Aborted`, which invites a retry: the slot stays taken however often one asks.
        ErrorKind::Conflict => Code::FailedPrecondition,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::Forbidden => Code::PermissionDenied,
        ErrorKind::Limited => Code::ResourceExhausted,
        ErrorKind::Timeout => Code::DeadlineExceeded,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::Internal => Code::Internal,
    }
}

/// Returns the kind of failure a gRPC code stands for; `Ok`, which is none, counts as `Internal` here.
#[must_use]
pub const fn kind(code: Code) -> ErrorKind {
    match code {
        Code::InvalidArgument | Code::OutOfRange => ErrorKind::Invalid,
        Code::NotFound => ErrorKind::NotFound,
        Code::FailedPrecondition | Code::AlreadyExists | Code::Aborted => ErrorKind::Conflict,
        Code::Unauthenticated => ErrorKind::Unauthenticated,
        Code::PermissionDenied => ErrorKind::Forbidden,
        Code::ResourceExhausted => ErrorKind::Limited,
        // A cancelled call is one whose caller stopped waiting.
        Code::DeadlineExceeded | Code::Cancelled => ErrorKind::Timeout,
        Code::Unavailable => ErrorKind::Unavailable,
        Code::Internal | Code::Unknown | Code::Unimplemented | Code::DataLoss | Code::Ok => ErrorKind::Internal,
    }
}

/// A failure as it crosses the wire: what a program needs to react and a person needs to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What sort of failure it is.
    pub kind: ErrorKind,
    /// The sentence for the caller.
    pub message: String,
    /// The request field at fault, in proto notation.
    pub field: Option<String>,
    /// A stable code for programs, such as `slot_taken`.
    pub code: Option<String>,
    /// What is accepted instead.
    pub accepted: Option<String>,
    /// The id under which the operator finds the rest; set on failures that came over the wire.
    pub request_id: Option<String>,
}

impl Failure {
    /// Makes a failure with a sentence for the caller; one of kind `Internal` always says the same.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = if kind == ErrorKind::Internal { INTERNAL.to_owned() } else { message.into() };
        Self { kind, message, field: None, code: None, accepted: None, request_id: None }
    }

    /// Makes the failure that only says that the fault is ours.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(ErrorKind::Internal, INTERNAL)
    }

    /// Names the request field at fault and what is accepted for it.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, accepted: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self.accepted = Some(accepted.into());
        self
    }

    /// Adds a stable code for programs.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Logs `error` with all its causes for the operator, and returns the status for the caller.
    #[must_use]
    pub fn because(self, error: &(dyn Error + 'static)) -> Status {
        let kind = self.kind;
        match kind {
            ErrorKind::Internal => tracing::error!(error, %kind, "call failed"),
            ErrorKind::Unavailable | ErrorKind::Timeout => tracing::warn!(error, %kind, "call failed"),
            _ => tracing::info!(error, %kind, "call refused"),
        }
        self.into()
    }

    fn detail(&self) -> ErrorDetail {
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        ErrorDetail {
            kind: self.kind.as_str().to_owned(),
            field: text(&self.field),
            code: text(&self.code),
            accepted: text(&self.accepted),
        }
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let code = code(failure.kind);
        let message = callflow_telemetry::mask::mask(&failure.message).into_owned();
        let details = detail::encode(code, &message, &failure.detail());
        let mut status = Self::with_details(code, message, details.into());
        let id = failure.request_id.or_else(callflow_telemetry::current_trace_id);
        if let Some(id) = id.and_then(|id| MetadataValue::try_from(id).ok()) {
            status.metadata_mut().insert(REQUEST_ID, id);
        }
        status
    }
}

impl From<&Status> for Failure {
    /// Reads what the other side said. Without details of ours (a proxy, the transport) the code decides, and
    /// the message, which was not written for callers, is replaced.
    fn from(status: &Status) -> Self {
        let request_id = status.metadata().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
        let kind = kind(status.code());
        let Some(detail) = detail::decode(status.details()) else {
            let message = match kind {
                ErrorKind::Timeout => TIMEOUT,
                ErrorKind::Unavailable => UNAVAILABLE,
                ErrorKind::Limited => LIMITED,
                ErrorKind::Internal => INTERNAL,
                _ => status.message(),
            };
            return Self { request_id, ..Self::new(kind, message) };
        };
        let part = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            field: part(detail.field),
            code: part(detail.code),
            accepted: part(detail.accepted),
            request_id,
            ..Self::new(kind, status.message())
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::from(&status)
    }
}

#[cfg(test)]
mod tests;
