//! What one event adds to the figures; pure.

mod name;

use callflow_cache::minute::{Counter, Counters};
use callflow_contract::{
    convert::from_wire_time,
    event::v1::{
        AnswerGiven, Appointment, AppointmentBooked, AppointmentCancelled, AppointmentRescheduled, CallEvent,
        CallbackRequested, SeriesBooked,
    },
    schema::{Event as Schema, OpenError},
};
use callflow_domain::id::{BranchId, CallId, is_slug};
use callflow_queue::Delivery;
use callflow_retell::event::Kind;
use jiff::Timestamp;

pub use name::{LABEL, phase_of};

/// Events older than this are counted now: their minute is no longer kept.
const OLDEST_SECS: i64 = 24 * 3600;
/// Older signs of life say nothing about now: no call lasts longer.
const ALIVE_SECS: i64 = 65 * 60;
/// Longest name shown.
const LABEL_CHARS: usize = 60;

/// What one event adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// The minute it belongs to, since the epoch.
    pub minute: i64,
    /// What to add to that minute's counters.
    pub counters: Counters,
    /// A live answer: where it was given and how long it took, in seconds.
    pub answer: Option<(Option<BranchId>, f64)>,
    /// What it says about a call being live.
    pub sign: Option<Sign>,
}

/// What an event says about a call being live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// It was alive.
    Seen {
        /// The call.
        call: CallId,
        /// The branch it reached, once known.
        branch: Option<BranchId>,
        /// What is going on, where the event says so.
        phase: Option<&'static str>,
    },
    /// It is over.
    Ended {
        /// The call.
        call: CallId,
    },
}

impl Tally {
    /// Returns what a delivery adds.
    ///
    /// # Errors
    /// When the envelope's body is not what it says.
    pub fn of(delivery: &Delivery, now: Timestamp) -> Result<Self, OpenError> {
        let mut tally = Self { minute: 0, counters: Counters::new(), answer: None, sign: None };
        tally.add(None, "event", 1);
        let happened = tally.open(delivery)?.unwrap_or(delivery.first_seen);
        let age = now.as_second() - happened.as_second();
        // A clock that is ahead, or a message that waited for a day, must not write where nobody reads.
        let at = if (0..OLDEST_SECS).contains(&age) { happened } else { now };
        tally.minute = at.as_second().div_euclid(60);
        // A late end still ends a call; a late sign of life must not revive one.
        tally.sign = tally.sign.filter(|sign| age < ALIVE_SECS || matches!(sign, Sign::Ended { .. }));
        Ok(tally)
    }

    /// Takes the body in and returns when it happened by the clock its record goes by, if it says so.
    fn open(&mut self, delivery: &Delivery) -> Result<Option<Timestamp>, OpenError> {
        let schema = delivery.envelope.schema.as_str();
        let mut happened = delivery.envelope.occurred_at;
        if schema == CallEvent::SCHEMA {
            let event: CallEvent = delivery.open()?;
            happened = event.received_at;
            self.call(&event);
        } else if schema == AnswerGiven::SCHEMA {
            self.given(&delivery.open()?);
        } else if schema == AppointmentBooked::SCHEMA {
            self.appointments("booked", &delivery.open::<AppointmentBooked>()?.appointments);
        } else if schema == SeriesBooked::SCHEMA {
            self.add(None, "series", 1);
            self.appointments("booked", &delivery.open::<SeriesBooked>()?.appointments);
        } else if schema == AppointmentCancelled::SCHEMA {
            self.appointments("cancelled", &delivery.open::<AppointmentCancelled>()?.appointments);
        } else if schema == AppointmentRescheduled::SCHEMA {
            let moved: AppointmentRescheduled = delivery.open()?;
            self.appointments("rescheduled", moved.to.as_slice());
        } else if schema == CallbackRequested::SCHEMA {
            let branch = branch(&delivery.open::<CallbackRequested>()?.branch_id);
            self.add(branch, "callback", 1);
        }
        Ok(happened.and_then(|at| from_wire_time("occurred_at", &at).ok()))
    }

    fn call(&mut self, event: &CallEvent) {
        let kind = Kind::parse(&event.event);
        self.add(None, kind.label(), 1);
        if is_slug(&event.company) {
            self.add(None, &format!("{LABEL}{}", event.company), 1);
        }
        let Some(call) = CallId::parse(&event.call_id).filter(|_| !kind.is_chat()) else { return };
        self.sign = Some(match kind {
            // Analysed means over, also when the end was lost.
            Kind::CallEnded | Kind::CallAnalyzed => Sign::Ended { call },
            kind => Sign::Seen { call, branch: None, phase: name::phase_of_event(&kind) },
        });
    }

    fn given(&mut self, answer: &AnswerGiven) {
        let branch = branch(&answer.branch_id);
        self.add(branch, "answer", 1);
        for name in name::counted_as(answer) {
            self.add(branch, name, 1);
        }
        if answer.seconds.is_finite() && answer.seconds >= 0.0 {
            self.answer = Some((branch, answer.seconds));
        }
        self.sign = CallId::parse(&answer.call_id).map(|call| Sign::Seen { call, branch, phase: phase_of(answer) });
    }

    fn appointments(&mut self, name: &str, list: &[Appointment]) {
        for one in list {
            let branch = branch(&one.branch_id);
            self.add(branch, name, 1);
            let label: String = one.branch_name.chars().filter(|c| !c.is_control()).take(LABEL_CHARS).collect();
            if branch.is_some() && !label.is_empty() {
                self.add(branch, &format!("{LABEL}{label}"), 1);
            }
        }
    }

    fn add(&mut self, branch: Option<BranchId>, name: &str, by: i64) {
        *self.counters.entry(Counter { branch, name: name.to_owned() }).or_default() += by;
    }
}

fn branch(text: &str) -> Option<BranchId> {
    text.parse().ok()
}

#[cfg(test)]
mod tests;
