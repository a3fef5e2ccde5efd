//! Stretches of time in whole minutes since the Unix epoch, and sets of them.

use jiff::Timestamp;

/// The instants from one minute up to, not including, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First minute, counted from the Unix epoch in UTC.
    pub from: i64,
    /// The minute after the last.
    pub to: i64,
}

impl Span {
    /// Returns the span from one minute up to another.
    #[must_use]
    pub const fn new(from: i64, to: i64) -> Self {
        Self { from, to }
    }

    /// Returns the smallest span of whole minutes that includes both instants and all between.
    #[must_use]
    pub fn around(from: Timestamp, to: Timestamp) -> Self {
        Self { from: minute_of(from), to: minute_at_or_after(to) }
    }

    /// Returns the instant of the first minute.
    #[must_use]
    pub fn begin(self) -> Timestamp {
        timestamp_of(self.from)
    }

    /// Returns the instant at which the span is over.
    #[must_use]
    pub fn end(self) -> Timestamp {
        timestamp_of(self.to)
    }

    /// Returns the length in minutes, 0 when the end is not after the beginning.
    #[must_use]
    pub const fn minutes(self) -> i64 {
        if self.to > self.from { self.to - self.from } else { 0 }
    }

    /// Returns whether nothing is inside.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.to <= self.from
    }

    /// Returns whether the minute is inside.
    #[must_use]
    pub const fn contains(self, minute: i64) -> bool {
        self.from <= minute && minute < self.to
    }

    /// Returns the part that both have, possibly empty.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self { from: self.from.max(other.from), to: self.to.min(other.to) }
    }

    /// Returns whether the two share a minute.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        !self.intersection(other).is_empty()
    }
}

/// Returns the minute since the epoch an instant lies in.
pub(crate) fn minute_of(instant: Timestamp) -> i64 {
    instant.as_second().div_euclid(60)
}

/// Returns the first whole minute that is not before the instant.
pub(crate) fn minute_at_or_after(instant: Timestamp) -> i64 {
    let minute = minute_of(instant);
    let whole = instant.as_second().rem_euclid(60) == 0 && instant.subsec_nanosecond() == 0;
    if whole { minute } else { minute + 1 }
}

/// Returns the instant a minute begins, at the edge of the calendar the last one there is.
pub(crate) fn timestamp_of(minute: i64) -> Timestamp {
    Timestamp::from_second(minute.saturating_mul(60)).unwrap_or(if minute < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// A set of minutes as spans in order; spans that overlap or touch are merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// Returns everything inside the given span.
    #[must_use]
    pub fn one(span: Span) -> Self {
        [span].into_iter().collect()
    }

    /// Returns the spans in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Span] {
        &self.0
    }

    /// Returns the span from the first minute of the set to its last.
    #[must_use]
    pub fn cover(&self) -> Span {
        let bound = |span: Option<&Span>, end: fn(&Span) -> i64| span.map_or(0, end);
        Span { from: bound(self.0.first(), |span| span.from), to: bound(self.0.last(), |span| span.to) }
    }

    /// Returns whether the set has no minute.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many minutes the set has.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        self.0.iter().map(|span| span.minutes()).sum()
    }

    /// Returns the minutes that both sets have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let part = a.intersection(**b);
            if !part.is_empty() {
                both.push(part);
            }
            if a.to <= b.to {
                left.next()
            } else {
                right.next()
            };
        }
        Self(both)
    }

    /// Returns the minutes that are in either set.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }

    /// Returns the minutes of this set that the other has not.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut rest = Vec::with_capacity(self.0.len());
        let mut cuts = other.0.as_slice();
        for &span in &self.0 {
            while let [first, later @ ..] = cuts
                && first.to <= span.from
            {
                cuts = later;
            }
            let mut from = span.from;
            for cut in cuts.iter().take_while(|cut| cut.from < span.to) {
                if from < cut.from {
                    rest.push(Span { from, to: cut.from });
                }
                from = from.max(cut.to);
            }
            if from < span.to {
                rest.push(Span { from, to: span.to });
            }
        }
        Self(rest)
    }

    /// Returns the part of the set inside the span.
    #[must_use]
    pub fn within(&self, span: Span) -> Self {
        let first = self.0.partition_point(|own| own.to <= span.from);
        let parts = self.0[first..].iter().take_while(|own| own.from < span.to);
        Self(parts.map(|own| own.intersection(span)).filter(|part| !part.is_empty()).collect())
    }
}

impl FromIterator<Span> for Spans {
    fn from_iter<T: IntoIterator<Item = Span>>(spans: T) -> Self {
        let mut all: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
        if !all.is_sorted() {
            all.sort_unstable();
        }
        all.dedup_by(|next, last| {
            let touches = next.from <= last.to;
            if touches {
                last.to = last.to.max(next.to);
            }
            touches
        });
        Self(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(list: &[(i64, i64)]) -> Spans {
        list.iter().map(|&(from, to)| Span { from, to }).collect()
    }

    #[test]
    fn touching_and_overlapping_spans_become_one() {
        assert_eq!(spans(&[(5, 9), (1, 3), (3, 5), (2, 4), (9, 9), (12, 11)]), spans(&[(1, 9)]));
    }

    #[test]
    fn sets_are_cut_and_subtracted() {
        let open = spans(&[(0, 10), (20, 30)]);
        assert_eq!(open.intersection(&spans(&[(5, 25), (28, 40)])), spans(&[(5, 10), (20, 25), (28, 30)]));
        assert_eq!(open.minus(&spans(&[(2, 3), (8, 22), (29, 50)])), spans(&[(0, 2), (3, 8), (22, 29)]));
        assert_eq!(open.minus(&Spans::default()), open);
        assert_eq!(open.minus(&spans(&[(-5, 50)])), Spans::default());
        assert_eq!(open.within(Span::new(9, 21)), spans(&[(9, 10), (20, 21)]));
        assert_eq!(open.minutes(), 20);
    }

    #[test]
    fn instants_inside_a_minute_round_outward() {
        let (from, to) = (Timestamp::from_second(61).unwrap(), Timestamp::from_second(121).unwrap());
        assert_eq!(Span::around(from, to), Span::new(1, 3));
        assert_eq!(Span::around(Timestamp::from_second(-1).unwrap(), Timestamp::UNIX_EPOCH), Span::new(-1, 0));
    }
}
