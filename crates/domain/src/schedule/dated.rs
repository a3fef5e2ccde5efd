//! The dated parts of a schedule: overrides, holidays, time off.

use std::{fmt, str::FromStr};

use jiff::civil::{Date, DateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    wall::{TimeWindow, text_serde},
    written::LocalDate,
};

/// A date with hours of its own, in place of the weekly ones of the same level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DateOverride {
    /// The local date.
    #[schemars(with = "LocalDate")]
    pub date: Date,
    /// The hours of that date; none means closed.
    #[serde(default)]
    pub windows: Vec<TimeWindow>,
    /// Why, for people who read the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One date or a run of dates on which a level is closed.
///
/// Written with `date` for one day or with `from` and `to`, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "WrittenHoliday", into = "WrittenHoliday")]
#[schemars(with = "WrittenHoliday")]
pub struct Holiday {
    /// First local date.
    pub from: Date,
    /// Last local date.
    pub to: Date,
    /// What it is called, as spoken to a caller.
    pub name: String,
}

impl Holiday {
    /// Returns a holiday of one day.
    #[must_use]
    pub fn on(date: Date, name: impl Into<String>) -> Self {
        Self { from: date, to: date, name: name.into() }
    }

    /// Returns whether the date is one of the holiday's.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }
}

/// A holiday as it stands in a document.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenHoliday {
    /// The local date, for a holiday of one day.
    #[schemars(with = "Option<LocalDate>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<Date>,
    /// First local date.
    #[schemars(with = "Option<LocalDate>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Date>,
    /// Last local date, included.
    #[schemars(with = "Option<LocalDate>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<Date>,
    /// What it is called, as spoken to a caller.
    name: String,
}

impl TryFrom<WrittenHoliday> for Holiday {
    type Error = &'static str;

    fn try_from(written: WrittenHoliday) -> Result<Self, Self::Error> {
        match (written.date, written.from, written.to) {
            (Some(date), None, None) => Ok(Self::on(date, written.name)),
            (None, Some(from), Some(to)) => Ok(Self { from, to, name: written.name }),
            _ => Err("a holiday has either a date, or a from and a to"),
        }
    }
}

impl From<Holiday> for WrittenHoliday {
    fn from(holiday: Holiday) -> Self {
        let Holiday { from, to, name } = holiday;
        if from == to {
            Self { date: Some(from), from: None, to: None, name }
        } else {
            Self { date: None, from: Some(from), to: Some(to), name }
        }
    }
}

/// A time during which a level is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeOff {
    /// The beginning; a date means its local midnight.
    pub from: LocalBound,
    /// The end; a date is included to its last minute, a date-time is not included.
    pub to: LocalBound,
    /// Why; for staff only, never spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A bound of time off: a local date (`2026-12-24`) or a local date and time (`2026-12-24T13:00`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalBound {
    /// A whole date.
    Date(Date),
    /// A time on a date, to the minute.
    DateTime(DateTime),
}

impl LocalBound {
    /// Returns the date the bound is on.
    #[must_use]
    pub fn date(self) -> Date {
        match self {
            Self::Date(date) => date,
            Self::DateTime(at) => at.date(),
        }
    }
}

impl fmt::Display for LocalBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::DateTime(at) => write!(f, "{}T{:02}:{:02}", at.date(), at.hour(), at.minute()),
        }
    }
}

impl FromStr for LocalBound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a date such as 2026-12-24 or a time such as 2026-12-24T13:00");
        if !text.contains(['T', 't', ' ']) {
            return text.parse().map(Self::Date).map_err(|_| wrong());
        }
        let at: DateTime = text.parse().map_err(|_| wrong())?;
        // Seconds would be lost, because calendars count in minutes.
        if at.second() == 0 && at.subsec_nanosecond() == 0 { Ok(Self::DateTime(at)) } else { Err(wrong()) }
    }
}

text_serde!(LocalBound);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_is_a_date_or_a_run_of_dates() {
        let one: Holiday = serde_json::from_str(r#"{"date":"2026-12-25","name":"Weihnachten"}"#).unwrap();
        assert_eq!(serde_json::to_string(&one).unwrap(), r#"{"date":"2026-12-25","name":"Weihnachten"}"#);
        let run = r#"{"from":"2026-12-25","to":"2026-12-26","name":"Weihnachten"}"#;
        assert_eq!(serde_json::to_string(&serde_json::from_str::<Holiday>(run).unwrap()).unwrap(), run);
        for text in [
            r#"{"name":"x"}"#,
            r#"{"date":"2026-12-25"}"#,
            r#"{"from":"2026-12-25","name":"x"}"#,
            r#"{"date":"2026-12-25","from":"2026-12-25","to":"2026-12-25","name":"x"}"#,
            r#"{"date":"2026-02-30","name":"x"}"#,
            r#"{"date":"2026-12-25","name":"x","colour":"red"}"#,
        ] {
            assert!(serde_json::from_str::<Holiday>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn time_off_is_bounded_by_dates_or_times() {
        for text in ["2026-12-24", "2026-12-24T13:00"] {
            assert_eq!(text.parse::<LocalBound>().unwrap().to_string(), text);
        }
        assert_eq!("2026-12-24 13:00".parse::<LocalBound>().unwrap().to_string(), "2026-12-24T13:00");
        for text in ["", "24.12.2026", "2026-12-24T13:00:30", "2026-12-24T25:00", "2026-13-01"] {
            assert!(text.parse::<LocalBound>().is_err(), "{text}");
        }
    }
}
