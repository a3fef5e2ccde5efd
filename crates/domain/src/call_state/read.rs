//! The facts of a record, one plain getter each.

use jiff::Timestamp;

use super::{Analysis, CallRecord, Cost, Direction, Medium};
use crate::{
    language::Language,
    masked::{PhoneNumber, Transcript},
    phone::Caller,
};

impl CallRecord {
    /// Returns how the caller reached us.
    #[must_use]
    pub fn medium(&self) -> Option<Medium> {
        self.medium.get().copied()
    }

    /// Returns who called whom.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.direction.get().copied()
    }

    /// Returns the caller.
    #[must_use]
    pub fn from(&self) -> Option<&Caller> {
        self.from.get()
    }

    /// Returns the number that was called.
    #[must_use]
    pub fn to(&self) -> Option<&PhoneNumber> {
        self.to.get()
    }

    /// Returns the platform's agent.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.get().map(String::as_str)
    }

    /// Returns the language the call was held in.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        self.language.get().copied()
    }

    /// Returns when the call was connected; `None` also when it never was.
    #[must_use]
    pub fn started_at(&self) -> Option<Timestamp> {
        self.started_at.get().copied()
    }

    /// Returns when the call ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at.get().copied()
    }

    /// Returns why the call ended, in the platform's words.
    #[must_use]
    pub fn disconnection_reason(&self) -> Option<&str> {
        self.disconnection_reason.get().map(String::as_str)
    }

    /// Returns what the call cost.
    #[must_use]
    pub fn cost(&self) -> Option<Cost> {
        self.cost.get().copied()
    }

    /// Returns what was said.
    #[must_use]
    pub fn transcript(&self) -> Option<&Transcript> {
        self.transcript.get().map(|(_, text)| text)
    }

    /// Returns what the platform found in the call.
    #[must_use]
    pub fn analysis(&self) -> Option<&Analysis> {
        self.analysis.get()
    }
}
