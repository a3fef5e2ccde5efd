//! Collects the fields of spans and events, masking them on the way in.

use std::{error::Error, fmt};

use serde_json::Value;
use tracing::field::{Field, Visit};

use crate::mask;

/// Fields in the order they were first recorded; a later value replaces an earlier one.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// Returns the text of `message`, if there is one.
    pub(super) fn message(&self) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == "message").and_then(|(_, value)| value.as_str())
    }

    /// Returns all fields but `message`.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().filter(|(name, _)| *name != "message").map(|(name, value)| (*name, value))
    }

    /// Adds the fields of an inner scope.
    pub(super) fn extend(&mut self, inner: &Self) {
        for (name, value) in &inner.0 {
            self.set(name, value.clone());
        }
    }

    fn set(&mut self, name: &'static str, value: Value) {
        // `log.*` fields are how the `log` bridge repeats what the metadata says, `otel.*` are for the exporter.
        if name.starts_with("log.") || name.starts_with("otel.") {
            return;
        }
        let value = if mask::may_print(name) { value } else { mask::MASKED.into() };
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field.name(), mask::mask(&format!("{value:?}")).into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), mask::mask(value).into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.set(field.name(), mask::mask(&chain(value)).into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value.into());
    }
}

/// Returns an error and its sources as one line, each saying its own part.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let part = cause.to_string();
        // Some libraries repeat their source in their own text.
        if !text.ends_with(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        source = cause.source();
    }
    text
}
