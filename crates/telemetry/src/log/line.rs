//! Renders one event as a line of JSON or of text.

use std::fmt::Write;

use opentelemetry::trace::SpanContext;
use serde_json::Value;
use tracing::Metadata;
use tracing_subscriber::fmt::{
    format::Writer,
    time::{FormatTime, SystemTime},
};

use super::field::Fields;

/// Keys every JSON line owns; a field of the same name gets `field.` in front.
const OWN: [&str; 8] = ["time", "level", "service", "target", "message", "trace_id", "span_id", "span"];

/// Everything a line is made of.
pub(super) struct Line<'a> {
    pub(super) service: &'static str,
    pub(super) metadata: &'static Metadata<'static>,
    pub(super) span: Option<&'static str>,
    pub(super) ids: &'a SpanContext,
    pub(super) fields: &'a Fields,
}

impl Line<'_> {
    /// Returns the line as a JSON object and a line feed.
    pub(super) fn json(&self) -> String {
        let mut out = String::with_capacity(256);
        let level = self.metadata.level().as_str();
        let _ = write!(out, r#"{{"time":"{}","level":"{level}","service":"{}""#, now(), self.service);
        let mut pair = |key: &str, value: &Value| {
            let _ = write!(out, ",{}:{value}", Value::from(key));
        };
        pair("target", &self.metadata.target().into());
        pair("message", &self.fields.message().unwrap_or_default().into());
        if self.ids.is_valid() {
            pair("trace_id", &self.ids.trace_id().to_string().into());
            pair("span_id", &self.ids.span_id().to_string().into());
        }
        if let Some(span) = self.span {
            pair("span", &span.into());
        }
        for (name, value) in self.fields.iter() {
            if OWN.contains(&name) {
                pair(&format!("field.{name}"), value);
            } else {
                pair(name, value);
            }
        }
        out.push_str("}\n");
        out
    }

    /// Returns the line for a person, always a single one.
    pub(super) fn text(&self) -> String {
        let mut out = String::with_capacity(160);
        let message = single_line(self.fields.message().unwrap_or_default());
        let _ = write!(out, "{} {:>5} {} {message}", now(), self.metadata.level().as_str(), self.service);
        for (name, value) in self.fields.iter() {
            match value {
                Value::String(text) => _ = write!(out, " {name}={}", single_line(text)),
                other => _ = write!(out, " {name}={other}"),
            }
        }
        if let Some(span) = self.span {
            let _ = write!(out, " span={span}");
        }
        if self.ids.is_valid() {
            let _ = write!(out, " trace_id={}", self.ids.trace_id());
        }
        out.push('\n');
        out
    }
}

/// Returns the time in UTC as RFC 3339 with microseconds.
fn now() -> String {
    let mut text = String::with_capacity(32);
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

/// Escapes line feeds and other control characters, so that no field can forge a second line.
fn single_line(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            c.is_control().then(|| c.escape_default()).into_iter().flatten().chain((!c.is_control()).then_some(c))
        })
        .collect()
}
