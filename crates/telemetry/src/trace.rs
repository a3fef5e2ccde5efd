//! Builds the tracer provider: sampling, masking, and the OTLP exporter when one is configured.
//!
//! Without an exporter the provider still gives every span its ids, and records nothing.

use std::time::Duration;

use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter},
};

use crate::{Config, Error, mask};

/// Time for one batch to reach the collector before it is given up.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Builds the provider for `service`; with an endpoint it must be called inside a tokio runtime.
pub(crate) fn provider(service: &'static str, config: &Config) -> Result<SdkTracerProvider, Error> {
    let Some(endpoint) = config.endpoint() else {
        return Ok(SdkTracerProvider::builder().with_sampler(root(Sampler::AlwaysOff)).build());
    };
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()
        .map_err(Error::Exporter)?;
    let resource = Resource::builder()
        .with_service_name(format!("callflow-{service}"))
        .with_attribute(KeyValue::new("service.namespace", "callflow"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(root(Sampler::TraceIdRatioBased(config.trace_sample_ratio)))
        .with_batch_exporter(Masking(exporter))
        .build())
}

/// Lets `sampler` decide for new traces only; a trace begun elsewhere keeps its decision.
fn root(sampler: Sampler) -> Sampler {
    Sampler::ParentBased(Box::new(sampler))
}

/// Masks every text of a span just before it leaves the process.
#[derive(Debug)]
pub(crate) struct Masking<E>(pub(crate) E);

impl<E: SpanExporter> SpanExporter for Masking<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(mask_span);
        self.0.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn mask_span(span: &mut SpanData) {
    span.attributes.iter_mut().for_each(mask_attribute);
    for event in &mut span.events.events {
        event.name = mask::mask(&event.name).into_owned().into();
        event.attributes.iter_mut().for_each(mask_attribute);
    }
    if let opentelemetry::trace::Status::Error { description } = &mut span.status {
        *description = mask::mask(description).into_owned().into();
    }
}

fn mask_attribute(attribute: &mut KeyValue) {
    if !mask::may_print(attribute.key.as_str()) {
        attribute.value = mask::MASKED.into();
        return;
    }
    match &mut attribute.value {
        Value::String(text) => *text = mask::mask(text.as_str()).into_owned().into(),
        Value::Array(Array::String(texts)) => {
            texts.iter_mut().for_each(|text| *text = mask::mask(text.as_str()).into_owned().into());
        }
        _ => {}
    }
}
