//! The list of known settings, read off the serialised defaults.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Prefix of every variable that is a setting.
pub(super) const PREFIX: &str = "CALLFLOW__";

/// Known settings by key (`database.url`), each with its default.
#[derive(Debug, Default)]
pub(super) struct Schema {
    leaves: BTreeMap<String, Value>,
    /// Tables without a fixed set of keys, as `prefix.`.
    open: Vec<String>,
}

/// Returns the variable of a key: `CALLFLOW__DATABASE__URL` of `database.url`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// Returns the key of a variable, if it is a setting at all.
pub(super) fn key(variable: &str) -> Option<String> {
    variable.strip_prefix(PREFIX).map(|rest| rest.replace("__", ".").to_lowercase())
}

impl Schema {
    /// Reads the settings of `C` off its defaults.
    pub(super) fn of<C: Default + Serialize>() -> Self {
        let defaults = serde_json::to_value(C::default()).expect("settings are plain structs, which always serialise");
        let mut schema = Self::default();
        schema.add("", &defaults);
        schema
    }

    fn add(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(fields) if fields.is_empty() => self.open.push(format!("{key}.")),
            Value::Object(fields) => {
                for (name, field) in fields {
                    let dot = if key.is_empty() { "" } else { "." };
                    self.add(&format!("{key}{dot}{name}"), field);
                }
            }
            leaf => _ = self.leaves.insert(key.to_owned(), leaf.clone()),
        }
    }

    /// Returns all keys with their defaults, sorted.
    pub(super) fn leaves(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.leaves.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns whether `key` is a setting.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.leaves.contains_key(key) || self.open.iter().any(|open| key.starts_with(open.as_str()))
    }

    /// Returns whether `key` is a list, written in a variable with commas.
    pub(super) fn is_list(&self, key: &str) -> bool {
        matches!(self.leaves.get(key), Some(Value::Array(_)))
    }

    /// Returns the setting for which `variable` holds a file name: `database.url` of `…__DATABASE__URL_FILE`.
    pub(super) fn file_of(&self, key: &str) -> Option<String> {
        key.strip_suffix("_file").filter(|key| self.knows(key)).map(str::to_owned)
    }

    /// Returns the known variable that looks most like an unknown key's.
    pub(super) fn closest(&self, key: &str) -> Option<String> {
        let likeness = |known: &str| strsim::normalized_damerau_levenshtein(key, known);
        let best = self.leaves.keys().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(best) > 0.6).then(|| variable(best))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_and_its_key_lead_to_each_other() {
        assert_eq!(variable("database.max_connections"), "CALLFLOW__DATABASE__MAX_CONNECTIONS");
        assert_eq!(key("CALLFLOW__DATABASE__MAX_CONNECTIONS").as_deref(), Some("database.max_connections"));
        assert_eq!(key("CALLFLOW_CONFIG"), None);
    }
}
