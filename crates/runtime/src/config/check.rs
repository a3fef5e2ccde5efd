//! Checks a configuration as a whole and collects every problem.

use std::{collections::BTreeMap, fmt::Display, ops::RangeInclusive};

use super::{Mode, Problem, Secret};

/// A configuration, or a part of one, that can say what is wrong with it.
pub trait Validate {
    /// Reports each field to `check`, also those that are fine: from the reports comes the list of what is accepted.
    fn validate(&self, check: &mut Check<'_>);
}

impl Validate for callflow_telemetry::Config {
    fn validate(&self, check: &mut Check<'_>) {
        self.check(&mut |field, fine, accepted| check.that(field, fine, accepted));
    }
}

/// Collects problems, knowing where in the configuration it is.
#[derive(Debug)]
pub struct Check<'a> {
    prefix: String,
    mode: Mode,
    found: &'a mut Found,
}

#[derive(Debug, Default)]
struct Found {
    problems: Vec<Problem>,
    accepted: BTreeMap<String, String>,
}

/// Returns everything wrong with `config`.
pub(super) fn problems_of(config: &impl Validate, mode: Mode) -> Vec<Problem> {
    let mut found = Found::default();
    config.validate(&mut Check { prefix: String::new(), mode, found: &mut found });
    found.problems
}

/// Returns what is accepted for each setting of `config`, by key.
pub(super) fn accepted_by(config: &impl Validate) -> BTreeMap<String, String> {
    let mut found = Found::default();
    config.validate(&mut Check { prefix: String::new(), mode: Mode::Production, found: &mut found });
    found.accepted
}

impl Check<'_> {
    /// Returns the mode the service is to run in.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Checks a part that stands under `field`.
    pub fn part(&mut self, field: &str, part: &impl Validate) {
        let prefix = format!("{}.", self.key(field));
        part.validate(&mut Check { prefix, mode: self.mode, found: self.found });
    }

    /// Checks a part of a crate that does not know this one: `check` gets a function to report (field, fine, accepted) to.
    pub fn foreign(&mut self, field: &str, check: impl FnOnce(&mut dyn FnMut(&str, bool, &str))) {
        let prefix = format!("{}.", self.key(field));
        let mut inner = Check { prefix, mode: self.mode, found: self.found };
        check(&mut |field, fine, accepted| inner.that(field, fine, accepted));
    }

    /// Reports whether `field` is fine, and what is accepted for it.
    pub fn that(&mut self, field: &str, fine: bool, accepted: &str) {
        self.note(field, (!fine).then_some("is not usable"), accepted);
    }

    /// Reports whether `value` lies in `range`.
    pub fn range<T: PartialOrd + Display>(&mut self, field: &str, value: T, range: RangeInclusive<T>) {
        let accepted = format!("{} to {}", range.start(), range.end());
        let fault = (!range.contains(&value)).then(|| format!("is {value}"));
        self.note(field, fault.as_deref(), &accepted);
    }

    /// Reports a secret that must be there: a key or a token.
    pub fn secret(&mut self, field: &str, secret: &Secret, accepted: &str) {
        let fault = match (secret.is_empty(), self.weakness(secret.expose())) {
            (true, _) => Some("is missing".to_owned()),
            (false, weakness) => weakness,
        };
        self.note(field, fault.as_deref(), accepted);
    }

    /// Reports a connection URL that must be there; a password in it must not be weak.
    pub fn url(&mut self, field: &str, url: &Secret, schemes: &[&str], example: &str) {
        let known = |scheme: &&str| {
            url.expose().strip_prefix(*scheme).is_some_and(|rest| rest.len() > 3 && rest.starts_with("://"))
        };
        let fault = if url.is_empty() {
            Some("is missing".to_owned())
        } else if !schemes.iter().any(known) {
            Some("is no such URL".to_owned())
        } else {
            url.url_password()
                .and_then(|password| self.weakness(password))
                .map(|weakness| format!("has a password that {weakness}"))
        };
        let accepted = format!("{}://…, such as {example}", schemes.join(":// or "));
        self.note(field, fault.as_deref(), &accepted);
    }

    /// Returns the weakness of a secret, unless the mode is one where nothing is at stake.
    fn weakness(&self, value: &str) -> Option<String> {
        match self.mode {
            Mode::Dev => None,
            Mode::Production => {
                Secret::weakness(value).map(|weakness| format!("{weakness} (allowed in mode dev only)"))
            }
        }
    }

    fn note(&mut self, field: &str, fault: Option<&str>, accepted: &str) {
        let key = self.key(field);
        if let Some(fault) = fault {
            self.found.problems.push(Problem::of(&key, format!("{fault}; accepted: {accepted}")));
        }
        self.found.accepted.insert(key, accepted.to_owned());
    }

    fn key(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }
}
