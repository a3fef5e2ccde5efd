//! A fact that keeps where it came from.

use serde::{Deserialize, Serialize};

/// A value and the rank of the event that said it; of two, the higher rank stays, and between
/// equal ranks the greater value. That makes joining independent of order and repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Ranked<T>(Option<(u8, T)>);

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Ord> Ranked<T> {
    pub(super) fn new(rank: u8, value: Option<T>) -> Self {
        Self(value.map(|value| (rank, value)))
    }

    pub(super) fn join(&mut self, other: Self) {
        if other.0 > self.0 {
            *self = other;
        }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}
