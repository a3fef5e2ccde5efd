//! What can go wrong while telemetry starts; afterwards it never fails its caller.

/// A step of [`start`](crate::start) that failed.
///
/// There is no `kind()`: telemetry stands alone, below `domain`, and its errors only ever end a start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `log_filter` or `trace_filter` is not a list of directives.
    #[error("reading {what} as filter directives such as `info,callflow=debug`")]
    Filter {
        /// Which setting it was.
        what: &'static str,
        /// The parser's reason.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// The OTLP exporter could not be built from `otlp_endpoint`.
    #[error("building the OTLP exporter")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// There is no tokio runtime here to run the exporter and the upkeep of metrics on.
    #[error("starting telemetry outside a tokio runtime")]
    NoRuntime(#[source] tokio::runtime::TryCurrentError),
    /// Another subscriber is installed in this process already.
    #[error("installing the subscriber a second time")]
    Subscriber(#[source] tracing::subscriber::SetGlobalDefaultError),
    /// Histogram buckets were refused, or another recorder is installed in this process already.
    #[error("installing the metrics recorder")]
    Recorder(#[source] metrics_exporter_prometheus::BuildError),
    /// The log filter can only be changed after [`start`](crate::start).
    #[error("changing the log filter before telemetry was started")]
    NotStarted,
}
