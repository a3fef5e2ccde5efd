//! Starts telemetry for the whole process, and flushes it at the end.

use std::{sync::OnceLock, time::Duration};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::{runtime::Handle, task::JoinHandle};
use tracing::Dispatch;
use tracing_subscriber::{EnvFilter, Registry, fmt::MakeWriter, layer::SubscriberExt, reload};

use crate::{
    Config, Error,
    log::{self, LogLayer},
    metrics, trace,
};

/// The runtime telemetry was started on, asked for its task count at each scrape.
pub(crate) static RUNTIME: OnceLock<Handle> = OnceLock::new();

/// Starts logs on standard output, traces and metrics for this process.
///
/// Call it once, inside the tokio runtime, before anything is logged. Panics are logged from here on.
///
/// # Errors
/// Refuses filters and endpoints that cannot be used, and a second start.
pub fn start(service: &'static str, config: &Config) -> Result<Guard, Error> {
    let runtime = Handle::try_current().map_err(Error::NoRuntime)?;
    metrics::install()?;
    let (dispatch, handle, mut guard) = build(service, config, std::io::stdout)?;
    tracing::dispatcher::set_global_default(dispatch).map_err(Error::Subscriber)?;
    // Both were free until now, or the line above would have failed.
    let _ = log::FILTER.set(handle);
    let _ = RUNTIME.set(runtime.clone());
    guard.upkeep = Some(runtime.spawn(metrics::upkeep()));
    log_panics();
    Ok(guard)
}

type FilterHandle = reload::Handle<EnvFilter, Registry>;

/// Builds the subscriber without installing it.
pub(crate) fn build<W>(
    service: &'static str,
    config: &Config,
    writer: W,
) -> Result<(Dispatch, FilterHandle, Guard), Error>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    use tracing_subscriber::Layer;
    let (log_filter, handle) = reload::Layer::new(log::parse(&config.log_filter)?);
    let trace_filter = EnvFilter::builder()
        .parse(&config.trace_filter)
        .map_err(|source| Error::Filter { what: "trace_filter", source })?;
    let provider = trace::provider(service, config)?;
    let traces = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("callflow"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false);
    let subscriber = Registry::default()
        .with(LogLayer::new(service, config.log_format, writer).with_filter(log_filter))
        .with(traces.with_filter(trace_filter));
    let guard = Guard { provider, flush_timeout: Duration::from_millis(config.flush_timeout_ms), upkeep: None };
    Ok((Dispatch::new(subscriber), handle, guard))
}

/// Logs panics like any other error, masked and with their trace, instead of as bare text on standard error.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("panicked with something that is not text");
        tracing::error!(panic.location = location, panic.message = message, "a task panicked");
    }));
}

/// Keeps telemetry running; dropping it sends what is still buffered, for at most `flush_timeout_ms`.
#[must_use = "dropping the guard stops telemetry"]
#[derive(Debug)]
pub struct Guard {
    provider: SdkTracerProvider,
    flush_timeout: Duration,
    upkeep: Option<JoinHandle<()>>,
}

impl Drop for Guard {
    /// Blocks for at most the flush time-out; the runtime must still be alive for spans to leave.
    fn drop(&mut self) {
        if let Some(upkeep) = self.upkeep.take() {
            upkeep.abort();
        }
        if let Err(error) = self.provider.shutdown_with_timeout(self.flush_timeout) {
            tracing::warn!(error = %error, "spans of the last moments were not exported");
        }
    }
}

#[cfg(test)]
mod tests;
