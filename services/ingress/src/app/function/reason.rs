//! Why nothing is free, from the wire into a code and a sentence.

use callflow_contract::availability::v1::NoSlotReason;
use callflow_retell::{
    answer::{Answer, Outcome},
    spoken::{Line, NoTime},
};
use jiff::{ToSpan as _, civil::Date};

use crate::app::{
    offer::{Spot, slot_visits},
    turn::Turn,
};

impl Turn {
    /// Answers that nothing is to be had as asked, why, and what comes closest.
    pub(crate) fn nothing(
        &self,
        reason: NoSlotReason,
        day: Option<Date>,
        staff: Option<&str>,
        closest: &[Spot],
    ) -> Answer {
        let answer = match reason {
            NoSlotReason::InThePast => self.say(Outcome::InvalidTime, Line::PastTime),
            NoSlotReason::UnknownService => self.say(Outcome::UnknownService, Line::UnknownService),
            NoSlotReason::UnknownStaff => self.say(Outcome::UnknownStaff, Line::UnknownStaff),
            other => {
                let (outcome, why) = self.why(other, day, staff);
                Answer::new(outcome, self.phrases.no_slots(why, &slot_visits(closest)))
            }
        };
        answer.slots([]).alternatives(closest.iter().map(|spot| spot.slot(&self.phrases)))
    }

    fn why<'s>(&self, reason: NoSlotReason, day: Option<Date>, staff: Option<&'s str>) -> (Outcome, NoTime<'s>) {
        let policies = &self.site.policies;
        match reason {
            NoSlotReason::Closed => (Outcome::Closed, NoTime::Closed(day)),
            NoSlotReason::Holiday => (Outcome::Closed, day.map_or(NoTime::Closed(None), NoTime::Holiday)),
            NoSlotReason::TooShortNotice => (Outcome::TooSoon, NoTime::TooSoon { notice_min: policies.min_notice_min }),
            NoSlotReason::TooFarAhead => {
                let last = self.now.date().checked_add(i64::from(policies.max_advance_days).days()).ok();
                (Outcome::TooFar, NoTime::TooFar { last })
            }
            NoSlotReason::NoSkilledStaff => (Outcome::NoSlots, NoTime::NobodySkilled),
            NoSlotReason::NobodyAvailable => (Outcome::NoSlots, NoTime::NobodyThere(day)),
            _ => match staff {
                Some(staff) => (Outcome::NoSlots, NoTime::StaffBooked { staff, day }),
                None => (Outcome::NoSlots, NoTime::FullyBooked(day)),
            },
        }
    }
}
