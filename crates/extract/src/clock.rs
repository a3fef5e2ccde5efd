//! The moment and place a phrase is spoken in.

use jiff::civil::{Date, DateTime, Time};

use crate::lexicon::Language;

/// What a phrase is understood against.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Local wall-clock time of the branch when the words were said.
    pub now: DateTime,
    /// Language of the words.
    pub language: Language,
    /// Opening and closing of an ordinary day; decides between three in the night and three in the afternoon.
    pub opening: (Time, Time),
}

impl Clock {
    /// Returns a clock with ordinary opening hours, 08:00 to 20:00.
    #[must_use]
    pub const fn new(now: DateTime, language: Language) -> Self {
        Self { now, language, opening: (Time::constant(8, 0, 0, 0), Time::constant(20, 0, 0, 0)) }
    }

    /// Returns the local date of the call.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.date()
    }

    /// Returns whether a branch is ordinarily open at this time of day.
    #[must_use]
    pub fn is_open(&self, time: Time) -> bool {
        self.opening.0 <= time && time < self.opening.1
    }
}
