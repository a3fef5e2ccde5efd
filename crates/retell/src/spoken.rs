//! Everything callflow ever says, in the languages it speaks.
//!
//! One file per language holds all its sentences, so that a native speaker reviews a language by
//! reading one file from top to bottom. What sentences exist is decided in [`line`](Line) and
//! `frame`; a language that lacks one does not compile. Days and times are spoken the way people
//! say them, relative to the `today` of the branch.

mod ar;
mod booking;
mod de;
mod en;
mod frame;
mod line;
mod offer;
mod person;
mod ru;
mod series;
mod speech;
mod tongue;
mod tr;

use jiff::civil::{Date, DateTime, Time};

use frame::Frame;
pub use line::Line;
pub use offer::NoTime;
pub use person::Choice;
pub use speech::Speech;
use tongue::Tongue;

use crate::text::insert;

/// Something at a time: a free slot, or an appointment. Times are local to the branch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Visit<'a> {
    /// When it begins, on the branch's clock.
    pub start: DateTime,
    /// The service's name.
    pub service: Option<&'a str>,
    /// The staff member's name.
    pub staff: Option<&'a str>,
    /// The branch's name, when it is another than the one that was called.
    pub branch: Option<&'a str>,
}

impl Visit<'_> {
    /// Describes a visit by its local start; the rest is set through the fields.
    #[must_use]
    pub const fn new(start: DateTime) -> Self {
        Self { start, service: None, staff: None, branch: None }
    }
}

/// How far ahead a date is spoken without its year, in days: half a year.
const YEAR_FREE_DAYS: i64 = 183;

/// The sentences of one language, on one day.
#[derive(Clone, Copy)]
pub struct Phrasebook {
    speech: Speech,
    tongue: &'static dyn Tongue,
    today: Date,
}

impl Phrasebook {
    /// Opens the sentences of a language; `today` is the date at the branch.
    #[must_use]
    pub fn new(speech: Speech, today: Date) -> Self {
        Self { speech, tongue: speech.tongue(), today }
    }

    /// Returns the language.
    #[must_use]
    pub const fn speech(&self) -> Speech {
        self.speech
    }

    /// Returns a sentence that needs nothing filled in.
    #[must_use]
    pub fn say(&self, line: Line) -> &'static str {
        self.tongue.line(line)
    }

    /// Returns a weekday's name.
    #[must_use]
    pub fn weekday(&self, date: Date) -> &'static str {
        self.tongue.weekday(date.weekday())
    }

    /// Returns a day with its weekday: `Donnerstag, 26. November`; with the year when it is far away.
    #[must_use]
    pub fn day(&self, date: Date) -> String {
        self.tongue.named_day(date, self.needs_year(date))
    }

    /// Returns a date as it follows "today is": `Dienstag, der 24. November 2026`.
    #[must_use]
    pub fn full_date(&self, date: Date) -> String {
        self.tongue.full_date(date)
    }

    /// Returns a time: `15 Uhr 30`, `3:30 pm`, `saat 15.30`.
    #[must_use]
    pub fn time(&self, time: Time) -> String {
        self.tongue.clock(time)
    }

    /// Returns a time of day as it follows a day: `um 15 Uhr 30`, `saat 15.30'da`.
    #[must_use]
    pub fn at_time(&self, time: Time) -> String {
        self.tongue.at_clock(time)
    }

    /// Returns a slot as it is offered: `morgen, Mittwoch, 25. November um 10 Uhr bei Sofia`.
    #[must_use]
    pub fn slot(&self, visit: &Visit<'_>) -> String {
        let at = self.tongue.at_clock(visit.start.time());
        format!("{}{}", self.tongue.moment(&self.slot_day(visit.start.date()), &at), self.by(visit))
    }

    /// Returns an appointment as it is confirmed: always with the full day, never only `morgen`.
    #[must_use]
    pub fn visit(&self, visit: &Visit<'_>) -> String {
        let comma = self.tongue.comma();
        let (day, time) = (self.day(visit.start.date()), self.tongue.clock(visit.start.time()));
        let service = visit.service.map(|name| format!("{comma}{}", insert(name))).unwrap_or_default();
        format!("{day}{comma}{time}{service}{}", self.by(visit))
    }

    /// Returns ` bei Sofia`, ` in der Filiale …`, or nothing.
    fn by(&self, visit: &Visit<'_>) -> String {
        let staff = visit.staff.map(|name| self.tongue.with_staff(&insert(name))).unwrap_or_default();
        let branch = visit.branch.map(|name| self.tongue.in_branch(&insert(name))).unwrap_or_default();
        staff + &branch
    }

    /// Returns a day as a heading: `heute`, `morgen, Mittwoch, 25. November`, `Donnerstag, 26. November`.
    fn heading(&self, date: Date) -> String {
        self.relative(date, self.tongue.named_day(date, self.needs_year(date)))
    }

    /// Returns a day as it stands before a time.
    fn slot_day(&self, date: Date) -> String {
        self.relative(date, self.tongue.slot_day(date, self.needs_year(date)))
    }

    /// Returns a day as it stands in a sentence: `am Donnerstag, den 26. November`, `morgen`.
    fn on_day(&self, date: Date) -> String {
        match self.relative_word(date) {
            Some(word) => word.to_owned(),
            None => self.tongue.on_day(date, self.needs_year(date)),
        }
    }

    /// Puts the relative word before the day; today needs no more than that.
    fn relative(&self, date: Date, named: String) -> String {
        match self.relative_word(date) {
            Some(word) if date == self.today => word.to_owned(),
            Some(word) => format!("{word}{}{named}", self.tongue.comma()),
            None => named,
        }
    }

    fn relative_word(&self, date: Date) -> Option<&'static str> {
        let is_tomorrow = self.today.tomorrow().is_ok_and(|tomorrow| tomorrow == date);
        match date == self.today {
            true => Some(self.tongue.today()),
            false => is_tomorrow.then(|| self.tongue.tomorrow()),
        }
    }

    fn needs_year(&self, date: Date) -> bool {
        (date.duration_since(self.today).as_hours() / 24).abs() > YEAR_FREE_DAYS
    }

    /// Fills a frame and begins it with a capital letter.
    fn fill(&self, frame: Frame, values: &[(&str, &str)]) -> String {
        self.tongue.capitalised(&frame::fill(self.tongue.frame(frame), values))
    }

    /// Joins two sentences.
    fn and_then(first: String, second: &str) -> String {
        format!("{first} {second}")
    }

    fn any_of(&self, items: &[String]) -> String {
        tongue::join(items, self.between(items), self.tongue.or())
    }

    fn all_of(&self, items: &[String]) -> String {
        tongue::join(items, self.between(items), self.tongue.and())
    }

    /// Returns what separates these items: a longer pause where they hold commas themselves.
    fn between(&self, items: &[String]) -> &'static str {
        let comma = self.tongue.comma();
        let has_comma = items.iter().any(|item| item.contains(comma.trim_end()));
        if has_comma { self.tongue.semicolon() } else { comma }
    }
}

/// Returns the name of a date's month from a list that begins with January.
fn month(names: &'static [&'static str; 12], date: Date) -> &'static str {
    // Months are 1 to 12 in this calendar type.
    names[usize::from(date.month().unsigned_abs()) - 1]
}

#[cfg(test)]
mod tests;
