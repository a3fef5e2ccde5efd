//! Runs of set cells, and shifting: where something that takes several cells fits.

use super::{WORD, Words};

impl Words {
    /// Keeps each cell that is followed by set cells, so that `count` in a row are set from it on.
    ///
    /// Each round doubles the length that is known to be set: shift and AND.
    pub(crate) fn keep_runs(&mut self, count: i64) {
        let mut have = 1;
        while have < count {
            let shift = have.min(count - have);
            self.and_earlier_self(shift as usize);
            have += shift;
        }
    }

    /// Keeps the cells whose neighbour `shift` cells later is set too.
    fn and_earlier_self(&mut self, shift: usize) {
        let (words, bits) = (shift / 64, shift % 64);
        let all = self.words.as_mut_slice();
        if words > 0 {
            for index in 0..all.len() {
                let at = |offset: usize| all.get(index + words + offset).copied().unwrap_or(0);
                all[index] &= at(0) >> bits | at(1) << 1 << (63 - bits);
            }
            return;
        }
        // The usual case, kept simple so that it is compiled to vector instructions.
        for index in 1..all.len() {
            all[index - 1] &= all[index - 1] >> bits | all[index] << 1 << (63 - bits);
        }
        if let Some(last) = all.last_mut() {
            *last &= *last >> bits;
        }
    }

    /// The 64 cells from the given one on, each set when `count` in a row are from it on; at most 64.
    #[inline]
    pub(crate) fn run_at(&self, cell: i64, count: i64) -> u64 {
        match self.word_at(cell) {
            0 => 0,
            word => run_of(word, self.word_at(cell + WORD), count),
        }
    }

    /// Moves every cell later by `shift`; what leaves the covered cells is lost.
    pub(crate) fn move_later(&mut self, shift: i64) {
        if shift == 0 {
            return;
        }
        let (words, bits) = ((shift / WORD) as usize, shift % WORD);
        for index in (0..self.words.len()).rev() {
            let at = |back: usize| index.checked_sub(words + back).map_or(0, |place| self.words[place]);
            self.words[index] = at(0) << bits | at(1) >> 1 >> (63 - bits);
        }
    }

    /// Keeps the cells for which the other has the cell `shift` later.
    pub(crate) fn and_earlier(&mut self, other: &Self, shift: i64) {
        let (words, bits) = (shift.div_euclid(WORD), shift.rem_euclid(WORD));
        for (own, number) in self.words.iter_mut().zip(self.first + words..) {
            *own &= other.word(number) >> bits | other.word(number + 1) << 1 << (63 - bits);
        }
    }

    /// The 64 cells from the given one on, as one word.
    #[inline]
    pub(super) fn word_at(&self, cell: i64) -> u64 {
        let (number, bits) = (cell.div_euclid(WORD), cell.rem_euclid(WORD));
        let low = self.word(number) >> bits;
        if bits == 0 { low } else { low | self.word(number + 1) << (WORD - bits) }
    }
}

/// The cells of the first word from which on `count` in a row are set; at most 64 of them.
#[inline]
fn run_of(mut word: u64, mut next: u64, count: i64) -> u64 {
    let mut have = 1;
    while have < count {
        let shift = have.min(count - have);
        word &= word >> shift | next << (WORD - shift);
        next &= next >> shift;
        have += shift;
    }
    word
}
