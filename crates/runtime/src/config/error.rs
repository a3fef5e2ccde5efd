//! The refusal of a configuration: every problem at once, by variable.

use std::fmt;

/// One setting that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The environment variable, such as `CALLFLOW__DATABASE__URL`; empty when no single one is at fault.
    pub variable: String,
    /// What is wrong and what is accepted. Never the value itself: it may be a secret in the wrong place.
    pub text: String,
}

impl Problem {
    /// Makes a problem that no single variable is to blame for.
    pub(super) fn general(text: String) -> Self {
        Self { variable: String::new(), text }
    }

    /// Makes a problem of the setting `key`, such as `database.url`.
    pub(super) fn of(key: &str, text: impl Into<String>) -> Self {
        Self { variable: super::schema::variable(key), text: text.into() }
    }
}

/// A configuration that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// The service it was for.
    pub service: &'static str,
    /// Everything that is wrong with it, at least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        write!(f, "{}: {count} {} refused", self.service, if count == 1 { "setting is" } else { "settings are" })?;
        for Problem { variable, text } in &self.problems {
            write!(f, "\n  {variable}{}{text}", if variable.is_empty() { "" } else { " " })?;
        }
        Ok(())
    }
}
