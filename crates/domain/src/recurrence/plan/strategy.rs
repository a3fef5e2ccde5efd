//! What to do with an occurrence that does not fit.

use serde::{Deserialize, Serialize};

use crate::recurrence::Error;

/// Farthest an occurrence can be shifted in minutes: half a day.
pub(in crate::recurrence) const MAX_SHIFT_MIN: u32 = 720;
/// How far occurrences are shifted when nothing is said.
const USUAL_SHIFT_MIN: u32 = 60;

/// What to do with an occurrence that does not fit as wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Book nothing at all.
    Fail,
    /// Leave it out.
    Skip,
    /// Move it to the nearest free time.
    Shift {
        /// How far, in minutes each way.
        window_min: u32,
    },
    /// Give it to somebody else in the branch at the same time.
    OtherStaff,
    /// Give it to another branch at the same time.
    OtherBranch,
}

impl Strategy {
    /// Reads one strategy or several, separated by commas and tried in this order:
    /// `other_staff,shift,skip`. What none of them can place fails the series. Nothing means
    /// `fail`; a `shift_window_min` of 0 means an hour.
    pub fn parse(text: &str, shift_window_min: u32) -> Result<Vec<Self>, Error> {
        let window_min = if shift_window_min == 0 { USUAL_SHIFT_MIN } else { shift_window_min };
        if window_min > MAX_SHIFT_MIN {
            return Err(Error::ShiftWindow);
        }
        if text.trim().is_empty() {
            return Ok(vec![Self::Fail]);
        }
        let read = |name: &str| match name.trim().to_ascii_lowercase().as_str() {
            "fail" => Ok(Self::Fail),
            "skip" => Ok(Self::Skip),
            "shift" => Ok(Self::Shift { window_min }),
            "other_staff" => Ok(Self::OtherStaff),
            "other_branch" => Ok(Self::OtherBranch),
            _ => Err(Error::Strategy),
        };
        text.split(',').map(read).collect()
    }
}
