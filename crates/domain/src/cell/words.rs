//! Bits in 64-bit words at fixed places: word `n` always holds the cells `64 n` to `64 n + 63`.
//!
//! Because words sit at fixed places, combining two rows needs no shifting.

mod run;
mod scan;

/// Cells per word.
pub(crate) const WORD: i64 = 64;

/// A stretch of words; every cell outside it is zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// Number of the first word.
    first: i64,
    words: Vec<u64>,
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
    #[inline]
    pub(crate) fn extent(&self) -> (i64, i64) {
        (self.first * WORD, (self.first + self.words.len() as i64) * WORD)
    }

    #[inline]
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

    /// Clears the cells from one to another, both counted from the first cell covered and covered.
    #[inline]
    pub(crate) fn clear_inside(&mut self, first: u64, last: u64) {
        // The usual case: appointments are shorter than a word.
        if first / 64 == last / 64
            && let Some(word) = self.words.get_mut((first / 64) as usize)
        {
            *word &= !(head_mask(first) & tail_mask(last));
            return;
        }
        let begin = self.extent().0;
        self.clear(begin + first as i64, begin + last as i64 + 1);
    }

    fn masked(&mut self, from: i64, to: i64, mut apply: impl FnMut(&mut u64, u64)) {
        let (begin, end) = self.extent();
        let (from, to) = (from.max(begin), to.min(end));
        if from >= to {
            return;
        }
        let (first, last) = ((from - begin) as u64, (to - 1 - begin) as u64);
        match &mut self.words[(first / 64) as usize..=(last / 64) as usize] {
            [only] => apply(only, head_mask(first) & tail_mask(last)),
            [head, middle @ .., tail] => {
                apply(head, head_mask(first));
                middle.iter_mut().for_each(|word| apply(word, u64::MAX));
                apply(tail, tail_mask(last));
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

    /// Becomes the cells of the other, in the memory already there.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.first = other.first;
        self.words.clone_from(&other.words);
    }

    pub(crate) fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Lists the set cells in order, each times the length of a cell.
    pub(crate) fn to_vec(&self, cell: i64) -> Vec<i64> {
        let mut all = Vec::with_capacity(self.count() as usize);
        for (&word, number) in self.words.iter().zip(self.first..) {
            let mut rest = word;
            // A counted loop, so that room is checked for once a word and not for every cell.
            all.extend((0..word.count_ones()).map(|_| {
                let bit = i64::from(rest.trailing_zeros());
                rest &= rest.wrapping_sub(1);
                (number * WORD + bit) * cell
            }));
        }
        all
    }
}

/// The cells of a word from this one on.
const fn head_mask(cell: u64) -> u64 {
    u64::MAX << (cell % 64)
}

/// The cells of a word up to and including this one.
const fn tail_mask(cell: u64) -> u64 {
    u64::MAX >> (63 - cell % 64)
}

#[cfg(test)]
mod tests;
