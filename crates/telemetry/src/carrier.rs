//! Carries the W3C trace context over HTTP headers, gRPC metadata and message headers.
//!
//! Trace ids exist whether or not an exporter is configured, so one id follows a call through every
//! log line of the fleet. A carrier that is absent or malformed is ignored: a new trace begins.

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::TraceContextExt,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Name of the header, metadata key and message header that carries the trace.
pub const TRACEPARENT: &str = "traceparent";

/// Returns the current span as a `traceparent`, or `None` outside any span.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    let mut carrier = Single::default();
    inject(&mut carrier);
    carrier.0
}

/// Returns the trace id of the current span as 32 hex digits, or `None` outside any span.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| ids.trace_id().to_string())
    })
}

/// Makes `span` a child of the span named by `traceparent`; returns whether it did.
///
/// Must be called before the span is entered or instruments a future: a span that has begun keeps its parent.
pub fn set_parent(span: &Span, traceparent: &str) -> bool {
    adopt(span, &Single(Some(traceparent.to_owned())))
}

/// Writes the current span into HTTP headers.
pub fn inject_http(headers: &mut http::HeaderMap) {
    inject(&mut HttpHeaders(headers));
}

/// Makes `span` a child of the span named in HTTP headers; see [`set_parent`].
pub fn set_parent_http(span: &Span, headers: &http::HeaderMap) -> bool {
    adopt(span, &HttpHeadersRef(headers))
}

/// Writes the current span into gRPC metadata.
pub fn inject_grpc(metadata: &mut MetadataMap) {
    inject(&mut Metadata(metadata));
}

/// Makes `span` a child of the span named in gRPC metadata; see [`set_parent`].
pub fn set_parent_grpc(span: &Span, metadata: &MetadataMap) -> bool {
    adopt(span, &MetadataRef(metadata))
}

/// Hands the current span to `set` as (header, value) pairs, for any map of strings.
pub fn inject_with(set: impl FnMut(&str, String)) {
    inject(&mut Setter(set));
}

fn inject(carrier: &mut dyn Injector) {
    Context::map_current(|context| TraceContextPropagator::new().inject_context(context, carrier));
}

fn adopt(span: &Span, carrier: &dyn Extractor) -> bool {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), carrier);
    context.span().span_context().is_valid() && span.set_parent(context).is_ok()
}

/// A carrier that holds the `traceparent` alone.
#[derive(Default)]
struct Single(Option<String>);

impl Injector for Single {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

impl Extractor for Single {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.as_deref().filter(|_| key == TRACEPARENT)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

struct Setter<F>(F);

impl<F: FnMut(&str, String)> Injector for Setter<F> {
    fn set(&mut self, key: &str, value: String) {
        // The propagator writes an empty `tracestate`; a header without a value helps nobody.
        if !value.is_empty() {
            (self.0)(key, value);
        }
    }
}

struct HttpHeaders<'a>(&'a mut http::HeaderMap);

impl Injector for HttpHeaders<'_> {
    fn set(&mut self, key: &str, value: String) {
        let pair = (http::HeaderName::from_bytes(key.as_bytes()), http::HeaderValue::from_str(&value));
        if let (Ok(name), Ok(header)) = pair
            && !value.is_empty()
        {
            self.0.insert(name, header);
        }
    }
}

struct HttpHeadersRef<'a>(&'a http::HeaderMap);

impl Extractor for HttpHeadersRef<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

struct Metadata<'a>(&'a mut MetadataMap);

impl Injector for Metadata<'_> {
    fn set(&mut self, key: &str, value: String) {
        let pair = (MetadataKey::from_bytes(key.as_bytes()), MetadataValue::try_from(&value));
        if let (Ok(key), Ok(entry)) = pair
            && !value.is_empty()
        {
            self.0.insert(key, entry);
        }
    }
}

struct MetadataRef<'a>(&'a MetadataMap);

impl Extractor for MetadataRef<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        // Only the two W3C keys are ever asked for, by name.
        Vec::new()
    }
}
