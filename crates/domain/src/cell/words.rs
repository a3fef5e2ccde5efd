//! Bits in 64-bit words at fixed places: word `n` always holds the cells `64 n` to `64 n + 63`.
//!
//! Because words sit at fixed places, combining two rows needs no shifting.

/// Cells per word.
pub(crate) const WORD: i64 = 64;

/// A stretch of words; every cell outside it is zero.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// Number of the first word.
    first: i64,
    words: Vec<u64>,
}

impl Clone for Words {
    fn clone(&self) -> Self {
        Self { first: self.first, words: self.words.clone() }
    }

    /// Reuses the words already allocated, which the derived one would not.
    fn clone_from(&mut self, source: &Self) {
        self.first = source.first;
        self.words.clone_from(&source.words);
    }
}

impl Words {
    /// Returns zeros that cover the cells from one up to another.
    pub(crate) fn covering(from: i64, to: i64) -> Self {
        let first = from.div_euclid(WORD);
        let count = if to > from { (to - 1).div_euclid(WORD) - first + 1 } else { 0 };
        Self { first, words: vec![0; count as usize] }
    }

    pub(crate) const fn first_word(&self) -> i64 {
        self.first
    }

    pub(crate) fn as_slice(&self) -> &[u64] {
        &self.words
    }

    /// The cells covered, set or not.
    pub(crate) fn extent(&self) -> (i64, i64) {
        (self.first * WORD, (self.first + self.words.len() as i64) * WORD)
    }

    pub(crate) fn word(&self, number: i64) -> u64 {
        usize::try_from(number - self.first).ok().and_then(|index| self.words.get(index)).copied().unwrap_or(0)
    }

    pub(crate) fn bit(&self, cell: i64) -> bool {
        self.word(cell.div_euclid(WORD)) >> cell.rem_euclid(WORD) & 1 == 1
    }

    /// Sets the cells from one up to another, as far as they are covered.
    pub(crate) fn set(&mut self, from: i64, to: i64) {
        self.masked(from, to, |word, mask| *word |= mask);
    }

    /// Clears the cells from one up to another.
    pub(crate) fn clear(&mut self, from: i64, to: i64) {
        self.masked(from, to, |word, mask| *word &= !mask);
    }

    /// Sets the cells from one up to another as the repeating pattern has them; the pattern's
    /// first word belongs to word number 0.
    pub(crate) fn set_pattern(&mut self, from: i64, to: i64, pattern: &[u64]) {
        let mut index =
            (self.first + (from - self.first * WORD).max(0) / WORD).rem_euclid(pattern.len() as i64) as usize;
        self.masked(from, to, |word, mask| {
            *word |= mask & pattern[index];
            index = if index + 1 == pattern.len() { 0 } else { index + 1 };
        });
    }

    #[inline]
    fn masked(&mut self, from: i64, to: i64, mut apply: impl FnMut(&mut u64, u64)) {
        let (begin, end) = self.extent();
        let (from, to) = (from.max(begin), to.min(end));
        if from >= to {
            return;
        }
        let (from, last) = ((from - begin) as usize, (to - 1 - begin) as usize);
        let (head, tail) = (u64::MAX << (from % 64), u64::MAX >> (63 - last % 64));
        match &mut self.words[from / 64..=last / 64] {
            [only] => apply(only, head & tail),
            [first, middle @ .., last] => {
                apply(first, head);
                middle.iter_mut().for_each(|word| apply(word, u64::MAX));
                apply(last, tail);
            }
            [] => {}
        }
    }

    /// Keeps the cells that both have.
    pub(crate) fn and(&mut self, other: &Self) {
        let skip = other.first - self.first;
        let len = self.words.len() as i64;
        let (from, to) = (skip.clamp(0, len) as usize, (skip + other.words.len() as i64).clamp(0, len) as usize);
        self.words[..from].fill(0);
        self.words[to..].fill(0);
        let others = &other.words[(-skip).max(0).min(other.words.len() as i64) as usize..];
        self.words[from..to].iter_mut().zip(others).for_each(|(own, its)| *own &= its);
    }

    /// Adds the other's cells, covering more when needed.
    pub(crate) fn or(&mut self, other: &Self) {
        if other.words.is_empty() {
            return;
        }
        if self.words.is_empty() {
            self.clone_from(other);
            return;
        }
        if other.first < self.first {
            let gap = (self.first - other.first) as usize;
            self.words.splice(0..0, std::iter::repeat_n(0, gap));
            self.first = other.first;
        }
        let skip = (other.first - self.first) as usize;
        if self.words.len() < skip + other.words.len() {
            self.words.resize(skip + other.words.len(), 0);
        }
        self.words[skip..].iter_mut().zip(&other.words).for_each(|(own, its)| *own |= its);
    }

