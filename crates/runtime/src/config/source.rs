//! Reads settings from the YAML file, the environment and secret files into one flat table.

use std::{collections::BTreeMap, fs, path::Path};

use config::{Config, ConfigError, File, FileFormat, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::{
    Inputs, Mode, Problem,
    schema::{self, Schema},
};

/// Values by key, each knowing where it came from.
#[derive(Debug, Default)]
pub(super) struct Settings(BTreeMap<String, Value>);

impl Settings {
    /// Reads all inputs, the environment last so that it wins; what cannot be read becomes a problem.
    pub(super) fn read(schema: &Schema, inputs: &Inputs, problems: &mut Vec<Problem>) -> Self {
        let mut settings = Self::default();
        if let Some(path) = &inputs.file {
            settings.add_file(schema, path, problems);
        }
        for (variable, value) in &inputs.env {
            if let Some(key) = schema::key(variable) {
                settings.add_variable(schema, &key, value, problems);
            }
        }
        settings.check_both_forms(schema, inputs, problems);
        settings
    }

    fn add_file(&mut self, schema: &Schema, path: &Path, problems: &mut Vec<Problem>) {
        let shown = path.display();
        let read = Config::builder().add_source(File::from(path).format(FileFormat::Yaml)).build();
        match read.and_then(Config::try_deserialize::<BTreeMap<String, Value>>) {
            Ok(root) => {
                for (name, value) in root {
                    self.add_yaml(schema, &name, value, &shown.to_string(), problems);
                }
            }
            // The parser's text holds positions, and no values.
            Err(error) => {
                problems.push(Problem::general(format!("CALLFLOW_CONFIG names a file that is no YAML: {error}")))
            }
        }
    }

    fn add_yaml(&mut self, schema: &Schema, key: &str, value: Value, file: &str, problems: &mut Vec<Problem>) {
        if schema.knows(key) {
            self.0.insert(key.to_owned(), value);
        } else if let ValueKind::Table(fields) = value.kind {
            for (name, field) in fields {
                self.add_yaml(schema, &format!("{key}.{name}"), field, file, problems);
            }
        } else if !matches!(value.kind, ValueKind::Nil) {
            problems
                .push(Problem::of(key, format!("is not a setting, but `{key}` stands in {file}{}", hint(schema, key))));
        }
    }

    fn add_variable(&mut self, schema: &Schema, key: &str, value: &str, problems: &mut Vec<Problem>) {
        // An empty variable is how templates say "not set".
        if value.trim().is_empty() {
            return;
        }
        if schema.knows(key) {
            self.0.insert(key.to_owned(), text(schema, key, value));
        } else if let Some(target) = schema.file_of(key) {
            match fs::read_to_string(value.trim()) {
                Ok(content) => _ = self.0.insert(target.clone(), text(schema, &target, content.trim_end())),
                Err(error) => problems.push(Problem::of(key, format!("names a file that cannot be read: {error}"))),
            }
        } else {
            problems.push(Problem::of(key, format!("is not a setting{}", hint(schema, key))));
        }
    }

    /// Refuses a setting given both as a value and as a file: which one wins would be an accident.
    fn check_both_forms(&self, schema: &Schema, inputs: &Inputs, problems: &mut Vec<Problem>) {
        let given = |key: &str| {
            let variable = schema::variable(key);
            inputs.env.iter().any(|(name, value)| name.eq_ignore_ascii_case(&variable) && !value.trim().is_empty())
        };
        for (key, _) in schema.leaves() {
            let file = format!("{key}_file");
            if !schema.knows(&file) && given(key) && given(&file) {
                let text = format!("and {} are both set; set one", schema::variable(&file));
                problems.push(Problem::of(key, text));
            }
        }
    }

    /// Returns the mode asked for; anything unreadable counts as the strict one.
    pub(super) fn mode(&self) -> Mode {
        self.0.get("mode").cloned().and_then(|mode| mode.try_deserialize().ok()).unwrap_or_default()
    }

    /// Fills `C`, leaving defaults where nothing was given.
    pub(super) fn deserialize<C: DeserializeOwned>(&self) -> Result<C, ConfigError> {
        let mut builder = Config::builder();
        for (key, value) in &self.0 {
            builder = builder.set_override(key, value.clone())?;
        }
        builder.build()?.try_deserialize()
    }

    /// Removes the value that `refusal` is about and returns the problem it is; `None` if it names no value.
    pub(super) fn set_aside(&mut self, refusal: &ConfigError, accepted: &BTreeMap<String, String>) -> Option<Problem> {
        let (path, expected) = match refusal {
            ConfigError::Type { key: Some(key), expected, .. } => (key, Some(*expected)),
            ConfigError::At { key: Some(key), .. } => (key, None),
            _ => return None,
        };
        // `endpoints[1]` is about `endpoints`; a path inside an open table is about its longest known part.
        let path = path.split('[').next().unwrap_or(path);
        let key = self.0.keys().filter(|key| path.starts_with(key.as_str())).max_by_key(|key| key.len())?.clone();
        self.0.remove(&key);
        let accepted = accepted.get(&key).map(String::as_str).or(expected).unwrap_or("see its description");
        Some(Problem::of(&key, format!("cannot be read; accepted: {accepted}")))
    }
}

/// Makes a value of the text of a variable; lists are split at commas.
fn text(schema: &Schema, key: &str, value: &str) -> Value {
    let origin = Some(schema::variable(key));
    if schema.is_list(key) {
        let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
        let items: Vec<Value> = items.map(|item| Value::new(origin.as_ref(), item)).collect();
        Value::new(origin.as_ref(), items)
    } else {
        Value::new(origin.as_ref(), value.trim())
    }
}

fn hint(schema: &Schema, key: &str) -> String {
    schema.closest(key).map(|known| format!("; did you mean {known}?")).unwrap_or_default()
}
