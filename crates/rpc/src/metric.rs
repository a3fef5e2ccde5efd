//! The instruments of calls, with unit and labels.
//!
//! Labels hold names known at build time only: the method of a request nobody serves is `other`.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use tonic::Code;

use crate::breaker::State;

/// Describes the instruments; call once after metrics were installed.
pub fn describe() {
    describe_histogram!("rpc_server_request_seconds", Unit::Seconds, "Time to answer a call, by method and code.");
    describe_gauge!("rpc_server_active_requests", Unit::Count, "Calls being answered.");
    describe_histogram!(
        "rpc_client_request_seconds",
        Unit::Seconds,
        "Time a call took, retries included, by dependency, method and code."
    );
    describe_counter!("rpc_client_retries_total", Unit::Count, "Retries, by dependency.");
    describe_gauge!("rpc_breaker_state", Unit::Count, "0 closed, 1 half open, 2 open, by dependency.");
    describe_counter!("rpc_breaker_refused_total", Unit::Count, "Calls refused by an open breaker, by dependency.");
}

/// Notes a call that was answered.
pub(crate) fn served(method: &str, code: Code, took: Duration) {
    // Only a method that exists may become a label; the rest would be whatever callers make up.
    let method = if code == Code::Unimplemented { "other".to_owned() } else { method.to_owned() };
    histogram!("rpc_server_request_seconds", "method" => method, "code" => name(code)).record(took.as_secs_f64());
}

/// Counts a call as being answered until the guard is dropped.
pub(crate) fn active() -> impl Drop {
    struct Active;
    impl Drop for Active {
        fn drop(&mut self) {
            gauge!("rpc_server_active_requests").decrement(1.0);
        }
    }
    gauge!("rpc_server_active_requests").increment(1.0);
    Active
}

/// Notes a call that was made.
pub(crate) fn called(dependency: &'static str, method: String, code: Code, took: Duration) {
    histogram!("rpc_client_request_seconds", "dependency" => dependency, "method" => method, "code" => name(code))
        .record(took.as_secs_f64());
}

/// Notes a retry.
pub(crate) fn retried(dependency: &'static str) {
    counter!("rpc_client_retries_total", "dependency" => dependency).increment(1);
}

/// Shows what a breaker does.
pub(crate) fn breaker(dependency: &'static str, state: State) {
    gauge!("rpc_breaker_state", "dependency" => dependency).set(f64::from(state.gauge()));
}

/// Notes a call that a breaker refused.
pub(crate) fn refused(dependency: &'static str) {
    counter!("rpc_breaker_refused_total", "dependency" => dependency).increment(1);
}

/// Returns a code's name in the spelling of labels.
const fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "cancelled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}
