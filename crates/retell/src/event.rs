//! Event webhooks: what happened to a call or chat, told at least once and in any order.
//!
//! An event is accepted whatever its name. The few fields callflow acts on are typed, the body
//! itself is kept byte for byte, because what is not understood today may matter tomorrow.

mod dedup;
mod kind;

use std::{borrow::Cow, fmt};

use callflow_domain::id::CallId;
use jiff::Timestamp;
use serde::Deserialize;

pub use kind::Kind;

use crate::{
    Error, body,
    call::{self, Call, Destination},
    function::Args,
    lenient,
    raw::Raw,
};

/// One event webhook.
#[derive(Clone, PartialEq)]
pub struct Event<'a> {
    /// What happened.
    pub kind: Kind,
    /// When it happened, where the platform says so.
    pub at: Option<Timestamp>,
    /// The call or chat it happened to.
    pub call: Option<Call<'a>>,
    /// Where a transfer goes to, on transfer events.
    pub transfer: Option<Destination>,
    /// How the transfer is done; keys and content vary.
    pub transfer_option: Option<Raw<'a>>,
    /// The wish of an `appointment_requested`.
    pub appointment: Option<Raw<'a>>,
    body: &'a str,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    event: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient::whole")]
    event_timestamp: Option<i64>,
    #[serde(default, borrow, deserialize_with = "lenient::object")]
    call: Option<call::Wire<'a>>,
    #[serde(default, borrow, deserialize_with = "lenient::object")]
    chat: Option<call::Wire<'a>>,
    #[serde(default, borrow)]
    transfer_destination: Option<Raw<'a>>,
    #[serde(default, borrow)]
    transfer_option: Option<Raw<'a>>,
    #[serde(default, borrow)]
    appointment: Option<Raw<'a>>,
}

impl<'a> Event<'a> {
    /// Reads an event; fails only when the body is no JSON object with an `event` name in it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let text = body::text(bytes)?;
        let wire: Wire<'a> = body::parse(text)?;
        let kind = Kind::parse(&wire.event.ok_or(Error::Missing { field: "event" })?);
        let (first, second) = if kind.is_chat() { (wire.chat, wire.call) } else { (wire.call, wire.chat) };
        Ok(Self {
            at: wire.event_timestamp.and_then(call::instant),
            call: first.or(second).map(Call::from),
            transfer: wire.transfer_destination.and_then(Destination::read),
            transfer_option: wire.transfer_option,
            appointment: wire.appointment,
            body: text,
            kind,
        })
    }

    /// Returns the whole body as it was sent.
    #[must_use]
    pub const fn body(&self) -> &'a str {
        self.body
    }

    /// Returns the id of the call or chat.
    #[must_use]
    pub fn call_id(&self) -> Option<&CallId> {
        self.call.as_ref()?.id.as_ref()
    }

    /// Returns when it happened: the event's own time, else what the call says about it.
    #[must_use]
    pub fn occurred(&self) -> Option<Timestamp> {
        let of_call = |call: &Call<'_>| match self.kind {
            Kind::CallStarted | Kind::ChatStarted => call.started,
            Kind::TransferEnded => call.transfer_ended.or(call.ended),
            Kind::CallEnded | Kind::ChatEnded => call.ended,
            _ => None,
        };
        self.at.or_else(|| of_call(self.call.as_ref()?))
    }

    /// Returns where a transfer goes to, whichever place names it.
    #[must_use]
    pub fn destination(&self) -> Option<&Destination> {
        self.transfer.as_ref().or_else(|| self.call.as_ref()?.transfer.as_ref())
    }

    /// Returns the wish of an `appointment_requested` in the form functions have.
    #[must_use]
    pub fn wish(&self) -> Option<Args> {
        self.appointment.map(|raw| Args::new(raw.object()))
    }

    /// Returns the key under which a repeat of this event is recognised, or `None` when every
    /// delivery counts.
    ///
    /// The key holds no personal data and stays below 200 bytes.
    #[must_use]
    pub fn dedup_key(&self) -> Option<String> {
        dedup::key(self)
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the body, which holds what was said.
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("at", &self.at)
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
