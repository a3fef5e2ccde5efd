//! What a caller wants, out of arguments a model filled in: exact values, words, or nonsense that is answered in words.

use callflow_contract::{common::v1::TimeRange, convert::to_wire_range};
use callflow_domain::masked::PersonalText;
use callflow_extract::{
    Clock, Days, TimeOfDay, When,
    lexicon::Language,
    name::{Match, find},
    understand,
};
use callflow_retell::{
    answer::{Answer, Outcome},
    function::{Said, Wish},
    spoken::{Choice, Line},
};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Time},
};

use super::turn::{Trouble, Turn};

/// Words for "anybody", which are nobody's name.
const ANYBODY: [&str; 12] = [
    "any",
    "anyone",
    "anybody",
    "egal",
    "beliebig",
    "jeder",
    "irgendwer",
    "fark etmez",
    "herkes",
    "любой",
    "все равно",
    "أي شخص",
];

/// Day, time and person, understood.
#[derive(Debug, Clone, Default)]
pub(crate) struct Understood {
    pub(crate) days: Option<Days>,
    pub(crate) at: Option<Time>,
    pub(crate) from: Option<Time>,
    pub(crate) to: Option<Time>,
    /// Place in the branch's staff.
    pub(crate) staff: Option<usize>,
}

impl Understood {
    /// Returns the one day that is meant.
    pub(crate) fn day(&self) -> Option<Date> {
        self.days.and_then(|days| days.single())
    }
}

impl Turn {
    /// Understands a wish, or says what is not understood.
    pub(crate) fn understand(&self, wish: &Wish) -> Result<Understood, Trouble> {
        let mut understood = Understood { staff: self.staff(wish.staff.as_ref())?, ..Understood::default() };
        if let Some(said) = &wish.date {
            self.take_day(said, &mut understood)?;
            // Before a last day is added, which would make a range with a future of it.
            self.not_past(&Understood { days: understood.days, ..Understood::default() })?;
        }
        if let (Some(said), Some(days)) = (&wish.until, understood.days) {
            let mut last = Understood::default();
            self.take_day(said, &mut last)?;
            let to = last.days.map_or(days.to, |last| last.to);
            understood.days = Some(Days { from: days.from, to: to.max(days.from) });
        }
        for (said, bound) in [(&wish.time, Bound::At), (&wish.time_from, Bound::From), (&wish.time_to, Bound::To)] {
            if let Some(said) = said {
                self.take_time(said, bound, &mut understood)?;
            }
        }
        self.not_past(&understood)?;
        Ok(understood)
    }

    fn clock(&self) -> Clock {
        Clock::new(self.now.datetime(), Language::of_tag(self.phrases.speech().tag()))
    }

    fn take_day(&self, said: &Said<Date>, into: &mut Understood) -> Result<(), Trouble> {
        let text = match said {
            Said::Exact(date) => {
                into.days = Some(Days::one(*date));
                return Ok(());
            }
            Said::Words(text) => text.expose(),
        };
        let When { days, time } = understand(text, &self.clock());
        if days.is_none() && time.is_none() {
            return Err(self.say(Outcome::InvalidDate, Line::InvalidDate).field("field", "date").into());
        }
        if let Some(found) = days {
            let others = found.alternatives.iter().filter_map(Days::single);
            let meant: Vec<String> =
                found.value.single().into_iter().chain(others).map(|day| self.phrases.day(day)).collect();
            if meant.len() > 1 {
                return Err(self.unclear(&meant, "date"));
            }
            into.days = Some(found.value);
        }
        if let Some(found) = time {
            self.keep_time(found.value, &found.alternatives, Bound::At, into)?;
        }
        Ok(())
    }

    fn take_time(&self, said: &Said<Time>, bound: Bound, into: &mut Understood) -> Result<(), Trouble> {
        let text = match said {
            Said::Exact(time) => {
                bound.set(*time, into);
                return Ok(());
            }
            Said::Words(text) => text.expose(),
        };
        let clock = self.clock();
        // "halb vier" is a time by itself; "vier" only behind a word that announces one.
        let found = understand(text, &clock).time.or_else(|| understand(&announced(text, clock.language), &clock).time);
        let Some(found) = found else {
            return Err(self.say(Outcome::InvalidTime, Line::InvalidTime).field("field", "time").into());
        };
        self.keep_time(found.value, &found.alternatives, bound, into)
    }

