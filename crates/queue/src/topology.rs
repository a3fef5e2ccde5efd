//! Every exchange, queue, binding and user of the fleet, as constants; the one place they are named.
//!
//! A consumer owns a *family*: its main queue, a delay queue per retry tier, a queue for suspects and one for parked
//! messages, joined by a direct exchange of its own. Delays lead back to the main queue through that exchange, so a
//! retry is never seen by another consumer, and no service needs write access to the default exchange, which would
//! reach every queue of the vhost.
//!
//! There is no alternate exchange on purpose: it would turn "nobody took this" into a confirm. An event nobody takes
//! is handed back to its publisher, which keeps it until the topology is whole again.

mod declare;
mod definitions;
mod permission;
mod plan;

use std::borrow::Cow;

pub(crate) use declare::{goodbye, message_count};
pub use definitions::{Definitions, Secret};
pub use permission::{OPERATOR, USERS, User};

use crate::retry::{TIERS, Tier};

/// The topic exchange all events enter by.
pub const EXCHANGE: &str = "callflow.events";
/// The vhost of an installation that does not name another.
pub const VHOST: &str = "callflow";

/// Routing keys: what an event is, as far as the broker is concerned.
pub mod key {
    /// A call began.
    pub const CALL_STARTED: &str = "call.started";
    /// A call ended.
    pub const CALL_ENDED: &str = "call.ended";
    /// A call was analysed by the voice platform.
    pub const CALL_ANALYZED: &str = "call.analyzed";
    /// More of a call's transcript is known.
    pub const CALL_TRANSCRIPT: &str = "call.transcript";
    /// A call is being, was or could not be transferred.
    pub const CALL_TRANSFER: &str = "call.transfer";
    /// Any other event of a call, also of kinds not known yet.
    pub const CALL_EVENT: &str = "call.event";
    /// A chat began.
    pub const CHAT_STARTED: &str = "chat.started";
    /// A chat ended.
    pub const CHAT_ENDED: &str = "chat.ended";
    /// A chat was analysed by the voice platform.
    pub const CHAT_ANALYZED: &str = "chat.analyzed";
    /// Any other event of a chat.
    pub const CHAT_EVENT: &str = "chat.event";
    /// A live answer was given; how long it took.
    pub const ANSWER_GIVEN: &str = "answer.given";
    /// A wish for an appointment reached us outside a live answer.
    pub const APPOINTMENT_REQUESTED: &str = "appointment.requested";
    /// An appointment, or a sequence of them, was booked.
    pub const APPOINTMENT_BOOKED: &str = "appointment.booked";
    /// An appointment was moved.
    pub const APPOINTMENT_RESCHEDULED: &str = "appointment.rescheduled";
    /// Appointments were cancelled.
    pub const APPOINTMENT_CANCELLED: &str = "appointment.cancelled";
    /// A series was booked.
    pub const SERIES_BOOKED: &str = "series.booked";
    /// Somebody is to be called back.
    pub const CALLBACK_REQUESTED: &str = "callback.requested";
    /// Parts of a company's catalog differ from before.
    pub const CATALOG_CHANGED: &str = "catalog.changed";
    /// Something was learned about a customer.
    pub const CUSTOMER_CHANGED: &str = "customer.changed";
}

/// A main queue and the routing keys it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// Name of the main queue: owner, purpose, version.
    pub queue: &'static str,
    /// Patterns bound to the topic exchange.
    pub keys: &'static [&'static str],
}

/// The resolver keeps the record of every call and chat.
pub const RESOLVER_CALL: Subscription = Subscription { queue: "resolver.call.v1", keys: &["call.*", "chat.*"] };

/// The resolver learns from appointments what a customer prefers.
pub const RESOLVER_APPOINTMENT: Subscription = Subscription {
    queue: "resolver.appointment.v1",
    keys: &[key::APPOINTMENT_BOOKED, key::APPOINTMENT_RESCHEDULED, key::APPOINTMENT_CANCELLED, key::SERIES_BOOKED],
};

/// Booking fulfils wishes that no live answer fulfilled.
pub const BOOKING_WISH: Subscription =
    Subscription { queue: "booking.wish.v1", keys: &[key::CALL_ANALYZED, key::APPOINTMENT_REQUESTED] };

