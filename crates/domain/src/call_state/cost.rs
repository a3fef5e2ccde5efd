//! What a call cost.

use serde::{Deserialize, Serialize};

/// Thousandths of a cent in a cent.
const PER_CENT: f64 = 1_000.0;
/// Highest believable cost of one call in cents: ten thousand dollars.
const MAX_CENTS: f64 = 1_000_000.0;

/// An amount in US cents, kept in thousandths so that it can be compared and added exactly.
///
/// The platform reports cents, not dollars; taking them for dollars is a known slip.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cost(u64);

impl Cost {
    /// Returns the cost, or `None` for what cannot be one: negative, not finite, absurdly high.
    #[must_use]
    pub fn from_cents(cents: f64) -> Option<Self> {
        (0.0..=MAX_CENTS).contains(&cents).then(|| Self((cents * PER_CENT).round() as u64))
    }

    /// Returns the cost in cents.
    #[must_use]
    pub fn cents(self) -> f64 {
        self.0 as f64 / PER_CENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_stay_cents() {
        assert_eq!(Cost::from_cents(12.345).map(Cost::cents), Some(12.345));
        assert_eq!(Cost::from_cents(0.0).map(Cost::cents), Some(0.0));
        for absurd in [-0.01, f64::NAN, f64::INFINITY, 1e12] {
            assert_eq!(Cost::from_cents(absurd), None, "{absurd}");
        }
    }
}
