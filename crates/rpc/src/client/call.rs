//! One call, with its tries.

use std::{
    error::Error,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use callflow_domain::ErrorKind;
use callflow_telemetry::carrier;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::time::timeout_at;
use tonic::{Code, Status, TimeoutExpired, body::Body};
use tower::{Service, ServiceExt};
use tracing::Span;

use super::{Idempotent, Shared};
use crate::{Deadline, Failure, Priority, breaker::Outcome, deadline, metric, status};

/// A failure after less time than this says more about the caller's haste than about the dependency.
const FAIR_CHANCE: Duration = Duration::from_millis(100);
/// Pause before the first retry; doubled for each further one, and spread by chance over its upper half.
const BACKOFF: Duration = Duration::from_millis(20);

/// Everything one call needs.
pub(super) struct Caller {
    pub(super) shared: Arc<Shared>,
    pub(super) transport: tonic::transport::Channel,
    pub(super) method: String,
}

impl Caller {
    /// Makes the call, with retries where they are allowed, until its deadline.
    pub(super) async fn call(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let begun = Instant::now();
        let deadline = self.deadline(&request);
        let outcome = if request.extensions().get::<Idempotent>().is_some() {
            self.try_repeatedly(request, deadline).await
        } else {
            self.try_once(request, deadline).await
        };
        let code = outcome.as_ref().map_or_else(Status::code, code_of);
        Span::current().record("rpc.code", tracing::field::debug(code));
        metric::called(self.shared.dependency, self.method, code, begun.elapsed());
        outcome
    }

    /// Returns the nearest of the request's own deadline, the running task's, and ours.
    fn deadline(&self, request: &Request<Body>) -> Deadline {
        let own = request.headers().get(deadline::HEADER).and_then(|value| deadline::parse(value.to_str().ok()?));
        let deadline = Deadline::after(own.unwrap_or(self.shared.timeout));
        Deadline::current().map_or(deadline, |current| current.min(deadline))
    }

    async fn try_repeatedly(&self, request: Request<Body>, deadline: Deadline) -> Result<Response<Body>, Status> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        self.budget(|budget| budget.deposit());
        let mut tries = 0;
        loop {
            let mut request = Request::new(Body::new(Full::new(body.clone()).map_err(|never| match never {})));
            *request.method_mut() = head.method.clone();
            *request.uri_mut() = head.uri.clone();
            *request.version_mut() = head.version;
            *request.headers_mut() = head.headers.clone();
            *request.extensions_mut() = head.extensions.clone();
            let outcome = self.try_once(request, deadline).await;
            let code = outcome.as_ref().map_or_else(Status::code, code_of);
            let pause = backoff(tries);
            let again = code == Code::Unavailable
                && tries < self.shared.max_retries
                && deadline.remaining() > pause * 2
                && self.shared.breaker.state() != crate::breaker::State::Open
                && self.budget(|budget| budget.withdraw(Instant::now()));
            if !again {
                return outcome;
            }
            tries += 1;
            metric::retried(self.shared.dependency);
            tokio::time::sleep(pause).await;
        }
    }

    /// Sends the request once, if the breaker lets it through and there is time.
    async fn try_once(&self, mut request: Request<Body>, deadline: Deadline) -> Result<Response<Body>, Status> {
        let turn = timeout_at(deadline.instant(), self.shared.turns.acquire()).await;
        let left = deadline.remaining();
        // The semaphore is never closed: without a turn the time was up.
        let (Ok(Ok(_turn)), false) = (turn, left.is_zero()) else {
            return Err(Failure::new(ErrorKind::Timeout, status::TIMEOUT).into());
        };
        let Ok(permit) = self.shared.breaker.acquire(Instant::now()) else {
            metric::refused(self.shared.dependency);
            return Err(Failure::new(ErrorKind::Unavailable, status::UNAVAILABLE).with_code("breaker_open").into());
        };
        if let Ok(value) = HeaderValue::from_str(&deadline::format(left)) {
            request.headers_mut().insert(deadline::HEADER, value);
        }
        carrier::inject_http(request.headers_mut());
        Priority::current().inject(request.headers_mut());
        let begun = Instant::now();
        let mut transport = self.transport.clone();
        let send = async { transport.ready().await?.call(request).await };
        let outcome = match timeout_at(deadline.instant(), send).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(broken(error)),
            Err(_) => Err(Failure::new(ErrorKind::Timeout, status::TIMEOUT).into()),
        };
        let code = outcome.as_ref().map_or_else(Status::code, code_of);
        permit.settle(lesson(code, begun.elapsed()), Instant::now());
        outcome
    }

    fn budget<T>(&self, use_it: impl FnOnce(&mut crate::budget::Budget) -> T) -> T {
        use_it(&mut self.shared.budget.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns the code in the head of an answer: there for failures, absent when it goes well.
fn code_of(response: &Response<Body>) -> Code {
    match response.headers().get(Status::GRPC_STATUS) {
        Some(code) => Code::from_bytes(code.as_bytes()),
        // Something between us and the service answered in its place.
        None if response.status().is_server_error() => Code::Unavailable,
        None => Code::Ok,
    }
}

/// Returns what an answer teaches about the dependency's health.
fn lesson(code: Code, took: Duration) -> Outcome {
    match code {
        Code::Unavailable => Outcome::Failure,
        Code::DeadlineExceeded | Code::Cancelled if took >= FAIR_CHANCE => Outcome::Failure,
        Code::DeadlineExceeded | Code::Cancelled => Outcome::Unknown,
        // Refusals, and even defects, are answers: it is there.
        _ => Outcome::Success,
    }
}

/// Turns an error of the transport into a status: its own time-out, or "away" with the cause kept for the log.
fn broken(error: tonic::transport::Error) -> Status {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(each) = cause {
        if each.is::<TimeoutExpired>() {
            return Failure::new(ErrorKind::Timeout, status::TIMEOUT).into();
        }
        cause = each.source();
    }
    tracing::debug!(error = &error as &dyn Error, "the connection failed");
    let mut status = Status::from(Failure::new(ErrorKind::Unavailable, status::UNAVAILABLE));
    status.set_source(Arc::new(error));
    status
}

/// Returns the pause before the next try.
fn backoff(tries: u32) -> Duration {
    BACKOFF * (1 << tries.min(5)) / 2 + BACKOFF.mul_f64(rand::random::<f64>() * f64::from(1 << tries.min(5)) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_stay_in_their_band() {
        for tries in 0..5 {
            let full = BACKOFF * (1 << tries);
            for _ in 0..200 {
                let pause = backoff(tries);
                assert!(full / 2 <= pause && pause <= full, "{tries}: {pause:?}");
            }
        }
    }

    #[test]
    fn only_silence_counts_against_a_dependency() {
        let long = Duration::from_secs(1);
        assert_eq!(lesson(Code::Unavailable, Duration::ZERO), Outcome::Failure);
        assert_eq!(lesson(Code::DeadlineExceeded, long), Outcome::Failure);
        assert_eq!(lesson(Code::DeadlineExceeded, Duration::from_millis(3)), Outcome::Unknown);
        for answered in [Code::Ok, Code::InvalidArgument, Code::ResourceExhausted, Code::Internal, Code::NotFound] {
            assert_eq!(lesson(answered, long), Outcome::Success, "{answered:?}");
        }
    }
}