    /// Keeps each cell that is followed by set cells, so that `count` in a row are set from it on.
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
        if words == 0 {
            // The usual case, kept simple so that it is compiled to vector instructions.
            let all = self.words.as_mut_slice();
            for index in 1..all.len() {
                all[index - 1] &= all[index - 1] >> bits | all[index] << 1 << (63 - bits);
            }
            if let Some(last) = all.last_mut() {
                *last &= *last >> bits;
            }
            return;
        }
        for index in 0..self.words.len() {
            let at = |offset: usize| self.words.get(index + words + offset).copied().unwrap_or(0);
            let later = at(0) >> bits | at(1) << 1 << (63 - bits);
            self.words[index] &= later;
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

    pub(crate) fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

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

    /// Calls back for every set cell in order.
    #[inline]
    pub(crate) fn for_each(&self, mut visit: impl FnMut(i64)) {
        let mut base = self.first * WORD;
        for &word in &self.words {
            let mut rest = word;
            while rest != 0 {
                visit(base + i64::from(rest.trailing_zeros()));
                rest &= rest - 1;
            }
            base += WORD;
        }
    }

    /// The 64 cells from the given one on, as one word.
    #[inline]
    pub(crate) fn word_at(&self, cell: i64) -> u64 {
        let (number, bits) = (cell.div_euclid(WORD), cell.rem_euclid(WORD));
        let low = self.word(number) >> bits;
        if bits == 0 { low } else { low | self.word(number + 1) << (WORD - bits) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FROM: i64 = -200;
    const TO: i64 = 500;

    fn words(cells: &[bool]) -> Words {
        let mut words = Words::covering(FROM, TO);
        for (index, _) in cells.iter().enumerate().filter(|(_, set)| **set) {
            words.set(FROM + index as i64, FROM + index as i64 + 1);
        }
        words
    }

    fn cells() -> impl Strategy<Value = Vec<bool>> {
        // Mostly set, so that long runs occur.
        proptest::collection::vec(proptest::bool::weighted(0.95), (TO - FROM) as usize)
    }

    proptest! {
        #[test]
        fn runs_are_what_looking_at_each_cell_finds(cells in cells(), count in 1_i64..200) {
            let mut kept = words(&cells);
            kept.keep_runs(count);
            for cell in FROM..TO {
                let run = (cell..cell + count).all(|at| at < TO && cells[(at - FROM) as usize]);
                prop_assert_eq!(kept.bit(cell), run, "cell {}", cell);
            }
        }

        #[test]
        fn moving_and_combining_follow_the_cells(left in cells(), right in cells(), shift in 0_i64..150) {
            let (left, right) = (words(&left), words(&right));
            let (mut later, mut both, mut ahead, mut any) = (left.clone(), left.clone(), left.clone(), left.clone());
            later.move_later(shift);
            both.and(&right);
            any.or(&right);
            ahead.and_earlier(&right, shift);
            for cell in FROM..TO {
                prop_assert_eq!(later.bit(cell), cell - shift >= FROM && left.bit(cell - shift));
                prop_assert_eq!(both.bit(cell), left.bit(cell) && right.bit(cell));
                prop_assert_eq!(any.bit(cell), left.bit(cell) || right.bit(cell));
                prop_assert_eq!(ahead.bit(cell), left.bit(cell) && right.bit(cell + shift));
                let word = left.word_at(cell);
                prop_assert!((0..64).all(|bit| (word >> bit & 1 == 1) == left.bit(cell + bit)));
            }
        }

        #[test]
        fn scanning_finds_the_nearest(cells in proptest::collection::vec(proptest::bool::weighted(0.02), 700), at in -300_i64..600) {
            let words = words(&cells);
            let set = |cell: &i64| words.bit(*cell);
            prop_assert_eq!(words.next_set(at), (at..TO).find(set));
            prop_assert_eq!(words.last_set_before(at), (FROM..at).rev().find(set));
            let mut listed = Vec::new();
            words.for_each(|cell| listed.push(cell));
            prop_assert_eq!(listed, (FROM..TO).filter(set).collect::<Vec<_>>());
            prop_assert_eq!(words.count() as usize, (FROM..TO).filter(set).count());
        }
    }

    #[test]
    fn rows_of_different_places_combine() {
        let (mut early, mut late) = (Words::covering(0, 100), Words::covering(640, 700));
        early.set(90, 100);
        late.set(640, 650);
        let mut both = late.clone();
        both.or(&early);
        assert_eq!((both.next_set(0), both.next_clear(90), both.next_set(100)), (Some(90), 100, Some(640)));
        both.and(&early);
        assert_eq!(both.count(), 10);
        both.and(&late);
        assert!(both.is_zero());
        assert!(Words::covering(5, 5).is_zero() && Words::covering(5, 5).next_set(0).is_none());
    }

    #[test]
    fn clearing_and_setting_stop_at_the_edges() {
        let mut words = Words::covering(0, 128);
        words.set(i64::MIN, i64::MAX);
        words.clear(60, 70);
        words.clear(70, 60);
        assert_eq!((words.count(), words.next_clear(0), words.next_set(60)), (118, 60, Some(70)));
        assert_eq!(words.next_clear(70), 128);
    }
}
