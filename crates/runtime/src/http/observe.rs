//! One span, one metric, one access line and one request id for each HTTP request.

use std::time::Instant;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use callflow_telemetry::metrics::known;
use tracing::{Instrument, Span, field::Empty, info_span};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Watches a request; use as `App::new().wrap(actix_web::middleware::from_fn(observe))`.
///
/// The trace begins here: a `traceparent` from outside is not adopted, because anybody could then decide what
/// is sampled. Its id is the answer's `x-request-id`. Lines and labels carry the route's pattern, never the
/// path, which may hold ids or worse.
pub async fn observe<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody + use<B>>, Error> {
    let method = known(request.method().as_str(), &METHODS);
    let span = info_span!(
        parent: None, "http", otel.kind = "server", otel.name = Empty, http.request.method = method, http.route = Empty, http.response.status_code = Empty
    );
    watch(request, next, method).instrument(span).await
}

async fn watch<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
    method: &'static str,
) -> Result<ServiceResponse<B>, Error> {
    let begun = Instant::now();
    let _active = Active::enter();
    // An `Err` becomes an answer only further out, where the request id could no longer be added.
    let outcome = next.call(request).await;
    let (route, status) = match &outcome {
        Ok(response) => (response.request().match_pattern(), response.status().as_u16()),
        Err(error) => (None, error.as_response_error().status_code().as_u16()),
    };
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let elapsed = begun.elapsed().as_secs_f64();
    let span = Span::current();
    span.record("otel.name", format!("{method} {route}"));
    span.record("http.route", &route);
    span.record("http.response.status_code", status);
    let labels = [("method", method.to_owned()), ("route", route), ("status", status.to_string())];
    metrics::histogram!("http_server_request_seconds", &labels).record(elapsed);
    if status >= 500 {
        tracing::warn!(target: "access", elapsed_ms = elapsed * 1_000.0, "answered");
    } else {
        tracing::info!(target: "access", elapsed_ms = elapsed * 1_000.0, "answered");
    }
    let id = callflow_telemetry::current_trace_id().and_then(|id| HeaderValue::from_str(&id).ok());
    outcome.map(|mut response| {
        if let Some(id) = id {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    })
}

/// Counts a request as active for as long as it is held, also when the client goes away in between.
struct Active;

impl Active {
    fn enter() -> Self {
        metrics::gauge!("http_server_active_requests").increment(1.0);
        Self
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        metrics::gauge!("http_server_active_requests").decrement(1.0);
    }
}
