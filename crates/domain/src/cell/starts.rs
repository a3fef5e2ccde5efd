//! Sets of instants at which something can begin.

use std::borrow::Cow;

use super::{CellSize, Words};
use crate::schedule::{Span, Spans};

/// Instants, each at the beginning of a cell, in minutes since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starts {
    size: CellSize,
    words: Words,
}

impl Starts {
    /// Returns the empty set.
    #[must_use]
    pub fn none() -> Self {
        Self { size: CellSize::Five, words: Words::covering(0, 0) }
    }

    /// Returns the set of these minutes, which lie inside the span and at beginnings of cells.
    #[must_use]
    pub fn of(size: CellSize, cover: Span, minutes: impl IntoIterator<Item = i64>) -> Self {
        let mut words = Words::covering(size.floor(cover.from), size.ceil(cover.to));
        for cell in minutes.into_iter().map(|minute| size.ceil(minute)) {
            words.set(cell, cell + 1);
        }
        Self { size, words }
    }

    pub(crate) const fn from_words(size: CellSize, words: Words) -> Self {
        Self { size, words }
    }

    pub(crate) fn keep(&mut self, mask: &Words) {
        self.words.and(mask);
    }

    /// Returns whether there is no start.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_zero()
    }

    /// Returns how many starts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.count() as usize
    }

    /// Returns whether the minute is a start.
    #[must_use]
    pub fn contains(&self, minute: i64) -> bool {
        self.size.floor(minute) == self.size.ceil(minute) && self.words.bit(self.size.floor(minute))
    }

    /// Lists the starts in order.
    #[must_use]
    pub fn to_vec(&self) -> Vec<i64> {
        self.words.to_vec(self.size.minutes())
    }

    /// Returns the first start that is not before the minute.
    #[must_use]
    pub fn at_or_after(&self, minute: i64) -> Option<i64> {
        self.words.next_set(self.size.ceil(minute)).map(|start| start * self.size.minutes())
    }

    /// Returns the last start before the minute.
    #[must_use]
    pub fn before(&self, minute: i64) -> Option<i64> {
        self.words.last_set_before(self.size.ceil(minute)).map(|start| start * self.size.minutes())
    }

    /// Lists the starts that are not before the minute, in order.
    pub fn from(&self, minute: i64) -> impl Iterator<Item = i64> {
        std::iter::successors(self.at_or_after(minute), |last| self.at_or_after(last + 1))
    }

    /// Lists the starts by their distance from the minute; of two as near, the earlier one first.
    pub fn nearest(&self, minute: i64) -> impl Iterator<Item = i64> {
        let (mut earlier, mut later) = (self.before(minute), self.at_or_after(minute));
        std::iter::from_fn(move || {
            let take_earlier = match (earlier, later) {
                (Some(before), Some(after)) => minute - before <= after - minute,
                (before, _) => before.is_some(),
            };
            let taken = if take_earlier { earlier } else { later }?;
            if take_earlier {
                earlier = self.before(taken);
            } else {
                later = self.at_or_after(taken + 1);
            }
            Some(taken)
        })
    }

    /// Keeps the starts inside the span.
    pub fn clip(&mut self, span: Span) {
        self.words.clear(i64::MIN, self.size.ceil(span.from));
        self.words.clear(self.size.ceil(span.to), i64::MAX);
    }

    /// Returns the starts inside the spans.
    #[must_use]
    pub fn within(&self, spans: &Spans) -> Self {
        let (from, to) = self.words.extent();
        let mut words = Words::covering(from, to);
        for span in spans.as_slice() {
            words.set(self.size.ceil(span.from), self.size.ceil(span.to));
        }
        words.and(&self.words);
        Self { size: self.size, words }
    }

    /// Adds the starts of the other set.
    pub fn add(&mut self, other: &Self) {
        if self.size == other.size {
            self.words.or(&other.words);
            return;
        }
        *self = self.in_minutes().into_owned();
        self.words.or(&other.in_minutes().words);
    }

    /// Keeps the starts `t` for which the other set has `t + later_min`: how a second service
    /// follows the first.
    pub fn keep_followed(&mut self, other: &Self, later_min: i64) {
        if self.size == other.size && later_min % self.size.minutes() == 0 {
            self.words.and_earlier(&other.words, later_min / self.size.minutes());
            return;
        }
        *self = self.in_minutes().into_owned();
        self.words.and_earlier(&other.in_minutes().words, later_min);
    }

    /// Returns the starts of a sequence: the instants `t` such that every set has the start
    /// `t` plus its own distance from the beginning.
    #[must_use]
    pub fn sequence(parts: &[(&Self, i64)]) -> Self {
        let Some((first, rest)) = parts.split_first() else { return Self::none() };
        let mut all = first.0.earlier(first.1);
        for (part, later_min) in rest {
            all.keep_followed(part, *later_min);
        }
        all
    }

    /// The set with every start moved to an earlier minute.
    fn earlier(&self, by_min: i64) -> Self {
        if by_min == 0 {
            return self.clone();
        }
        let (from, to) = self.words.extent();
        let (from, to) = (from * self.size.minutes() - by_min, to * self.size.minutes() - by_min);
        let size = self.size.min(CellSize::of([by_min]));
        Self::of(size, Span { from, to }, self.to_vec().into_iter().map(|start| start - by_min))
    }

    fn in_minutes(&self) -> Cow<'_, Self> {
        if self.size == CellSize::Minute {
            return Cow::Borrowed(self);
        }
        let (from, to) = self.words.extent();
        Cow::Owned(Self::of(CellSize::Minute, Span { from: from * 5, to: to * 5 }, self.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(minutes: &[i64]) -> Starts {
        Starts::of(CellSize::of(minutes.iter().copied()), Span::new(0, 1440), minutes.iter().copied())
    }

    #[test]
    fn the_nearest_start_comes_first_and_the_earlier_of_two_as_near() {
        let free = starts(&[540, 600, 660, 900]);
        assert_eq!(free.nearest(630).collect::<Vec<_>>(), [600, 660, 540, 900]);
        assert_eq!(free.nearest(600).next(), Some(600));
        assert_eq!(free.nearest(-50).collect::<Vec<_>>(), [540, 600, 660, 900]);
        assert_eq!(free.nearest(5000).next(), Some(900));
        assert_eq!(Starts::none().nearest(0).next(), None);
    }

    #[test]
    fn scans_do_not_round_a_wish_between_cells_to_an_earlier_start() {
        let free = starts(&[600, 605]);
        assert_eq!((free.at_or_after(601), free.before(601), free.before(600)), (Some(605), Some(600), None));
        assert!(free.contains(600) && !free.contains(601));
    }

    #[test]
    fn sets_of_both_cell_sizes_mix() {
        let mut all = starts(&[600, 660]);
        all.add(&starts(&[601]));
        assert_eq!(all.to_vec(), [600, 601, 660]);
        all.clip(Span::new(601, 660));
        assert_eq!(all.to_vec(), [601]);
    }

    #[test]
    fn a_sequence_needs_every_part_at_its_own_time() {
        let (cut, colour, style) = (starts(&[540, 600, 660]), starts(&[645, 700]), starts(&[707, 767]));
        assert_eq!(Starts::sequence(&[(&cut, 0), (&colour, 45), (&style, 107)]).to_vec(), [600]);
        assert_eq!(Starts::sequence(&[(&colour, 45), (&cut, 0), (&style, 107)]).to_vec(), [600]);
        assert!(Starts::sequence(&[(&cut, 0), (&colour, 50)]).is_empty());
        assert!(Starts::sequence(&[]).is_empty());
    }
}
