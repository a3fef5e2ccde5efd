//! Free time as a row of bits.

use std::borrow::Cow;

use super::{CellSize, Starts, Words};
use crate::schedule::{Span, Spans};

/// The time somebody or something is free, cell by cell; outside what it covers, nothing is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitRow {
    size: CellSize,
    words: Words,
}

impl BitRow {
    /// Returns a row that covers the span, with nothing free.
    #[must_use]
    pub fn none(size: CellSize, cover: Span) -> Self {
        Self { size, words: Words::covering(size.floor(cover.from), size.ceil(cover.to)) }
    }

    /// Returns a row that covers the span, free during these spans, in the largest cells that
    /// express them exactly.
    #[must_use]
    pub fn free_during(cover: Span, spans: &Spans) -> Self {
        let bounds = spans.as_slice().iter().flat_map(|span| [span.from, span.to]);
        let mut row = Self::none(CellSize::of(bounds), cover);
        spans.as_slice().iter().for_each(|span| row.free(*span));
        row
    }

    /// Returns the size of the row's cells.
    #[must_use]
    pub const fn size(&self) -> CellSize {
        self.size
    }

    /// Frees the cells that lie wholly inside the span and inside what the row covers.
    #[inline]
    pub fn free(&mut self, span: Span) {
        self.words.set(self.size.ceil(span.from), self.size.floor(span.to));
    }

    /// Takes every cell that the span touches.
    #[inline]
    pub fn block(&mut self, span: Span) {
        if !span.is_empty() {
            self.words.clear(self.size.floor(span.from), self.size.ceil(span.to));
        }
    }

    /// Takes the span exactly, with smaller cells if need be.
    #[inline]
    pub fn block_exactly(&mut self, span: Span) {
        let (begin, end) = self.words.extent();
        if self.size == CellSize::Five {
            // Every appointment of every search comes through here. Counted from the beginning of
            // the row there is no sign, which halves the work of dividing.
            let length = (end - begin) as u64 * 5;
            let from = span.from.wrapping_sub(begin * 5) as u64;
            let to = span.to.wrapping_sub(begin * 5) as u64;
            let (first, past) = (from / 5, to / 5);
            if from < to && to <= length && first * 5 == from && past * 5 == to {
                return self.words.clear_inside(first, past - 1);
            }
        }
        self.block_anywhere(span);
    }

    /// As [`Self::block_exactly`], for spans between cells or across the edges of the row.
    #[inline(never)]
    fn block_anywhere(&mut self, span: Span) {
        if self.size == CellSize::Five && CellSize::of([span.from, span.to]) == CellSize::Minute {
            *self = self.refined().into_owned();
        }
        self.block(span);
    }

    /// Returns whether every minute of the span is free.
    #[must_use]
    #[inline]
    pub fn is_free(&self, span: Span) -> bool {
        let (from, to) = (self.size.floor(span.from), self.size.ceil(span.to));
        span.is_empty() || (self.words.bit(from) && self.words.next_clear(from) >= to)
    }

    /// Returns whether nothing is free.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_zero()
    }

    /// Returns how many minutes are free.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        i64::from(self.words.count()) * self.size.minutes()
    }

    /// Lists the free stretches in order, each as long as it can be.
    pub fn runs(&self) -> impl Iterator<Item = Span> {
        let cell = self.size.minutes();
        let mut at = self.words.extent().0;
        std::iter::from_fn(move || {
            let from = self.words.next_set(at)?;
            at = self.words.next_clear(from);
            Some(Span { from: from * cell, to: at * cell })
        })
    }

    /// Adds what the other row has free, covering what either covers.
    pub fn join(&mut self, other: &Self) {
        match (self.size, other.size) {
            (CellSize::Five, CellSize::Minute) => {
                *self = self.refined().into_owned();
                self.words.or(&other.words);
            }
            (CellSize::Minute, CellSize::Five) => self.words.or(&other.refined().words),
            _ => self.words.or(&other.words),
        }
    }

    /// Returns the same free time in one-minute cells.
    #[must_use]
    pub fn refined(&self) -> Cow<'_, Self> {
        if self.size == CellSize::Minute {
            return Cow::Borrowed(self);
        }
        let (from, to) = self.words.extent();
        let mut words = Words::covering(from * 5, to * 5);
        self.runs().for_each(|run| words.set(run.from, run.to));
        Cow::Owned(Self { size: CellSize::Minute, words })
    }

    /// Returns the starts of a block that needs this much free time before and from the start on.
    ///
    /// With five-minute cells the lengths are rounded up to whole cells. That is exact for starts
    /// on multiples of five, because the free time begins and ends on multiples of five too.
    #[must_use]
    pub fn fits(&self, before_min: i64, from_start_min: i64) -> Starts {
        let (before, rest) = (self.size.ceil(before_min), self.size.ceil(from_start_min));
        let mut words = self.words.clone();
        words.keep_runs(before + rest);
        words.move_later(before);
        Starts::from_words(self.size, words)
    }

    pub(crate) const fn words(&self) -> &Words {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(spans: &[(i64, i64)]) -> BitRow {
        let spans = spans.iter().map(|&(from, to)| Span { from, to }).collect();
        BitRow::free_during(Span::new(0, 1440), &spans)
    }

    #[test]
    fn five_minute_cells_are_used_when_they_are_exact() {
        assert_eq!(row(&[(540, 600)]).size(), CellSize::Five);
        assert_eq!(row(&[(540, 601)]).size(), CellSize::Minute);
        assert_eq!(row(&[(540, 601)]).minutes(), 61);
    }

    #[test]
    fn blocking_between_cells_is_exact_or_cautious_as_asked() {
        let (mut cautious, mut exact) = (row(&[(540, 600)]), row(&[(540, 600)]));
        cautious.block(Span::new(552, 553));
        exact.block_exactly(Span::new(552, 553));
        let spans = |row: &BitRow| row.runs().map(|run| (run.from, run.to)).collect::<Vec<_>>();
        assert_eq!(spans(&cautious), [(540, 550), (555, 600)]);
        assert_eq!(spans(&exact), [(540, 552), (553, 600)]);
    }

    #[test]
    fn ten_to_quarter_to_eleven_blocks_half_past_ten() {
        let mut free = row(&[(540, 720)]);
        free.block(Span::new(600, 645));
        assert!(!free.is_free(Span::new(630, 660)), "the whole duration counts, not its beginning");
        assert!(free.is_free(Span::new(645, 675)) && free.is_free(Span::new(570, 600)));
    }

    #[test]
    fn days_join_into_one_row_over_midnight() {
        let mut both = row(&[(1320, 1440)]);
        both.join(&BitRow::free_during(Span::new(1440, 2880), &Spans::one(Span::new(1440, 1502))));
        assert_eq!(both.runs().collect::<Vec<_>>(), [Span::new(1320, 1502)]);
        assert!(both.is_free(Span::new(1400, 1500)) && !both.is_free(Span::new(1400, 1503)));
    }
}
