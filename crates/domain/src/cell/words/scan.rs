//! Looking for the nearest set or clear cell.

use super::{WORD, Words};

impl Words {
    /// The first set cell that is not before the given one.
    pub(crate) fn next_set(&self, cell: i64) -> Option<i64> {
        self.next(cell, |word| word)
    }

    /// The first cell not before the given one that is clear; the end of what is covered counts.
    pub(crate) fn next_clear(&self, cell: i64) -> i64 {
        self.next(cell, |word| !word).unwrap_or(self.extent().1.max(cell))
    }

    #[inline]
    fn next(&self, cell: i64, view: impl Fn(u64) -> u64) -> Option<i64> {
        let (begin, end) = self.extent();
        let cell = cell.max(begin);
        if cell >= end {
            return None;
        }
        let offset = (cell - begin) as usize;
        let mut index = offset / 64;
        let mut word = view(self.words[index]) & u64::MAX << (offset % 64);
        while word == 0 {
            index += 1;
            word = view(*self.words.get(index)?);
        }
        Some(begin + index as i64 * WORD + i64::from(word.trailing_zeros()))
    }

    /// The last set cell that is before the given one.
    pub(crate) fn last_set_before(&self, cell: i64) -> Option<i64> {
        let (begin, end) = self.extent();
        let cell = cell.min(end);
        if cell <= begin {
            return None;
        }
        let last = (cell - 1 - begin) as usize;
        let mut index = last / 64;
        let mut word = self.words[index] & u64::MAX >> (63 - last % 64);
        while word == 0 {
            index = index.checked_sub(1)?;
            word = self.words[index];
        }
        Some(begin + index as i64 * WORD + 63 - i64::from(word.leading_zeros()))
    }
}
