//! What happens around every call: its trace, its deadline, its turn, its panic, its metric.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use callflow_domain::ErrorKind;
use callflow_telemetry::carrier;
use futures::{FutureExt, future::BoxFuture};
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Code, Status, body::Body};
use tower::{Layer, Service};
use tracing::{Instrument, Span, field::Empty, info_span};

use super::Config;
use crate::{Deadline, Failure, Priority, deadline, metric, status};

/// The part of the settings that each call needs.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    active: Arc<Semaphore>,
    background: Arc<Semaphore>,
    queue: Duration,
    max_timeout: Duration,
    max_request_bytes: usize,
}

impl Limits {
    /// Takes the limits out of the settings.
    pub(super) fn of(config: &Config) -> Self {
        Self {
            active: Arc::new(Semaphore::new(config.max_active)),
            // Half the places are kept for people who wait on the phone.
            background: Arc::new(Semaphore::new(config.max_active.div_ceil(2))),
            queue: Duration::from_millis(config.queue_ms),
            max_timeout: Duration::from_millis(config.max_timeout_ms),
            max_request_bytes: config.max_request_bytes,
        }
    }

    /// Returns the deadline of a call: the caller's, shortened so that the caller still hears how it ended.
    fn deadline<B>(&self, request: &Request<B>) -> Deadline {
        let header = request.headers().get(deadline::HEADER).and_then(|value| value.to_str().ok());
        match header.and_then(deadline::parse) {
            // The transport gives up at the deadline itself, with a status that says less.
            Some(left) => Deadline::after(left.min(self.max_timeout)).minus((left / 10).min(Duration::from_millis(3))),
            None => Deadline::after(self.max_timeout),
        }
    }

    /// Waits for the call's turn, for a moment.
    async fn turn(&self, priority: Priority) -> Result<Turn, Status> {
        let turn = async {
            // Closed semaphores do not exist here, so `ok` loses nothing.
            let background = match priority {
                Priority::Live => None,
                Priority::Background => Arc::clone(&self.background).acquire_owned().await.ok(),
            };
            Turn { _background: background, _place: Arc::clone(&self.active).acquire_owned().await.ok() }
        };
        let late = |_| Failure::new(ErrorKind::Limited, status::LIMITED).into();
        tokio::time::timeout(self.queue, turn).await.map_err(late)
    }
}

/// The place a call occupies while it is answered.
struct Turn {
    _background: Option<OwnedSemaphorePermit>,
    _place: Option<OwnedSemaphorePermit>,
}

/// Puts [`Observe`] around the services.
#[derive(Debug, Clone)]
pub(super) struct ObserveLayer(Limits);

impl ObserveLayer {
    pub(super) const fn new(limits: Limits) -> Self {
        Self(limits)
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Observe<S> {
        Observe { inner, limits: self.0.clone() }
    }
}

/// The services with everything around them.
#[derive(Debug, Clone)]
pub(super) struct Observe<S> {
    inner: S,
    limits: Limits,
}

impl<S> Service<Request<Body>> for Observe<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The service that was polled ready answers; its clone takes its place.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        // Health and reflection come from platforms and tools: no trace, no turn, no metric.
        if request.uri().path().starts_with("/grpc.") {
            return inner.call(request).boxed();
        }
        let span = info_span!(
            "rpc",
            otel.kind = "server",
            rpc.system = "grpc",
            rpc.method = request.uri().path().trim_start_matches('/'),
            rpc.code = Empty
        );
        carrier::set_parent_http(&span, request.headers());
        watch(inner, request, self.limits.clone()).instrument(span).map(Ok).boxed()
    }
}

/// Answers one call, whatever happens in it.
async fn watch<S>(inner: S, request: Request<Body>, limits: Limits) -> Response<Body>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Send,
    S::Future: Send,
{
    let begun = Instant::now();
    let _active = metric::active();
    let method = request.uri().path().trim_start_matches('/').to_owned();
    let deadline = limits.deadline(&request);
    let response = match deadline.enforce(answer(inner, request, &limits, deadline)).await {
        Ok(response) => response,
        Err(status) => status.into_http(),
    };
    // Only failures have their code in the head; streams that fail later have begun well.
    let code = response.headers().get(Status::GRPC_STATUS).map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()));
    Span::current().record("rpc.code", tracing::field::debug(code));
    metric::served(&method, code, begun.elapsed());
    response
}

/// Calls the service in its turn; a panic becomes a failure of this one call.
async fn answer<S>(
    mut inner: S,
    mut request: Request<Body>,
    limits: &Limits,
    deadline: Deadline,
) -> Result<Response<Body>, Status>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let priority = Priority::extract(request.headers());
    let _turn = limits.turn(priority).await?;
    request.extensions_mut().insert(deadline);
    let max = limits.max_request_bytes;
    let request = request.map(|body| {
        let too_large =
            move |_| Status::from(Failure::new(ErrorKind::Invalid, format!("a request has at most {max} bytes")));
        Body::new(Limited::new(body, max).map_err(too_large))
    });
    match AssertUnwindSafe(priority.scope(inner.call(request))).catch_unwind().await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(never)) => match never {},
        // The panic hook has logged what happened, with this span's trace.
        Err(_) => Err(Failure::internal().into()),
    }
}