/// Availability forgets snapshots that are no longer true.
pub const AVAILABILITY_CHANGE: Subscription = Subscription {
    queue: "availability.change.v1",
    keys: &[
        key::APPOINTMENT_BOOKED,
        key::APPOINTMENT_RESCHEDULED,
        key::APPOINTMENT_CANCELLED,
        key::SERIES_BOOKED,
        key::CATALOG_CHANGED,
    ],
};

/// Metrics counts everything.
pub const METRICS_ALL: Subscription = Subscription { queue: "metrics.all.v1", keys: &["#"] };

/// Every subscription of the fleet.
pub const SUBSCRIPTIONS: [Subscription; 5] =
    [RESOLVER_CALL, RESOLVER_APPOINTMENT, BOOKING_WISH, AVAILABILITY_CHANGE, METRICS_ALL];

/// The topology of one installation; a prefix keeps tests on a shared broker apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topology {
    prefix: Cow<'static, str>,
}

impl Topology {
    /// Returns the topology as installations have it.
    #[must_use]
    pub const fn new() -> Self {
        Self { prefix: Cow::Borrowed("") }
    }

    /// Returns the same topology with `prefix` before every name.
    #[must_use]
    pub fn prefixed(prefix: impl Into<String>) -> Self {
        Self { prefix: Cow::Owned(prefix.into()) }
    }

    /// Returns the name of the topic exchange.
    #[must_use]
    pub fn exchange(&self) -> String {
        format!("{}{EXCHANGE}", self.prefix)
    }

    /// Returns the names of a consumer's queues.
    #[must_use]
    pub fn family(&self, subscription: &Subscription) -> Family {
        Family {
            exchange: self.exchange(),
            main: format!("{}{}", self.prefix, subscription.queue),
            label: subscription.queue,
            keys: subscription.keys,
        }
    }

    /// Returns the families of the whole fleet.
    #[must_use]
    pub fn families(&self) -> Vec<Family> {
        SUBSCRIPTIONS.iter().map(|subscription| self.family(subscription)).collect()
    }
}

/// The queues of one consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    exchange: String,
    main: String,
    label: &'static str,
    keys: &'static [&'static str],
}

/// Keys of a family's own exchange.
pub(crate) mod route {
    pub(crate) const MAIN: &str = "main";
    pub(crate) const SUSPECT: &str = "suspect";
    pub(crate) const PARKED: &str = "parked";
}

impl Family {
    /// Returns the main queue, which handlers are fed from.
    #[must_use]
    pub fn main(&self) -> &str {
        &self.main
    }

    /// Returns the main queue's name without a test's prefix: the metrics label.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        self.label
    }

    /// Returns the queue in which a message waits out one tier.
    #[must_use]
    pub fn retry(&self, tier: Tier) -> String {
        format!("{}.retry.{}", self.main, tier.name())
    }

    /// Returns the queue of messages that were being handled when a worker died.
    #[must_use]
    pub fn suspect(&self) -> String {
        format!("{}.suspect", self.main)
    }

    /// Returns the queue of messages that wait for a person.
    #[must_use]
    pub fn parked(&self) -> String {
        format!("{}.parked", self.main)
    }

    /// Returns the direct exchange that joins the family.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{}.route", self.main)
    }

    /// Returns every queue of the family, the main one first.
    #[must_use]
    pub fn queues(&self) -> Vec<String> {
        let retries = TIERS.iter().map(|tier| self.retry(*tier));
        std::iter::once(self.main.clone()).chain(retries).chain([self.suspect(), self.parked()]).collect()
    }
}

pub(crate) fn retry_route(tier: Tier) -> String {
    format!("retry.{}", tier.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_short_enough_for_the_protocol() {
        let topology = Topology::prefixed("test-0123456789abcdef-");
        let mut names: Vec<_> = topology.families().iter().flat_map(Family::queues).collect();
        assert_eq!(names.len(), SUBSCRIPTIONS.len() * 8);
        assert!(names.iter().all(|name| name.len() < 128));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), SUBSCRIPTIONS.len() * 8);
    }
}
