//! Validation of a schedule: every mistake at once, each with the field it is in.

mod overlap;

use std::{collections::HashMap, fmt};

use jiff::civil::{Date, Time};

use super::{LocalBound, Schedule, WallTime, WeeklyWindow, zone};

/// Longest list accepted in one document; the longest seen in practice has about a hundred.
const ENTRIES: usize = 1000;
/// Longest name or reason in bytes.
const TEXT_BYTES: usize = 200;

/// One mistake in a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is, relative to the schedule: `hours[2].from`.
    pub field: String,
    /// What is wrong and what is accepted.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

pub(super) fn problems(schedule: &Schedule) -> Vec<Problem> {
    let mut found = Findings::default();
    if let Some(hours) = &schedule.hours {
        found.weekly("hours", hours);
    }
    found.weekly("breaks", &schedule.breaks);
    found.overrides(schedule);
    found.holidays(schedule);
    found.time_off(schedule);
    found.0
}

#[derive(Default)]
struct Findings(Vec<Problem>);

impl Findings {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), message: message.into() });
    }

    fn length(&mut self, field: &str, length: usize) {
        if length > ENTRIES {
            self.add(field, format!("{length} entries, at most {ENTRIES} are accepted"));
        }
    }

    fn date(&mut self, field: String, date: Date) {
        if !zone::accepts(date) {
            self.add(field, format!("{date} is outside the accepted dates {}", zone::ACCEPTED));
        }
    }

    fn text(&mut self, field: String, text: &str, required: bool) {
        if text.len() > TEXT_BYTES {
            self.add(field, format!("{} bytes long, at most {TEXT_BYTES} are accepted", text.len()));
        } else if required && text.trim().is_empty() {
            self.add(field, "is empty");
        }
    }

    fn begin(&mut self, field: &str, from: WallTime) {
        if from == WallTime::END_OF_DAY {
            self.add(format!("{field}.from"), "24:00 can only be an end; write 00:00 of the next day");
        }
    }

    fn weekly(&mut self, field: &str, windows: &[WeeklyWindow]) {
        self.length(field, windows.len());
        for (index, window) in windows.iter().enumerate() {
            self.begin(&format!("{field}[{index}]"), window.from);
            if window.days.is_empty() {
                self.add(format!("{field}[{index}].days"), "names no day");
            }
        }
        for (first, second, day) in overlap::weekly(windows) {
            self.add(format!("{field}[{second}]"), format!("overlaps {field}[{first}] on {}", day.name()));
        }
    }

    fn overrides(&mut self, schedule: &Schedule) {
        self.length("overrides", schedule.overrides.len());
        let mut seen = HashMap::new();
        for (index, entry) in schedule.overrides.iter().enumerate() {
            let field = format!("overrides[{index}]");
            self.date(format!("{field}.date"), entry.date);
            self.text(format!("{field}.reason"), entry.reason.as_deref().unwrap_or(""), false);
            if let Some(first) = seen.insert(entry.date, index) {
                self.add(
                    format!("{field}.date"),
                    format!("{} is already overridden by overrides[{first}]", entry.date),
                );
            }
            for (nth, window) in entry.windows.iter().enumerate() {
                self.begin(&format!("{field}.windows[{nth}]"), window.from);
            }
            for (first, second) in overlap::daily(&entry.windows) {
                self.add(format!("{field}.windows[{second}]"), format!("overlaps {field}.windows[{first}]"));
            }
        }
    }

    fn holidays(&mut self, schedule: &Schedule) {
        self.length("holidays", schedule.holidays.len());
        for (index, holiday) in schedule.holidays.iter().enumerate() {
            let field = format!("holidays[{index}]");
            self.date(format!("{field}.from"), holiday.from);
            self.date(format!("{field}.to"), holiday.to);
            self.text(format!("{field}.name"), &holiday.name, true);
            if holiday.to < holiday.from {
                self.add(field, format!("ends on {}, before it begins on {}", holiday.to, holiday.from));
            }
        }
    }

    fn time_off(&mut self, schedule: &Schedule) {
        self.length("time_off", schedule.time_off.len());
        for (index, off) in schedule.time_off.iter().enumerate() {
            let field = format!("time_off[{index}]");
            self.date(format!("{field}.from"), off.from.date());
            self.date(format!("{field}.to"), off.to.date());
            self.text(format!("{field}.reason"), off.reason.as_deref().unwrap_or(""), false);
            let end = match off.to {
                LocalBound::Date(date) => date.to_datetime(Time::MAX),
                LocalBound::DateTime(at) => at,
            };
            let begin = match off.from {
                LocalBound::Date(date) => date.to_datetime(Time::MIN),
                LocalBound::DateTime(at) => at,
            };
            if end <= begin {
                self.add(field, format!("ends at {}, not after it begins at {}", off.to, off.from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(json: &str) -> Vec<String> {
        serde_json::from_str::<Schedule>(json).unwrap().problems().iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_sound_schedule_has_no_problems() {
        let json = r#"{
            "hours": [{"days":"mo-fr","from":"09:00","to":"12:00"}, {"days":"mo-fr","from":"12:00","to":"18:00"},
                      {"days":"sa","from":"22:00","to":"02:00"}, {"days":"su","from":"02:00","to":"04:00"}],
            "breaks": [{"days":"mo-fr","from":"10:00","to":"10:15"}],
            "overrides": [{"date":"2026-12-24","windows":[{"from":"09:00","to":"13:00"}]}, {"date":"2026-12-31"}],
            "holidays": [{"date":"2026-12-25","name":"Weihnachten"}],
            "time_off": [{"from":"2026-08-01","to":"2026-08-01"}, {"from":"2026-08-03T12:00","to":"2026-08-03T14:00"}]
        }"#;
        assert_eq!(problems_of(json), Vec::<String>::new());
    }

    #[test]
    fn all_mistakes_are_listed_at_once() {
        let json = r#"{
            "hours": [{"days":"mo-fr","from":"09:00","to":"12:00"}, {"days":"we","from":"11:00","to":"13:00"},
                      {"days":[],"from":"24:00","to":"02:00"}, {"days":"su","from":"23:00","to":"09:30"}],
            "overrides": [{"date":"2026-12-24","windows":[{"from":"09:00","to":"13:00"},{"from":"12:00","to":"14:00"}]},
                          {"date":"2026-12-24"}, {"date":"9999-12-31"}],
            "holidays": [{"from":"2026-12-26","to":"2026-12-25","name":" "}],
            "time_off": [{"from":"2026-08-02","to":"2026-08-01"}, {"from":"2026-08-03T14:00","to":"2026-08-03T14:00"}]
        }"#;
        assert_eq!(
            problems_of(json),
            [
                "hours[2].from: 24:00 can only be an end; write 00:00 of the next day",
                "hours[2].days: names no day",
                "hours[3]: overlaps hours[0] on mo",
                "hours[1]: overlaps hours[0] on we",
                "overrides[0].windows[1]: overlaps overrides[0].windows[0]",
                "overrides[1].date: 2026-12-24 is already overridden by overrides[0]",
                "overrides[2].date: 9999-12-31 is outside the accepted dates 1980-01-01 to 2199-12-31",
                "holidays[0].name: is empty",
                "holidays[0]: ends on 2026-12-25, before it begins on 2026-12-26",
                "time_off[0]: ends at 2026-08-01, not after it begins at 2026-08-02",
                "time_off[1]: ends at 2026-08-03T14:00, not after it begins at 2026-08-03T14:00",
            ]
        );
    }

    #[test]
    fn unknown_fields_are_refused() {
        for json in [r#"{"hour":[]}"#, r#"{"hours":[{"days":"mo","from":"9:00","to":"10:00","until":"x"}]}"#] {
            assert!(serde_json::from_str::<Schedule>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_document_survives_being_written_and_read() {
        let json = r#"{"hours":[{"days":"mo-fr","from":"09:00","to":"23:59"}],"breaks":[],"time_off":[{"from":"2026-08-01","to":"2026-08-02T12:00"}]}"#;
        let schedule: Schedule = serde_json::from_str(json).unwrap();
        let written = serde_json::to_string(&schedule).unwrap();
        assert_eq!(serde_json::from_str::<Schedule>(&written).unwrap(), schedule);
        assert_eq!(serde_json::to_string(&Schedule::default()).unwrap(), "{}");
        assert_eq!(serde_json::to_string(&Schedule::weekly(vec![])).unwrap(), r#"{"hours":[]}"#);
    }
}
