//! Bookable starts: which instants a service of some length can begin at.
//!
//! [`SlotRule`] says how long the service takes and where it may begin, [`SlotGrid`] is that rule
//! laid over a stretch of local time, and finds the starts in rows of free time. Answers are exact
//! to the minute: rows whose bounds, steps or buffers are not multiples of five are taken apart
//! into one-minute cells first.

mod error;
mod grid;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use error::Error;
pub use grid::SlotGrid;

use crate::{cell::CellSize, schedule::Span};

/// Where the starts of a free stretch lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Alignment {
    /// At local times whose minute of the hour is a multiple of the step: 9:00, 9:15, 9:30.
    #[default]
    Clock,
    /// At the beginning of each free stretch, then every step: 9:05, 9:20, 9:35.
    Range,
}

/// How long a service takes and where it may begin; all in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlotRule {
    duration: i64,
    before: i64,
    after: i64,
    step: i64,
    alignment: Alignment,
}

impl SlotRule {
    /// Longest duration and step: half a day.
    pub const LONGEST_MIN: i64 = 720;
    /// Longest buffer before or after.
    pub const LONGEST_BUFFER_MIN: i64 = 240;

    /// Returns the rule for a service without buffers.
    ///
    /// # Errors
    /// Durations and steps outside 1 to [`Self::LONGEST_MIN`] are refused.
    pub fn new(duration_min: i64, step_min: i64, alignment: Alignment) -> Result<Self, Error> {
        let accepted = 1..=Self::LONGEST_MIN;
        if !accepted.contains(&duration_min) {
            return Err(Error::Duration { minutes: duration_min });
        }
        if !accepted.contains(&step_min) {
            return Err(Error::Step { minutes: step_min });
        }
        Ok(Self { duration: duration_min, before: 0, after: 0, step: step_min, alignment })
    }

    /// Returns the rule with time to be kept free before and after the service.
    ///
    /// # Errors
    /// Buffers outside 0 to [`Self::LONGEST_BUFFER_MIN`] are refused.
    pub fn with_buffers(self, before_min: i64, after_min: i64) -> Result<Self, Error> {
        let outside = |minutes: &i64| !(0..=Self::LONGEST_BUFFER_MIN).contains(minutes);
        if let Some(minutes) = [before_min, after_min].into_iter().find(outside) {
            return Err(Error::Buffer { minutes });
        }
        Ok(Self { before: before_min, after: after_min, ..self })
    }

    /// Returns the time the service itself takes when it begins at the minute.
    #[must_use]
    pub const fn service_at(&self, start: i64) -> Span {
        Span { from: start, to: start + self.duration }
    }

    /// Returns the time that has to be free, buffers included, when it begins at the minute.
    #[must_use]
    pub const fn block_at(&self, start: i64) -> Span {
        Span { from: start - self.before, to: start + self.duration + self.after }
    }

    /// Returns the distance between starts.
    #[must_use]
    pub const fn step_min(&self) -> i64 {
        self.step
    }

    /// The largest cells in which the starts of this rule can be expressed.
    pub(crate) fn cell_size(&self) -> CellSize {
        match self.alignment {
            Alignment::Clock => CellSize::of([self.step]),
            Alignment::Range => CellSize::of([self.step, self.before]),
        }
    }
}
