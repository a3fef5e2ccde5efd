//! Workload files: hours and busy times in, free starts out.
//!
//! Days are numbered from Sunday 0. A window belongs to the date it begins on, and only windows of
//! the dates `from` to `to` count, each in full. `busy` is in minutes since the Unix epoch.

use std::fmt;

use callflow_domain::{
    cell::BitRow,
    schedule::{DayRange, Days, Schedule, Span, Weekday, WeeklyWindow, Zone},
    slot::{Alignment, Error, SlotGrid, SlotRule},
};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

/// Why a file was refused.
#[derive(Debug)]
pub(crate) enum Problem {
    /// It is not JSON of the expected form.
    Form(serde_json::Error),
    /// What it asks for is not accepted.
    Refused { place: String, error: Error },
    /// A day that is not 0 to 6, or a staff list that is missing.
    Value(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(problem) => problem.fmt(f),
            Self::Refused { place, error } => write!(f, "{place}{error}"),
            Self::Value(text) => f.write_str(text),
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(problem: serde_json::Error) -> Self {
        Self::Form(problem)
    }
}

#[derive(Deserialize)]
struct Hours {
    days: Vec<u8>,
    from: callflow_domain::schedule::WallTime,
    to: callflow_domain::schedule::WallTime,
}

#[derive(Deserialize)]
struct Person {
    #[serde(default)]
    busy: Vec<(i64, i64)>,
}

#[derive(Deserialize)]
struct Question {
    tz: String,
    from: Date,
    to: Date,
    duration_min: i64,
    step_min: i64,
    hours: Vec<Hours>,
    #[serde(default)]
    staff: Vec<Person>,
}

/// A file that was read and accepted.
pub(crate) enum File {
    /// Several staff members with the same hours.
    Staff(Plan),
    /// Separate questions about one person each, with their ids.
    Cases(Vec<(Value, Plan)>),
}

impl File {
    /// Reads a file of either form.
    pub(crate) fn parse(text: &str, alignment: Alignment) -> Result<Self, Problem> {
        let file: Value = serde_json::from_str(text)?;
        if let Some(Value::Array(cases)) = file.get("cases") {
            let cases = cases.iter().map(|case| case_plan(case, alignment));
            return Ok(Self::Cases(cases.collect::<Result<_, _>>()?));
        }
        if file.get("staff").is_none() {
            return Err(Problem::Value("has neither staff nor cases".to_owned()));
        }
        let question: Question = serde_json::from_value(file)?;
        Ok(Self::Staff(Plan::new(question, alignment, "")?))
    }
}

fn case_plan(case: &Value, alignment: Alignment) -> Result<(Value, Plan), Problem> {
    let id = case.get("id").cloned().unwrap_or_default();
    let mut question: Question = serde_json::from_value(case.clone())?;
    if question.staff.is_empty() {
        question.staff.push(serde_json::from_value(case.clone())?);
    }
    let plan = Plan::new(question, alignment, &format!("case {id}: "))?;
    Ok((id, plan))
}

/// One question, checked and converted to domain types.
pub(crate) struct Plan {
    zone: Zone,
    days: DayRange,
    rule: SlotRule,
    hours: Schedule,
    busy: Vec<Vec<Span>>,
}

impl Plan {
    fn new(question: Question, alignment: Alignment, place: &str) -> Result<Self, Problem> {
        let refused = |error| Problem::Refused { place: place.to_owned(), error };
        let span = |&(from, to): &(i64, i64)| {
            let span = Span { from, to };
            if to < from { Err(refused(Error::BusyReversed)) } else { Ok(span) }
        };
        let busy = question.staff.iter().map(|person| person.busy.iter().map(span).collect());
        Ok(Self {
            zone: Zone::load(&question.tz).map_err(refused)?,
            days: DayRange::new(question.from, question.to).map_err(refused)?,
            rule: SlotRule::new(question.duration_min, question.step_min, alignment).map_err(refused)?,
            hours: Schedule::weekly(question.hours.into_iter().map(window).collect::<Result<_, _>>()?),
            busy: busy.collect::<Result<_, _>>()?,
        })
    }

    /// Finds the free time and the starts of everybody, from hours and busy times.
    pub(crate) fn lists(&self) -> (Vec<BitRow>, Vec<Vec<i64>>) {
        let windows = self.hours.windows(&self.zone, self.days);
        let cover = windows.cover();
        let open = BitRow::free_during(cover, &windows);
        let grid = SlotGrid::new(&self.zone, cover, self.rule);
        let person = |busy: &Vec<Span>| {
            let mut row = open.clone();
            busy.iter().for_each(|span| row.block_exactly(*span));
            let starts = grid.starts(&row).to_vec();
            (row, starts)
        };
        self.busy.iter().map(person).unzip()
    }

    /// Lays the question's rule over its dates.
    pub(crate) fn grid(&self) -> SlotGrid<'_> {
        SlotGrid::new(&self.zone, self.hours.windows(&self.zone, self.days).cover(), self.rule)
    }
}

fn window(hours: Hours) -> Result<WeeklyWindow, Problem> {
    let day = |&day: &u8| match day {
        0..=6 => Ok(Weekday::from_monday_zero(i64::from(day) - 1)),
        other => Err(Problem::Value(format!("day {other}; accepted are 0 (Sunday) to 6 (Saturday)"))),
    };
    let days: Days = hours.days.iter().map(day).collect::<Result<_, _>>()?;
    Ok(WeeklyWindow { days, from: hours.from, to: hours.to })
}
