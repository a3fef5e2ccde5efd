//! Turns failures into HTTP answers, and watches every request.

mod observe;
mod serve;

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use callflow_domain::ErrorKind;
use serde_json::json;

pub use observe::observe;
pub use serve::serve;

/// What a caller reads when the fault is ours; the operator finds the rest under the request id.
pub const INTERNAL: &str = "Something went wrong on our side.";

/// Returns the HTTP status of a kind of failure.
#[must_use]
pub const fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Limited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A failure as its caller sees it: `application/problem+json` (RFC 9457) with the request id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: ErrorKind,
    status: StatusCode,
    detail: String,
    field: Option<String>,
}

impl Problem {
    /// Makes a problem; `detail` is for the caller. A problem of kind `Internal` always says the same.
    #[must_use]
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        let detail = if kind == ErrorKind::Internal { INTERNAL.to_owned() } else { detail.into() };
        Self { kind, status: status(kind), detail, field: None }
    }

    /// Makes a problem of a failure and logs the whole of it for the operator.
    #[must_use]
    pub fn of(kind: ErrorKind, detail: impl Into<String>, error: &(dyn std::error::Error + 'static)) -> Self {
        match kind {
            ErrorKind::Internal => tracing::error!(error, %kind, "request failed"),
            ErrorKind::Unavailable | ErrorKind::Timeout => tracing::warn!(error, %kind, "request failed"),
            _ => tracing::info!(error, %kind, "request refused"),
        }
        Self::new(kind, detail)
    }

    /// Names the field of the request that is at fault.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Uses a more precise status of the same class, such as 413 for an `Invalid` body.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if matches!(self.kind, ErrorKind::Limited | ErrorKind::Unavailable) {
            response.insert_header(("retry-after", "1"));
        }
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "kind": self.kind.as_str(),
            "detail": self.detail,
            "field": self.field,
            "request_id": callflow_telemetry::current_trace_id(),
        });
        response.content_type("application/problem+json").body(body.to_string())
    }
}

impl actix_web::Responder for Problem {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &actix_web::HttpRequest) -> HttpResponse {
        self.error_response()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;

    use super::*;

    #[test]
    fn every_kind_has_a_status_of_its_own() {
        let statuses: std::collections::HashSet<_> = ErrorKind::ALL.iter().map(|kind| status(*kind)).collect();
        assert_eq!(statuses.len(), ErrorKind::ALL.len());
        assert!(statuses.iter().all(|status| status.is_client_error() || status.is_server_error()));
    }

    #[test]
    fn an_internal_problem_never_tells_the_caller_why() {
        let error = std::io::Error::other("relation booking.appointment does not exist");
        let problem = Problem::of(ErrorKind::Internal, error.to_string(), &error);
        let body = problem.error_response().into_body().try_into_bytes().unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["detail"], &body["status"]), (&INTERNAL.into(), &500.into()));
    }

    #[test]
    fn a_problem_names_its_field_and_asks_to_wait_when_waiting_helps() {
        let problem = Problem::new(ErrorKind::Unavailable, "try again").with_field("start");
        let response = problem.error_response();
        assert_eq!(response.headers().get("retry-after").unwrap(), "1");
        assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
        let body = response.into_body().try_into_bytes().unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["field"], "start");
    }
}
