//! The list of settings for people: a README's table, and `--settings` on the command line.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;

use super::{Validate, check, schema, schema::Schema};

/// One setting as a person wants to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The environment variable.
    pub variable: String,
    /// The default, or `required` or `none`.
    pub default: String,
    /// What is accepted.
    pub accepted: String,
}

/// Returns every setting of `C`, sorted by variable.
#[must_use]
pub fn reference<C: Validate + Default + Serialize>() -> Vec<Setting> {
    let defaults = C::default();
    let accepted = check::accepted_by(&defaults);
    let missing: Vec<String> =
        check::problems_of(&defaults, super::Mode::Dev).into_iter().map(|p| p.variable).collect();
    let setting = |(key, default): (&str, &Value)| {
        let variable = schema::variable(key);
        let default = if missing.contains(&variable) { "required".to_owned() } else { shown(default) };
        Setting { variable, default, accepted: accepted.get(key).cloned().unwrap_or_default() }
    };
    Schema::of::<C>().leaves().map(setting).collect()
}

/// Returns the settings of `C` as the Markdown table that stands in its README.
#[must_use]
pub fn table<C: Validate + Default + Serialize>() -> String {
    let mut text = String::from("| variable | default | accepted |\n|---|---|---|\n");
    for Setting { variable, default, accepted } in reference::<C>() {
        let _ = writeln!(text, "| `{variable}` | {default} | {accepted} |");
    }
    text
}

fn shown(default: &Value) -> String {
    match default {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => format!("`{other}`"),
    }
}
