//! Writes log lines: masked, with the service, the trace id and the fields of all enclosing spans.

mod field;
mod line;

use std::sync::OnceLock;

use opentelemetry::{Context, trace::TraceContextExt};
use tracing::{
    Event, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    EnvFilter, Registry,
    fmt::MakeWriter,
    layer::{Context as LayerContext, Layer},
    registry::LookupSpan,
    reload,
};

use crate::{Error, LogFormat};
use field::Fields;
use line::Line;

/// The handle through which the filter of the running process is changed.
pub(crate) static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Replaces the log filter of the running process by `directives`.
///
/// # Errors
/// Refuses text that is not a list of directives, and any text before [`start`](crate::start).
pub fn set_log_filter(directives: &str) -> Result<(), Error> {
    let filter = parse(directives)?;
    FILTER.get().ok_or(Error::NotStarted)?.reload(filter).map_err(|_| Error::NotStarted)
}

/// Parses `directives` as a filter.
pub(crate) fn parse(directives: &str) -> Result<EnvFilter, Error> {
    EnvFilter::builder().parse(directives).map_err(|source| Error::Filter { what: "log_filter", source })
}

/// The layer that turns events into lines on `writer`.
pub(crate) struct LogLayer<W> {
    service: &'static str,
    format: LogFormat,
    writer: W,
}

impl<W> LogLayer<W> {
    /// Makes a layer that names `service` on each line.
    pub(crate) fn new(service: &'static str, format: LogFormat, writer: W) -> Self {
        Self { service, format, writer }
    }
}

impl<S, W> Layer<S> for LogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        let mut fields = Fields::default();
        let mut innermost = None;
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.extend(outer);
            }
            innermost = Some(span.name());
        }
        event.record(&mut fields);
        let ids = Context::map_current(|context| context.span().span_context().clone());
        let line =
            Line { service: self.service, metadata: event.metadata(), span: innermost, ids: &ids, fields: &fields };
        let text = match self.format {
            LogFormat::Json => line.json(),
            LogFormat::Text => line.text(),
        };
        // A log that cannot be written has nobody left to be told.
        let _ = std::io::Write::write_all(&mut self.writer.make_writer(), text.as_bytes());
    }
}