    fn keep_time(
        &self,
        value: TimeOfDay,
        others: &[TimeOfDay],
        bound: Bound,
        into: &mut Understood,
    ) -> Result<(), Trouble> {
        let point = |time: &TimeOfDay| match time {
            TimeOfDay::At(time) => Some(self.phrases.time(*time)),
            TimeOfDay::Between(..) => None,
        };
        let meant: Vec<String> = std::iter::once(&value).chain(others).filter_map(point).collect();
        if meant.len() > 1 {
            return Err(self.unclear(&meant, "time"));
        }
        match value {
            TimeOfDay::At(time) => bound.set(time, into),
            TimeOfDay::Between(from, to) => (into.from, into.to) = (Some(from), Some(to)),
        }
        Ok(())
    }

    fn unclear(&self, options: &[String], field: &'static str) -> Trouble {
        Answer::new(Outcome::Unclear, self.phrases.clarify(options)).field("field", field).into()
    }

    fn not_past(&self, understood: &Understood) -> Result<(), Trouble> {
        let today = self.now.date();
        let Some(days) = understood.days else { return Ok(()) };
        if days.to < today {
            return Err(Answer::new(Outcome::InvalidDate, self.phrases.past_date()).field("field", "date").into());
        }
        let latest = understood.at.or(understood.to);
        if days.to == today && latest.is_some_and(|time| time <= self.now.time()) {
            return Err(self.say(Outcome::InvalidTime, Line::PastTime).field("field", "time").into());
        }
        Ok(())
    }

    /// Returns the span of the days that are meant, from now on at the earliest.
    pub(crate) fn window(&self, days: Option<Days>) -> Option<TimeRange> {
        let days = days?;
        let midnight = |date: Date| Some(date.to_zoned(self.site.zone.clone()).ok()?.timestamp());
        let start = midnight(days.from)?.max(self.now.timestamp());
        Some(to_wire_range(start, midnight(days.to.checked_add(1.day()).ok()?)?))
    }

    /// Returns the very moment that is meant, if one is.
    pub(crate) fn moment(&self, understood: &Understood) -> Option<Timestamp> {
        let at = understood.day()?.to_datetime(understood.at?);
        Some(at.to_zoned(self.site.zone.clone()).ok()?.timestamp())
    }

    /// Returns the service that is meant, or asks.
    pub(crate) fn service(&self, said: Option<&PersonalText>) -> Result<usize, Trouble> {
        let services = &self.site.services;
        let Some(said) = said.map(PersonalText::expose) else {
            return if services.len() == 1 { Ok(0) } else { Err(self.ask("service", Line::AskService).into()) };
        };
        if let Some(place) = services.iter().position(|one| one.service_id == said || one.slug == said) {
            return Ok(place);
        }
        match find(said, &self.site.service_names()) {
            Match::One(place) => Ok(place),
            Match::Several(places) => {
                Err(self.unclear(&places.iter().map(|at| services[*at].name.clone()).collect::<Vec<_>>(), "service"))
            }
            Match::None => {
                let names: Vec<&str> = services.iter().map(|one| one.name.as_str()).collect();
                Err(Answer::new(Outcome::UnknownService, self.phrases.unknown(Choice::Service, &names)).into())
            }
        }
    }

    /// Returns the staff member that is meant, if one is.
    fn staff(&self, said: Option<&PersonalText>) -> Result<Option<usize>, Trouble> {
        let Some(said) = said.map(|text| text.expose().trim()) else { return Ok(None) };
        if ANYBODY.contains(&said.to_lowercase().as_str()) {
            return Ok(None);
        }
        let staff = &self.site.staff;
        if let Some(place) = staff.iter().position(|one| one.staff_id == said || one.slug == said) {
            return Ok(Some(place));
        }
        match find(said, &self.site.staff_names()) {
            Match::One(place) => Ok(Some(place)),
            Match::Several(places) => {
                Err(self.unclear(&places.iter().map(|at| staff[*at].name.clone()).collect::<Vec<_>>(), "staff"))
            }
            Match::None => {
                let names: Vec<&str> = staff.iter().map(|one| one.name.as_str()).collect();
                Err(Answer::new(Outcome::UnknownStaff, self.phrases.unknown(Choice::Staff, &names)).into())
            }
        }
    }
}

/// Returns a bare hour behind the word that announces a time.
fn announced(text: &str, language: Language) -> String {
    let words = language.words();
    format!("{} {text}", words.at.first().copied().unwrap_or_default())
}

/// Which end of the wanted time is meant.
#[derive(Debug, Clone, Copy)]
enum Bound {
    At,
    From,
    To,
}

impl Bound {
    const fn set(self, time: Time, into: &mut Understood) {
        match self {
            Self::At => into.at = Some(time),
            Self::From => into.from = Some(time),
            Self::To => into.to = Some(time),
        }
    }
}

/// Returns minutes since midnight.
pub(crate) fn minute(time: Time) -> u32 {
    u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs())
}
