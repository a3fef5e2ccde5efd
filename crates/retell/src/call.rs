//! The `call` and `chat` objects of events and function requests, as one type.
//!
//! A chat is a call without a voice: other names for the same things. Enumerations are open,
//! unknown fields stay in the body, and everything large stays [`Raw`] until it is asked for.

mod analysis;
mod destination;
mod disconnection;
mod wire;

use std::borrow::Cow;

use callflow_domain::{
    id::CallId,
    masked::{PhoneNumber, Transcript},
    phone::Caller,
};
use jiff::Timestamp;

pub use analysis::{Analysis, Cost};
pub use destination::Destination;
pub use disconnection::{Disconnection, Ending};
pub(crate) use wire::{Wire, instant};

use crate::raw::Raw;

/// How the person is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A telephone call; has numbers and a direction.
    Phone,
    /// A call from a browser; has neither.
    Web,
    /// Text messages.
    Chat,
}

impl Channel {
    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Web => "web",
            Self::Chat => "chat",
        }
    }
}

/// Who began the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The customer called.
    Inbound,
    /// The customer was called.
    Outbound,
}

/// What the platform says about one call or chat. Anything may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Call<'a> {
    /// The platform's id; `None` when missing or not printable.
    pub id: Option<CallId>,
    /// How the person is connected.
    pub channel: Channel,
    /// The platform's agent.
    pub agent_id: Option<Cow<'a, str>>,
    /// Its version: a number, or a tag such as `prod`.
    pub agent_version: Option<Cow<'a, str>>,
    /// `ongoing`, `ended`, …; the platform's own samples contradict it, so nothing is decided by it.
    pub status: Option<Cow<'a, str>>,
    /// Who began the call; inbound unless said otherwise.
    pub direction: Direction,
    /// `from_number` as sent; may be a word such as `anonymous`.
    pub from: Option<PhoneNumber>,
    /// `to_number` as sent.
    pub to: Option<PhoneNumber>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// When the transferred leg ended.
    pub transfer_ended: Option<Timestamp>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Why it ended.
    pub disconnection: Option<Disconnection<'a>>,
    /// Where it was transferred to, once it was.
    pub transfer: Option<Destination>,
    /// What the platform made of it afterwards.
    pub analysis: Option<Analysis<'a>>,
    /// What it cost.
    pub cost: Option<Cost>,
    /// What our inbound answer attached, echoed.
    pub metadata: Option<Raw<'a>>,
    /// The dynamic variables it began with.
    pub variables: Option<Raw<'a>>,
    /// The dynamic variables it collected.
    pub collected: Option<Raw<'a>>,
    /// SIP headers of the call.
    pub sip_headers: Option<Raw<'a>>,
    /// What was said, as one string.
    pub transcript: Option<Raw<'a>>,
    /// What was said and done, turn by turn.
    pub turns: Option<Raw<'a>>,
}

impl Call<'_> {
    /// Returns the customer's number as it arrived: who called, or who was called.
    #[must_use]
    pub const fn customer_number(&self) -> Option<&PhoneNumber> {
        match self.direction {
            Direction::Inbound => self.from.as_ref(),
            Direction::Outbound => self.to.as_ref(),
        }
    }

    /// Returns the company's number as it arrived.
    #[must_use]
    pub const fn company_number(&self) -> Option<&PhoneNumber> {
        match self.direction {
            Direction::Inbound => self.to.as_ref(),
            Direction::Outbound => self.from.as_ref(),
        }
    }

    /// Returns who the customer's number says they are; withheld when there is none.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller::read(self.customer_number().map_or("", PhoneNumber::expose), None)
    }

    /// Returns one value of the metadata that our inbound answer attached.
    #[must_use]
    pub fn metadata_entry(&self, name: &str) -> Option<String> {
        self.metadata?.entry(name)
    }

    /// Returns a dynamic variable, the collected value before the first one.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        let collected = self.collected.and_then(|raw| raw.entry(name));
        collected.or_else(|| self.variables.and_then(|raw| raw.entry(name)))
    }

    /// Returns the language the call is held in, as the metadata or the variables name it.
    #[must_use]
    pub fn language(&self) -> Option<String> {
        self.variable("language").or_else(|| self.metadata_entry("language"))
    }

    /// Returns what was said, copied out of the body; it prints masked.
    #[must_use]
    pub fn transcript(&self) -> Option<Transcript> {
        let text = self.transcript?.text()?;
        (!text.trim().is_empty()).then(|| Transcript::new(text))
    }
}

#[cfg(test)]
mod tests;
