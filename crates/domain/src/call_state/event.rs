//! The events of a call and the phases they bring it to.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How far a call has come. A call only moves forward, whatever arrives late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It was announced; nobody answered yet.
    Ringing,
    /// It is being held.
    Ongoing,
    /// It was put through to somebody.
    Transferring,
    /// It is over.
    Ended,
    /// It is over and the platform has said what was in it.
    Analyzed,
}

impl Phase {
    /// Every phase in order.
    pub const ALL: [Self; 5] = [Self::Ringing, Self::Ongoing, Self::Transferring, Self::Ended, Self::Analyzed];

    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Ongoing => "ongoing",
            Self::Transferring => "transferring",
            Self::Ended => "ended",
            Self::Analyzed => "analyzed",
        }
    }
}

/// What happened, in the usual order of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// An event that was not known when this was written, by the platform's name.
    Other(String),
    /// The phone rings (`call_inbound`).
    Inbound,
    /// Somebody answered.
    Started,
    /// Something was said.
    Transcript,
    /// The call is being put through.
    TransferStarted,
    /// The other side answered.
    TransferBridged,
    /// The other side did not.
    TransferCancelled,
    /// The other side hung up.
    TransferEnded,
    /// Nothing was heard of the call for so long that it must be over.
    Swept,
    /// The call ended.
    Ended,
    /// The call was analysed.
    Analyzed,
}

impl Event {
    /// How many ranks there are.
    pub(super) const RANKS: u8 = 8;
    /// Longest name of an unknown event that is kept, in characters.
    const NAME: usize = 64;

    /// Returns the event with the platform's name; those of chats are the same as those of calls.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let stem = name.strip_prefix("call_").or_else(|| name.strip_prefix("chat_")).unwrap_or(name);
        match stem {
            "inbound" => Self::Inbound,
            "started" => Self::Started,
            "ended" => Self::Ended,
            "analyzed" => Self::Analyzed,
            "transcript_updated" => Self::Transcript,
            "transfer_started" => Self::TransferStarted,
            "transfer_bridged" => Self::TransferBridged,
            "transfer_cancelled" => Self::TransferCancelled,
            "transfer_ended" => Self::TransferEnded,
            "swept" => Self::Swept,
            _ => Self::Other(name.chars().take(Self::NAME).collect()),
        }
    }

    /// Returns the name, the same for calls and chats.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            Self::Inbound => "inbound",
            Self::Started => "started",
            Self::Transcript => "transcript_updated",
            Self::TransferStarted => "transfer_started",
            Self::TransferBridged => "transfer_bridged",
            Self::TransferCancelled => "transfer_cancelled",
            Self::TransferEnded => "transfer_ended",
            Self::Swept => "swept",
            Self::Ended => "ended",
            Self::Analyzed => "analyzed",
        }
    }

    /// Returns the phase a call has reached when this happened to it.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Other(_) | Self::Inbound => Phase::Ringing,
            Self::Started | Self::Transcript => Phase::Ongoing,
            Self::TransferStarted | Self::TransferBridged | Self::TransferCancelled | Self::TransferEnded => {
                Phase::Transferring
            }
            Self::Swept | Self::Ended => Phase::Ended,
            Self::Analyzed => Phase::Analyzed,
        }
    }

    /// Returns how much what the event says is worth against other events: later ones know more,
    /// and a guess of our own sweeper gives way to the platform's word.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Other(_) => 0,
            Self::Inbound => 1,
            Self::Started => 2,
            Self::Transcript => 3,
            Self::TransferStarted | Self::TransferBridged | Self::TransferCancelled | Self::TransferEnded => 4,
            Self::Swept => 5,
            Self::Ended => 6,
            Self::Analyzed => 7,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&String::deserialize(deserializer)?))
    }
}
