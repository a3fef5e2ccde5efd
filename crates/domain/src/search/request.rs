//! What a search is asked for, and what of it is accepted.

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    cell::Starts,
    id::StaffId,
    language::Language,
    policy::Weights,
    schedule::{DayRange, Span, Spans, TimeWindow, Zone, minute_at_or_after},
    slot::{Error, SlotRule},
};

/// A service as far as searching looks at one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceNeed {
    /// Duration, buffers and where it may begin.
    pub rule: SlotRule,
    /// Minutes between now and the earliest start.
    pub notice_min: i64,
    /// Days ahead it can be booked, counted from now to the minute.
    pub advance_days: i64,
    /// What the person who does it must be able to do: all of these.
    pub required_skills: Vec<String>,
    /// The kind of room it takes place in, if it needs one.
    pub room_kind: Option<String>,
}

/// Which starts are wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// This minute and no other.
    At(i64),
    /// Starts inside the span, those nearest to the minute first.
    Near {
        /// The minute that would be best.
        minute: i64,
        /// What is acceptable.
        within: Span,
    },
    /// Starts inside the span, the earliest first.
    Earliest(Span),
    /// Starts spread evenly over what is free inside the span, the earliest first.
    Spread(Span),
}

/// A search for one service at one branch.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchRequest {
    /// What is to be booked.
    pub service: ServiceNeed,
    /// When.
    pub wish: Wish,
    /// Only starts whose local time of day lies in here; a window over midnight belongs to the
    /// date it begins on.
    pub times: Option<TimeWindow>,
    /// Only these staff members; empty for anyone.
    pub only: Vec<StaffId>,
    /// None of these: already tried, or declined.
    pub without: Vec<StaffId>,
    /// The caller's language, for the score.
    pub language: Option<Language>,
    /// How strongly the customer prefers whom, 0 to 1; nobody else.
    pub preferences: Vec<(StaffId, f64)>,
    /// The company's weights for the score.
    pub weights: Weights,
    /// Most offers wanted.
    pub count: usize,
    /// The present.
    pub now: Timestamp,
}

impl SearchRequest {
    /// Most offers of one search.
    pub const MOST_OFFERS: usize = 200;
    /// Longest notice in minutes: a year.
    pub const LONGEST_NOTICE_MIN: i64 = 366 * 1440;
    /// Longest advance in days.
    pub const LONGEST_ADVANCE_DAYS: i64 = 3660;

    /// Checks the request without doing any of the work.
    ///
    /// # Errors
    /// The first thing that is not accepted, with what is.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=Self::MOST_OFFERS).contains(&self.count) {
            return Err(Error::Count { count: self.count, accepted: Self::MOST_OFFERS });
        }
        let ServiceNeed { notice_min, advance_days, .. } = self.service;
        for (field, value, accepted) in [
            ("a notice in minutes", notice_min, Self::LONGEST_NOTICE_MIN),
            ("an advance in days", advance_days, Self::LONGEST_ADVANCE_DAYS),
        ] {
            if !(0..=accepted).contains(&value) {
                return Err(Error::Policy { field, value, accepted });
            }
        }
        let span = self.span();
        if span.is_empty() {
            return Err(Error::WindowReversed);
        }
        let date = |minute: i64| TimeZone::UTC.to_datetime(Span::new(minute, minute).begin()).date();
        DayRange::new(date(span.from), date(span.to - 1)).map(drop)
    }

    /// Returns the dates whose snapshots decide about the wish, neighbours included when a service
    /// could reach over midnight.
    ///
    /// # Errors
    /// As [`Self::check`]; and a wish next to the edge of the accepted dates is refused too.
    pub fn days(&self, zone: &Zone) -> Result<DayRange, Error> {
        self.check()?;
        let blocked = self.blocked();
        DayRange::new(zone.date_at(blocked.from), zone.date_at(blocked.to - 1))
    }

    /// Returns the minutes that a service which begins as wished may take, buffers included: what lies outside of them keeps none
    /// of the wished starts from being free.
    #[must_use]
    pub fn blocked(&self) -> Span {
        let span = self.span();
        let (first, last) = (self.service.rule.block_at(span.from), self.service.rule.block_at(span.to - 1));
        Span { from: first.from, to: last.to }
    }

    /// The minutes at which the service may begin: notice and advance, from now on.
    pub(super) fn bounds(&self) -> Span {
        let now = self.now_minute();
        Span { from: now + self.service.notice_min, to: now + self.service.advance_days * 1440 + 1 }
    }

    pub(super) fn now_minute(&self) -> i64 {
        minute_at_or_after(self.now)
    }

    /// Returns the minute that the answer should be near to: of a window with times of day, the first of those times.
    #[must_use]
    pub fn wanted_in(&self, zone: &Zone) -> i64 {
        match (self.times, self.wished(zone)) {
            (Some(_), Ok(wished)) => wished.cover().from,
            _ => self.wanted(),
        }
    }

    /// The minute that the answer should be near to.
    pub(super) const fn wanted(&self) -> i64 {
        match self.wish {
            Wish::At(minute) | Wish::Near { minute, .. } => minute,
            Wish::Earliest(span) | Wish::Spread(span) => span.from,
        }
    }

    const fn span(&self) -> Span {
        match self.wish {
            Wish::At(minute) => Span { from: minute, to: minute.saturating_add(1) },
            Wish::Near { within, .. } => within,
            Wish::Earliest(span) | Wish::Spread(span) => span,
        }
    }

    /// Returns the minutes wished for, after checking the request.
    pub(super) fn wished(&self, zone: &Zone) -> Result<Spans, Error> {
        self.check()?;
        let span = self.span();
        let Some(times) = self.times else { return Ok(Spans::one(span)) };
        // One date earlier, because a window over midnight begins there.
        let first = (span.from + zone.offset_at(span.from)).div_euclid(1440) - 1;
        let last = (span.to + zone.offset_at(span.to)).div_euclid(1440);
        let (from, to) = times.minutes();
        let instant = |day: i64, minute: u16| zone.instant(day * 1440 + i64::from(minute));
        let daily: Spans = (first..=last).map(|day| Span { from: instant(day, from), to: instant(day, to) }).collect();
        let wished = daily.within(span);
        if wished.is_empty() { Err(Error::WindowEmpty) } else { Ok(wished) }
    }

    /// Returns whether the staff member is among those asked for.
    pub(super) fn wants(&self, staff: StaffId) -> bool {
        (self.only.is_empty() || self.only.contains(&staff)) && !self.without.contains(&staff)
    }

    /// Picks the starts to offer, best first.
    pub(super) fn choose(&self, free: &Starts) -> Vec<i64> {
        match self.wish {
            Wish::At(_) | Wish::Earliest(_) => free.from(i64::MIN).take(self.count).collect(),
            Wish::Near { minute, .. } => free.nearest(minute).take(self.count).collect(),
            Wish::Spread(_) => spread(&free.to_vec(), self.count),
        }
    }
}

/// Picks so many of the starts, the first and the last among them, at even distances.
fn spread(all: &[i64], count: usize) -> Vec<i64> {
    if all.len() <= count {
        return all.to_vec();
    }
    (0..count).map(|nth| all[nth * (all.len() - 1) / (count - 1).max(1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn offers_are_spread_over_what_is_free() {
        let all: Vec<i64> = (0..10).collect();
        assert_eq!(spread(&all, 1), [0]);
        assert_eq!(spread(&all, 2), [0, 9]);
        assert_eq!(spread(&all, 4), [0, 3, 6, 9]);
        assert_eq!(spread(&all, 20), all);
        assert!(spread(&[], 3).is_empty());
    }
}
