//! How long a failed message waits, and when it has waited often enough. Pure: chance comes in as an argument.

use std::time::Duration;

/// One of the fixed delays. Each has a queue of its own, because a message with a long time to live at the head of a
/// queue would hold up shorter ones behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// One second.
    S1,
    /// Five seconds.
    S5,
    /// Thirty seconds.
    S30,
    /// Two minutes.
    M2,
    /// Ten minutes.
    M10,
}

/// All tiers, shortest first.
pub const TIERS: [Tier; 5] = [Tier::S1, Tier::S5, Tier::S30, Tier::M2, Tier::M10];

impl Tier {
    /// Returns the part of the queue's name that stands for the tier.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S1 => "1s",
            Self::S5 => "5s",
            Self::S30 => "30s",
            Self::M2 => "2m",
            Self::M10 => "10m",
        }
    }

    /// Returns the delay in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        match self {
            Self::S1 => 1_000,
            Self::S5 => 5_000,
            Self::S30 => 30_000,
            Self::M2 => 120_000,
            Self::M10 => 600_000,
        }
    }

    /// Returns the delay.
    #[must_use]
    pub const fn delay(self) -> Duration {
        Duration::from_millis(self.millis().unsigned_abs())
    }

    fn at(index: usize) -> Self {
        TIERS[index.min(TIERS.len() - 1)]
    }
}

/// What happens to a message after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It waits and comes back.
    Wait(Tier),
    /// It has been tried often enough.
    GiveUp,
}

/// How patient a consumer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Attempts in all, the first included, before a message is parked.
    pub attempts: u32,
}

impl Default for Policy {
    /// Ten attempts: with the delays between them about an hour.
    fn default() -> Self {
        Self { attempts: 10 }
    }
}

/// The longest a message waits for something that is away. Short, because when the thing is back, nothing should sit
/// out the rest of ten minutes; cheap, because the loop takes few messages while something is away.
const AWAY_LIMIT: Tier = Tier::S30;

impl Policy {
    /// Decides after attempt number `attempt` (1 is the first) has failed.
    ///
    /// `hint` is the handler's wish; it is clamped to the tiers and rounded up, and replaces the schedule. Without one the
    /// tier is the schedule's or, by `dice` in 0..1, the next longer: jitter, though each queue has one fixed delay.
    #[must_use]
    pub fn after_failure(self, attempt: u32, hint: Option<Duration>, dice: f64) -> Step {
        if attempt >= self.attempts {
            return Step::GiveUp;
        }
        Step::Wait(hint.map_or_else(|| scheduled(attempt, dice), at_least))
    }

    /// Decides for a message whose handler found something away, after waiting for it `waits` times already.
    /// Never gives up: an outage is not the message's fault.
    #[must_use]
    pub fn while_away(self, waits: u32, hint: Option<Duration>, dice: f64) -> Tier {
        hint.map_or_else(|| scheduled(waits.saturating_add(1), dice).min(AWAY_LIMIT), at_least)
    }
}

fn scheduled(attempt: u32, dice: f64) -> Tier {
    let base = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    // One in four waits longer: enough to pull apart messages that failed together, and it costs little.
    let longer = usize::from(dice < 0.25);
    Tier::at(base.saturating_add(longer))
}

fn at_least(hint: Duration) -> Tier {
    TIERS.into_iter().find(|tier| tier.delay() >= hint).unwrap_or(Tier::M10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn band(attempt: u32) -> [Tier; 2] {
        let base = attempt.saturating_sub(1) as usize;
        [Tier::at(base), Tier::at(base + 1)]
    }

    proptest! {
        #[test]
        fn every_delay_stays_in_its_band(attempts in 1_u32..50, attempt in 1_u32..60, dice in 0.0..1.0_f64) {
            match (Policy { attempts }).after_failure(attempt, None, dice) {
                Step::GiveUp => prop_assert!(attempt >= attempts),
                Step::Wait(tier) => {
                    prop_assert!(attempt < attempts);
                    prop_assert!(band(attempt).contains(&tier));
                }
            }
        }

        #[test]
        fn a_hint_is_kept_within_the_tiers_and_never_cut_short(millis in 0_u64..10_000_000, attempt in 1_u32..10) {
            let hint = Duration::from_millis(millis);
            let Step::Wait(tier) = Policy { attempts: 10 }.after_failure(attempt, Some(hint), 0.5) else {
                prop_assert_eq!(attempt, 10);
                return Ok(());
            };
            prop_assert!(tier.delay() >= hint.min(Tier::M10.delay()));
            prop_assert!(TIERS.iter().all(|other| *other >= tier || other.delay() < hint));
        }

        #[test]
        fn waiting_for_something_away_never_gives_up_and_never_waits_long(waits in any::<u32>(), dice in 0.0..1.0_f64) {
            prop_assert!(Policy::default().while_away(waits, None, dice) <= AWAY_LIMIT);
        }
    }

    #[test]
    fn the_delays_are_one_second_to_ten_minutes() {
        assert_eq!(TIERS.map(|tier| tier.delay().as_secs()), [1, 5, 30, 120, 600]);
        assert_eq!(
            TIERS.map(Tier::millis),
            [1_000, 5_000, 30_000, 120_000, 600_000],
            "and so in the queues' arguments"
        );
    }

    #[test]
    fn both_sides_of_the_band_are_used() {
        let policy = Policy::default();
        assert_eq!(policy.after_failure(1, None, 0.9), Step::Wait(Tier::S1));
        assert_eq!(policy.after_failure(1, None, 0.1), Step::Wait(Tier::S5));
        assert_eq!(policy.after_failure(9, None, 0.1), Step::Wait(Tier::M10));
        assert_eq!(policy.after_failure(10, None, 0.9), Step::GiveUp);
    }
}
