//! What is tried: the slot asked for, the same time with others, and the pause between two attempts.

use std::time::Duration;

use callflow_contract::availability::v1::Offer;
use callflow_domain::slot_id::SlotId;
use callflow_store::directory::Directory;
use jiff::Timestamp;

use crate::command::{Context, Target};

/// Wait before the second attempt; doubled before each further one, with jitter.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// Waiting before another attempt: longer each time, with jitter, and never beyond the caller's patience.
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self(FIRST_BACKOFF)
    }

    /// Waits and returns true, or returns false at once when the caller would not live to see the next attempt.
    pub(crate) async fn wait(&mut self, context: &Context) -> bool {
        let Some(pause) = self.next(context.time_left()) else { return false };
        tokio::time::sleep(pause).await;
        true
    }

    /// Returns the next pause; `None` when the caller has not as much time as it and another attempt may take.
    fn next(&mut self, left: Duration) -> Option<Duration> {
        let longest = self.0;
        (left > longest * 2).then(|| {
            self.0 *= 2;
            longest.mul_f64(rand::random_range(0.5..1.0))
        })
    }
}

/// Returns when the target begins.
pub(super) fn start_of(target: &Target) -> Option<Timestamp> {
    match target {
        Target::Parts { start, .. } => Some(*start),
        Target::Offered(slot_id) => SlotId::parse(slot_id).ok().map(|slot| slot.start()),
    }
}

/// Returns the id of the staff member the target names.
pub(super) fn named(directory: &Directory, target: &Target) -> Option<String> {
    match target {
        Target::Parts { staff, .. } => staff.map(|staff| staff.to_string()),
        Target::Offered(slot_id) => {
            let slot = SlotId::parse(slot_id).ok()?;
            directory.members().find(|member| slot.is_of_staff(member.id)).map(|member| member.id.to_string())
        }
    }
}

/// Returns the same service at the same time with whoever is free.
pub(super) fn anyone(directory: &Directory, target: &Target) -> Option<Target> {
    match target {
        Target::Parts { branch, service, start, .. } => {
            Some(Target::Parts { branch: *branch, service: *service, staff: None, start: *start })
        }
        Target::Offered(slot_id) => {
            let slot = SlotId::parse(slot_id).ok()?;
            let branch = directory.members().find(|member| slot.is_of_staff(member.id))?.branch;
            let service = directory.services().find(|service| slot.is_for_service(service.id))?.id;
            Some(Target::Parts { branch, service, staff: None, start: slot.start() })
        }
    }
}

/// Returns the offer, and behind it the same time with the other staff who are free then, best first.
pub(super) fn candidates(offer: &Offer, any_staff: bool) -> Vec<Offer> {
    let mut list = vec![offer.clone()];
    if any_staff {
        let other = |staff_id: &String| Offer {
            staff_id: staff_id.clone(),
            // Neither name, version nor slot id of the first one hold for another person.
            staff_name: String::new(),
            schedule_version: 0,
            slot_id: String::new(),
            ..offer.clone()
        };
        list.extend(offer.also_free_staff_ids.iter().map(other));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_twice_as_long_with_jitter() {
        let mut pauses = Vec::new();
        for _ in 0..50 {
            let mut backoff = Backoff::new();
            for longest in [100, 200, 400] {
                let pause = backoff.next(Duration::from_secs(10)).unwrap();
                let (least, most) = (Duration::from_millis(longest / 2), Duration::from_millis(longest));
                assert!((least..=most).contains(&pause), "{pause:?} of {most:?}");
                pauses.push(pause);
            }
        }
        pauses.sort_unstable();
        pauses.dedup();
        assert!(pauses.len() > 100, "no jitter: {pauses:?}");
    }

    #[test]
    fn nobody_waits_beyond_their_patience() {
        let mut backoff = Backoff::new();
        assert!(backoff.next(Duration::from_millis(201)).is_some(), "there is time for a pause and an attempt");
        assert!(backoff.next(Duration::from_millis(400)).is_none(), "but not for another two");
    }

    #[test]
    fn other_candidates_carry_nothing_of_the_first_ones_person() {
        let offer = Offer {
            staff_id: "sofia".into(),
            slot_id: "sl_1".into(),
            schedule_version: 3,
            also_free_staff_ids: vec!["emre".into(), "ada".into()],
            ..Offer::default()
        };
        assert_eq!(candidates(&offer, false), std::slice::from_ref(&offer));
        let all = candidates(&offer, true);
        assert_eq!(all.iter().map(|one| one.staff_id.as_str()).collect::<Vec<_>>(), ["sofia", "emre", "ada"]);
        assert!(all[1..].iter().all(|one| one.slot_id.is_empty() && one.schedule_version == 0));
    }
}
