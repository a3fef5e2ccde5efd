//! What was measured: a name, a value, and what was aimed at; printed as a table and kept as JSON.

use std::{fs, path::Path};

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use serde_json::{Map, Value};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const HEAD: Style = Style::new().bold();

/// What a value is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    /// Smaller than this is good.
    Under(f64),
    /// At least this is good.
    AtLeast(f64),
    /// Just to know.
    None,
}

/// One measured value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// Its name in `bench.json`, as in `search.p99_ms_at_1000`; the unit is part of it.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: f64,
    /// What was aimed at.
    pub(crate) aim: Aim,
}

impl Figure {
    /// Returns a figure that should stay under a bound.
    pub(crate) fn under(name: &str, value: f64, bound: f64) -> Self {
        Self { name: name.to_owned(), value, aim: Aim::Under(bound) }
    }

    /// Returns a figure that should reach a bound.
    pub(crate) fn at_least(name: &str, value: f64, bound: f64) -> Self {
        Self { name: name.to_owned(), value, aim: Aim::AtLeast(bound) }
    }

    /// Returns a figure that is good to know.
    pub(crate) fn known(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), value, aim: Aim::None }
    }

    fn is_met(&self) -> Option<bool> {
        match self.aim {
            Aim::Under(bound) => Some(self.value < bound),
            Aim::AtLeast(bound) => Some(self.value >= bound),
            Aim::None => None,
        }
    }
}

/// Prints the heading of the table.
pub(crate) fn heading() {
    anstream::println!("{HEAD}{:<42} {:>12}  {:<12}{HEAD:#}", "figure", "measured", "aim");
}

/// Prints figures as rows.
pub(crate) fn rows(figures: &[Figure]) {
    for figure in figures {
        let aim = match figure.aim {
            Aim::Under(bound) => format!("< {bound}"),
            Aim::AtLeast(bound) => format!(">= {bound}"),
            Aim::None => String::new(),
        };
        let (style, word) = match figure.is_met() {
            Some(true) => (GOOD, "met"),
            Some(false) => (BAD, "missed"),
            None => (Style::new(), ""),
        };
        anstream::println!("{:<42} {:>12.3}  {aim:<12} {style}{word}{style:#}", figure.name, figure.value);
    }
}

/// Puts figures into the report, beside those of groups that did not run this time.
pub(crate) fn keep(path: &Path, figures: &[Figure]) -> anyhow::Result<()> {
    let mut report: Map<String, Value> =
        fs::read_to_string(path).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    for figure in figures {
        report.insert(figure.name.clone(), Value::from((figure.value * 1000.0).round() / 1000.0));
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    let text = serde_json::to_string_pretty(&report)?;
    fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aims_are_met_on_the_right_side() {
        assert_eq!(Figure::under("a", 1.0, 2.0).is_met(), Some(true));
        assert_eq!(Figure::under("a", 2.0, 2.0).is_met(), Some(false));
        assert_eq!(Figure::at_least("a", 2.0, 2.0).is_met(), Some(true));
        assert_eq!(Figure::at_least("a", 1.9, 2.0).is_met(), Some(false));
        assert_eq!(Figure::known("a", 1.0).is_met(), None);
    }
}
