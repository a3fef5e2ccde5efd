//! What is free, and why something is not.

use jiff::civil::Date;

use super::{Frame, Line, Phrasebook, Visit, tongue::Lead};
use crate::text::insert;

/// Most slots spoken in one breath; people forget the fourth.
const MAX_SPOKEN: usize = 3;

/// Why there is nothing at the time asked for. `None` days mean the whole time that was searched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NoTime<'a> {
    /// The branch is closed.
    Closed(Option<Date>),
    /// It is a holiday.
    Holiday(Date),
    /// Everything is taken.
    FullyBooked(Option<Date>),
    /// Everything of one staff member is taken.
    StaffBooked {
        /// The name.
        staff: &'a str,
        /// The day that was asked for.
        day: Option<Date>,
    },
    /// Sooner than the company accepts; `0` when the bound is not known.
    TooSoon {
        /// The shortest notice.
        notice_min: u32,
    },
    /// Further ahead than the company accepts.
    TooFar {
        /// The last day that can be booked.
        last: Option<Date>,
    },
    /// Nobody here does this service.
    NobodySkilled,
    /// Nobody is there.
    NobodyThere(Option<Date>),
}

impl Phrasebook {
    /// Returns what is free, at most three slots, grouped by day and person.
    #[must_use]
    pub fn slots_found(&self, slots: &[Visit<'_>]) -> String {
        self.offer(slots, Frame::OfferDay)
    }

    /// Returns slots as an offer; `of_day` is the frame for several times of one day.
    fn offer(&self, slots: &[Visit<'_>], of_day: Frame) -> String {
        let slots = &slots[..slots.len().min(MAX_SPOKEN)];
        match slots {
            [] => self.say(Line::NothingNear).to_owned(),
            [only] => self.fill(Frame::OfferOne, &[("slot", &self.slot(only))]),
            [first, ..] if slots.iter().all(|slot| slot.start.date() == first.start.date()) => {
                let (day, times) = (self.heading(first.start.date()), self.times(slots));
                self.fill(of_day, &[("day", &day), ("times", &times)])
            }
            _ => self.fill(Frame::OfferMany, &[("slots", &self.choice_of(slots))]),
        }
    }

    /// Returns slots as one choice: `Donnerstag … um 10 Uhr bei Sofia oder Freitag …`.
    #[must_use]
    pub fn choice_of(&self, slots: &[Visit<'_>]) -> String {
        self.any_of(&slots.iter().take(MAX_SPOKEN).map(|slot| self.slot(slot)).collect::<Vec<_>>())
    }

    /// Returns the times of one day; a person who is the same for all is named once, at the end.
    fn times(&self, slots: &[Visit<'_>]) -> String {
        let by: Vec<String> = slots.iter().map(|slot| self.by(slot)).collect();
        let clock = |slot: &Visit<'_>| self.tongue.clock(slot.start.time());
        if by.iter().all(|text| *text == by[0]) {
            return self.any_of(&slots.iter().map(clock).collect::<Vec<_>>()) + &by[0];
        }
        self.any_of(&slots.iter().zip(&by).map(|(slot, by)| clock(slot) + by).collect::<Vec<_>>())
    }

    /// Returns why nothing is free, and what comes closest: never an empty shrug.
    #[must_use]
    pub fn no_slots(&self, why: NoTime<'_>, alternatives: &[Visit<'_>]) -> String {
        self.with_alternatives(self.reason(why), alternatives)
    }

    /// Returns that somebody was faster, and what comes closest.
    #[must_use]
    pub fn slot_taken(&self, taken: Option<&Visit<'_>>, alternatives: &[Visit<'_>]) -> String {
        let sentence = taken.map_or_else(
            || self.say(Line::SlotTaken).to_owned(),
            |visit| {
                let (time, at) = (self.time(visit.start.time()), self.at_time(visit.start.time()));
                self.fill(Frame::TimeTaken, &[("time", &time), ("at", &at)])
            },
        );
        self.with_alternatives(sentence, alternatives)
    }

    /// Returns that a staff member who was asked for is not free then, and what comes closest.
    #[must_use]
    pub fn staff_busy(&self, staff: &str, alternatives: &[Visit<'_>]) -> String {
        self.with_alternatives(self.fill(Frame::StaffBusy, &[("staff", &insert(staff))]), alternatives)
    }

    fn with_alternatives(&self, sentence: String, alternatives: &[Visit<'_>]) -> String {
        match alternatives {
            [] => Self::and_then(sentence, self.say(Line::OfferCallback)),
            some => Self::and_then(sentence, &self.offer(some, Frame::OfferDayInstead)),
        }
    }

    fn reason(&self, why: NoTime<'_>) -> String {
        let on = |frame, day| self.fill(frame, &[("day", &self.on_day(day))]);
        let say = |line| self.say(line).to_owned();
        match why {
            NoTime::Closed(day) => day.map_or_else(|| say(Line::Closed), |day| on(Frame::DayClosed, day)),
            NoTime::Holiday(day) => on(Frame::DayHoliday, day),
            NoTime::FullyBooked(day) => day.map_or_else(|| say(Line::FullyBooked), |day| on(Frame::DayFull, day)),
            NoTime::StaffBooked { staff, day: None } => self.fill(Frame::StaffBusy, &[("staff", &insert(staff))]),
            NoTime::StaffBooked { staff, day: Some(day) } => {
                self.fill(Frame::StaffFull, &[("day", &self.on_day(day)), ("staff", &insert(staff))])
            }
            NoTime::TooSoon { notice_min: 0 } => say(Line::TooSoon),
            NoTime::TooSoon { notice_min } => self.fill(Frame::NeedsNotice, &[("lead", &self.lead(notice_min))]),
            NoTime::TooFar { last: None } => say(Line::TooFar),
            NoTime::TooFar { last: Some(last) } => {
                let date = self.tongue.plain_date(last, self.needs_year(last));
                self.fill(Frame::NotBeyond, &[("date", &date)])
            }
            NoTime::NobodySkilled => say(Line::NobodySkilled),
            NoTime::NobodyThere(day) => day.map_or_else(|| say(Line::NobodyThere), |day| on(Frame::DayNobody, day)),
        }
    }

    pub(super) fn lead(&self, minutes: u32) -> String {
        self.tongue.lead(Lead::of_minutes(minutes))
    }
}
