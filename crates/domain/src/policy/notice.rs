//! How late an appointment may still be changed.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happens to a change that comes after the notice has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// It is made, and the caller hears that it was late.
    Allow,
    /// It is refused.
    Refuse,
}

/// The notice a company asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Minutes before the start.
    pub notice_min: u32,
    /// What happens after that.
    pub late: Late,
}

/// Whether a change comes in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timeliness {
    /// Before the notice began.
    InTime,
    /// Within the notice, and allowed.
    Late,
    /// Within the notice, and refused.
    TooLate,
    /// The appointment has begun: nothing can be changed any more, whatever the policy.
    Past,
}

impl Timeliness {
    /// Returns whether the change may be made.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::InTime | Self::Late)
    }
}

impl Notice {
    /// Decides about a change that is asked for at `now` to an appointment that begins at `start`.
    #[must_use]
    pub fn decide(self, now: Timestamp, start: Timestamp) -> Timeliness {
        let left = start.duration_since(now);
        if left.is_zero() || left.is_negative() {
            Timeliness::Past
        } else if left.as_secs() >= i64::from(self.notice_min) * 60 {
            Timeliness::InTime
        } else {
            match self.late {
                Late::Allow => Timeliness::Late,
                Late::Refuse => Timeliness::TooLate,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_in_time_late_or_impossible() {
        let start: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        let day = |late| Notice { notice_min: 1440, late };
        for (now, allow, refuse) in [
            ("2026-11-24T09:59:59Z", Timeliness::InTime, Timeliness::InTime),
            ("2026-11-24T10:00:00Z", Timeliness::InTime, Timeliness::InTime),
            ("2026-11-24T10:00:01Z", Timeliness::Late, Timeliness::TooLate),
            ("2026-11-25T09:59:59Z", Timeliness::Late, Timeliness::TooLate),
            ("2026-11-25T10:00:00Z", Timeliness::Past, Timeliness::Past),
            ("9999-12-30T10:00:00Z", Timeliness::Past, Timeliness::Past),
        ] {
            let now = now.parse().unwrap();
            assert_eq!((day(Late::Allow).decide(now, start), day(Late::Refuse).decide(now, start)), (allow, refuse));
        }
        assert!(Timeliness::Late.is_allowed() && !Timeliness::TooLate.is_allowed());
    }

    #[test]
    fn without_notice_everything_before_the_start_is_in_time() {
        let none = Notice { notice_min: 0, late: Late::Refuse };
        let start: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        assert_eq!(none.decide("2026-11-25T09:59:59Z".parse().unwrap(), start), Timeliness::InTime);
    }
}
