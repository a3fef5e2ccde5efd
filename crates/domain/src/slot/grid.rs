//! A rule laid over local time, and the starts it allows in rows of free time.

use std::{borrow::Cow, sync::OnceLock};

use super::{Alignment, SlotRule};
use crate::{
    cell::{BitRow, CellSize, Starts, Words},
    schedule::{Span, Zone},
};

/// The instants of a stretch of time at which a rule lets a service begin.
///
/// Made once per question and used for every row, because working out where the local clock shows
/// a multiple of the step costs as much as searching several staff members.
#[derive(Debug)]
pub struct SlotGrid<'a> {
    zone: &'a Zone,
    cover: Span,
    rule: SlotRule,
    /// Where the clock allows a start, in cells of five minutes and of one.
    masks: [OnceLock<Words>; 2],
}

impl<'a> SlotGrid<'a> {
    /// Lays the rule over the span.
    #[must_use]
    pub fn new(zone: &'a Zone, cover: Span, rule: SlotRule) -> Self {
        Self { zone, cover, rule, masks: Default::default() }
    }

    /// Returns the rule.
    #[must_use]
    pub const fn rule(&self) -> &SlotRule {
        &self.rule
    }

    /// Returns every start for which the row is free as long as the rule needs.
    #[must_use]
    pub fn starts(&self, row: &BitRow) -> Starts {
        let row = self.exact(row);
        match self.rule.alignment {
            Alignment::Clock => {
                let mut starts = row.fits(self.rule.before, self.rule.duration + self.rule.after);
                starts.keep(self.mask(row.size()));
                starts
            }
            Alignment::Range => {
                let runs = row.runs().flat_map(|run| self.in_run(run));
                Starts::of(row.size(), self.cover, runs.filter(|start| self.cover.contains(*start)))
            }
        }
    }

    /// Returns every start for which at least one of the rows is free.
    #[must_use]
    pub fn union(&self, rows: &[&BitRow]) -> Starts {
        let smallest = rows.iter().map(|row| row.size()).fold(self.rule.cell_size(), CellSize::min);
        if self.rule.alignment == Alignment::Range || rows.iter().any(|row| row.size() != smallest) {
            let mut any = Starts::none();
            rows.iter().for_each(|row| any.add(&self.starts(row)));
            return any;
        }
        // What follows the runs is the same for every row, so it is done once, on their union.
        let (before, rest) = self.block_cells(smallest);
        let (mut any, mut runs) = (Words::covering(0, 0), Words::covering(0, 0));
        for row in rows {
            runs.copy_from(row.words());
            runs.keep_runs(before + rest);
            any.or(&runs);
        }
        any.move_later(before);
        any.and(self.mask(smallest));
        Starts::from_words(smallest, any)
    }

    /// Returns the first starts not before the minute for which at least one of the rows is free,
    /// looking no further than needed.
    #[must_use]
    pub fn first(&self, rows: &[&BitRow], not_before: i64, count: usize) -> Vec<i64> {
        let (before, rest) = self.block_cells(CellSize::Five);
        let by_word = self.rule.alignment == Alignment::Clock
            && self.rule.cell_size() == CellSize::Five
            && before + rest <= 64
            && rows.iter().all(|row| row.size() == CellSize::Five);
        if by_word {
            return self.first_by_word(rows, not_before, count);
        }
        let mut found: Vec<i64> = Vec::new();
        for row in rows {
            if self.rule.alignment == Alignment::Clock {
                found.extend(self.starts(row).from(not_before).take(count));
            } else {
                let starts = row.runs().flat_map(|run| self.in_run(run));
                let wanted = |start: &i64| *start >= not_before && self.cover.contains(*start);
                found.extend(starts.filter(wanted).take(count));
            }
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(count);
        found
    }

    /// Looks at 64 starts of all rows at a time; a block is at most 64 cells long.
    fn first_by_word(&self, rows: &[&BitRow], not_before: i64, count: usize) -> Vec<i64> {
        let mask = self.mask(CellSize::Five);
        let (before, rest) = self.block_cells(CellSize::Five);
        let first_cell = CellSize::Five.ceil(not_before);
        let mut found = Vec::with_capacity(count);
        for (index, allowed) in mask.as_slice().iter().enumerate() {
            let cell = (mask.first_word() + index as i64) * 64;
            let past = (first_cell - cell).clamp(0, 64);
            let allowed = if past == 64 { 0 } else { allowed & u64::MAX << past };
            if allowed == 0 {
                continue;
            }
            let any = rows.iter().fold(0, |any, row| any | row.words().run_at(cell - before, before + rest));
            let mut starts = any & allowed;
            while starts != 0 {
                found.push((cell + i64::from(starts.trailing_zeros())) * CellSize::Five.minutes());
                if found.len() >= count {
                    return found;
                }
                starts &= starts - 1;
            }
        }
        found
    }

    fn block_cells(&self, size: CellSize) -> (i64, i64) {
        (size.ceil(self.rule.before), size.ceil(self.rule.duration + self.rule.after))
    }

    /// The starts of one free stretch when they are counted from its beginning.
    fn in_run(&self, run: Span) -> impl Iterator<Item = i64> + use<> {
        let SlotRule { duration, before, after, step, .. } = self.rule;
        (run.from + before..=run.to - duration - after).step_by(step as usize)
    }

    /// The row in cells small enough for this rule.
    fn exact<'r>(&self, row: &'r BitRow) -> Cow<'r, BitRow> {
        match self.rule.cell_size() {
            CellSize::Five => Cow::Borrowed(row),
            CellSize::Minute => row.refined(),
        }
    }

    fn mask(&self, size: CellSize) -> &Words {
        let place = match size {
            CellSize::Five => 0,
            CellSize::Minute => 1,
        };
        self.masks[place].get_or_init(|| self.clock_mask(size))
    }

    /// Sets every cell whose local minute of the hour is a multiple of the step.
    fn clock_mask(&self, size: CellSize) -> Words {
        let mut mask = Words::covering(size.floor(self.cover.from), size.ceil(self.cover.to));
        for (part, offset) in self.zone.constant_offsets(self.cover) {
            let (pattern, count) = hour_pattern(size, self.rule.step, offset);
            mask.set_pattern(size.ceil(part.from), size.ceil(part.to), &pattern[..count]);
        }
        mask
    }
}

/// Words after which the cells of an hour and the 64 cells of a word begin together again, in
/// five-minute cells and in one-minute cells: 16 hours.
const PATTERN_WORDS: [usize; 2] = [3, 15];

/// The allowed cells of 16 hours from the epoch on, at a constant offset.
fn hour_pattern(size: CellSize, step: i64, offset: i64) -> ([u64; 15], usize) {
    let cells = 60 / size.minutes();
    let mut hour = 0_u128;
    let mut minute = 0;
    while minute < 60 {
        hour |= 1 << ((minute - offset).rem_euclid(60) / size.minutes());
        minute += step;
    }
    // Longer than a word by an hour, so that a word can begin anywhere within an hour.
    let repeated =
        (0..).step_by(cells as usize).take_while(|shift| *shift < 128).fold(0, |all, shift| all | hour << shift);
    let mut pattern = [0; 15];
    let count = PATTERN_WORDS[usize::from(size == CellSize::Minute)];
    for (number, word) in pattern.iter_mut().take(count).enumerate() {
        *word = (repeated >> (number as i64 * 64 % cells)) as u64;
    }
    (pattern, count)
}
