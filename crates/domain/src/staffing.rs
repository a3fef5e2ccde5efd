//! Who serves best, and what a day looks like for each staff member.
//!
//! A score has five parts, each between 0 and 1, and is their sum weighted by the company:
//!
//! | part | 1 means | falls |
//! |---|---|---|
//! | skill | has everything the service asks for | with the share that is missing |
//! | free day | nothing is booked that day | with the share of working time that is taken |
//! | preference | always served this customer | with the share of visits to others |
//! | balance | has as few appointments as the least busy colleague | by a twelfth for each one more |
//! | language | speaks the caller's language, or none is known | to 0 when not |
//!
//! Whatever comes in, a part never leaves 0 to 1. Of two equal scores the lower id comes first, so
//! that the same question has the same answer.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{
    day::DaySnapshot,
    hold::{Resource, Segment},
    id::StaffId,
    policy::Weights,
    schedule::{Span, Spans},
};

/// Appointments beyond the least busy colleague's at which nothing is left of the balance: a full day.
const FULL_DAY: f64 = 12.0;

/// What is known about a staff member for a service on a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// How many skills the service asks for.
    pub skills_required: usize,
    /// How many of them the person has.
    pub skills_matched: usize,
    /// The taken share of the person's working time that day.
    pub utilisation: f64,
    /// How strongly the customer prefers this person, 0 to 1.
    pub preference: f64,
    /// The person's appointments that day.
    pub appointments: u32,
    /// The appointments of the least busy one who could do it that day.
    pub fewest_appointments: u32,
    /// Whether the person speaks the caller's language; `None` when no language is known.
    pub speaks: Option<bool>,
}

/// The parts of a score, each between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Parts {
    /// Having the skills the service asks for.
    pub skill: f64,
    /// A day with time left.
    pub free_day: f64,
    /// Being whom the customer prefers.
    pub preference: f64,
    /// Fewer appointments than the others.
    pub balance: f64,
    /// Speaking the caller's language.
    pub language: f64,
}

/// A score with the parts it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// The weighted sum, between 0 and 1 when the weights add up to 1.
    pub total: f64,
    /// What it is the sum of.
    pub parts: Parts,
}

impl Facts {
    /// Returns the score under a company's weights.
    #[must_use]
    pub fn score(&self, weights: &Weights) -> Score {
        let matched = self.skills_matched as f64 / self.skills_required.max(1) as f64;
        let more = f64::from(self.appointments.saturating_sub(self.fewest_appointments));
        let parts = Parts {
            skill: if self.skills_required == 0 { 1.0 } else { share(matched) },
            free_day: share(1.0 - self.utilisation),
            preference: share(self.preference),
            balance: share(1.0 - more / FULL_DAY),
            language: if self.speaks == Some(false) { 0.0 } else { 1.0 },
        };
        Score { total: parts.weighted(weights), parts }
    }
}

impl Parts {
    /// Returns the sum of the parts, each times its weight.
    #[must_use]
    pub fn weighted(&self, weights: &Weights) -> f64 {
        let parts = [self.skill, self.free_day, self.preference, self.balance, self.language];
        parts.iter().zip(weights.all()).map(|(part, weight)| part * weight).sum()
    }
}

/// Brings a number into 0 to 1; what is not a number counts for nothing.
fn share(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

/// Orders two staff members by their scores, the better one first and of equal ones the lower id.
#[must_use]
pub fn better_first(left: (&Score, StaffId), right: (&Score, StaffId)) -> Ordering {
    right.0.total.total_cmp(&left.0.total).then(left.1.cmp(&right.1))
}

/// A staff member's day as people look at it.
#[derive(Debug, Clone, PartialEq)]
pub struct StaffView {
    /// Who.
    pub staff: StaffId,
    /// When the person works.
    pub working: Vec<Span>,
    /// When the person has appointments, buffers included.
    pub booked: Vec<Span>,
    /// When offers to callers are being held.
    pub held: Vec<Span>,
    /// Working, and neither booked nor held.
    pub free: Vec<Span>,
    /// How many appointments begin that day.
    pub appointments: u32,
    /// The booked share of the working time, 0 to 1; 0 for somebody who does not work.
    pub utilisation: f64,
}

/// Returns the day of everyone at the branch, with the live holds drawn in.
#[must_use]
pub fn day_view(day: &DaySnapshot, held: &[Segment]) -> Vec<StaffView> {
    let view = |person: &crate::day::StaffDay| {
        let own = held.iter().filter(|segment| segment.resource() == Resource::Staff(person.id));
        let held: Spans = own.map(|segment| Span::new(segment.start(), segment.end()).intersection(day.span)).collect();
        StaffView {
            staff: person.id,
            working: person.working.as_slice().to_vec(),
            booked: person.busy.as_slice().to_vec(),
            free: person.working.minus(&person.busy).minus(&held).as_slice().to_vec(),
            held: held.as_slice().to_vec(),
            appointments: person.appointments,
            utilisation: if person.working.is_empty() { 0.0 } else { person.utilisation() },
        }
    };
    day.staff.iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            skills_required: 2,
            skills_matched: 2,
            utilisation: 0.5,
            preference: 1.0,
            appointments: 4,
            fewest_appointments: 1,
            speaks: Some(true),
        }
    }

    #[test]
    fn the_total_is_the_weighted_sum_of_the_parts() {
        let score = facts().score(&Weights::default());
        let parts = Parts { skill: 1.0, free_day: 0.5, preference: 1.0, balance: 0.75, language: 1.0 };
        assert_eq!(score.parts, parts);
        assert!((score.total - (0.30 + 0.25 * 0.5 + 0.20 + 0.15 * 0.75 + 0.10)).abs() < 1e-12);
    }

    #[test]
    fn no_part_leaves_its_range_however_full_the_day() {
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0, 40.0] {
            for appointments in [0, 12, 13, u32::MAX] {
                let facts = Facts { utilisation: odd, preference: odd, appointments, skills_matched: 9, ..facts() };
                let Score { total, parts } = facts.score(&Weights::default());
                let all = [parts.skill, parts.free_day, parts.preference, parts.balance, parts.language];
                assert!(all.iter().all(|part| (0.0..=1.0).contains(part)), "{parts:?}");
                assert!((0.0..=1.0).contains(&total));
            }
        }
    }

    #[test]
    fn each_company_weighs_for_itself() {
        let german_only = Weights { skill: 0.0, free_day: 0.0, preference: 0.0, balance: 0.0, language: 1.0 };
        let silent = Facts { speaks: Some(false), ..facts() };
        assert!(silent.score(&german_only).total.abs() < 1e-12);
        assert!((Facts { speaks: None, ..facts() }.score(&german_only).total - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_are_ordered_by_id() {
        let id = |number| StaffId(uuid::Uuid::from_u128(number));
        let (score, worse) =
            (facts().score(&Weights::default()), Facts { preference: 0.0, ..facts() }.score(&Weights::default()));
        let mut all = [(score, id(3)), (worse, id(1)), (score, id(2))];
        all.sort_by(|left, right| better_first((&left.0, left.1), (&right.0, right.1)));
        assert_eq!(all.map(|(_, id)| id), [id(2), id(3), id(1)]);
    }
}
