//! The names of events: an open list.

/// What an event says has happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The call was connected; not sent when it never was.
    CallStarted,
    /// The call is over, was transferred, failed, or never came about.
    CallEnded,
    /// The platform has analysed the call.
    CallAnalyzed,
    /// The transcript grew, or is final.
    TranscriptUpdated,
    /// A transfer began.
    TransferStarted,
    /// Both sides of a transfer talk to each other.
    TransferBridged,
    /// A transfer was given up.
    TransferCancelled,
    /// The transferred leg is over.
    TransferEnded,
    /// A chat began.
    ChatStarted,
    /// A chat is over.
    ChatEnded,
    /// The platform has analysed the chat.
    ChatAnalyzed,
    /// Somebody wishes an appointment outside a live answer.
    AppointmentRequested,
    /// A name not known yet, as sent, clipped and cleaned.
    Other(String),
}

/// Longest name kept of an unknown event, in characters.
const MAX_NAME: usize = 64;

impl Kind {
    /// The kinds that have a name of their own.
    pub const KNOWN: [Self; 12] = [
        Self::CallStarted,
        Self::CallEnded,
        Self::CallAnalyzed,
        Self::TranscriptUpdated,
        Self::TransferStarted,
        Self::TransferBridged,
        Self::TransferCancelled,
        Self::TransferEnded,
        Self::ChatStarted,
        Self::ChatEnded,
        Self::ChatAnalyzed,
        Self::AppointmentRequested,
    ];

    /// Returns the kind with this name; never fails.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|kind| kind.as_str() == name);
        known.unwrap_or_else(|| {
            let plain = |symbol: char| if symbol.is_ascii_alphanumeric() || symbol == '.' { symbol } else { '_' };
            Self::Other(name.chars().take(MAX_NAME).map(plain).collect())
        })
    }

    /// Returns the name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            known => known.label(),
        }
    }

    /// Returns a name from a closed list, fit for a metrics label: the name itself, or `other`.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::CallStarted => "call_started",
            Self::CallEnded => "call_ended",
            Self::CallAnalyzed => "call_analyzed",
            Self::TranscriptUpdated => "transcript_updated",
            Self::TransferStarted => "transfer_started",
            Self::TransferBridged => "transfer_bridged",
            Self::TransferCancelled => "transfer_cancelled",
            Self::TransferEnded => "transfer_ended",
            Self::ChatStarted => "chat_started",
            Self::ChatEnded => "chat_ended",
            Self::ChatAnalyzed => "chat_analyzed",
            Self::AppointmentRequested => "appointment_requested",
            Self::Other(_) => "other",
        }
    }

    /// Returns whether the event is about a transfer that is under way.
    #[must_use]
    pub const fn is_transfer(&self) -> bool {
        matches!(self, Self::TransferStarted | Self::TransferBridged | Self::TransferCancelled | Self::TransferEnded)
    }

    /// Returns whether the name says that the event is about a chat.
    #[must_use]
    pub fn is_chat(&self) -> bool {
        self.as_str().starts_with("chat_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_survive_a_round_trip_and_are_distinct() {
        for kind in Kind::KNOWN {
            assert_eq!(Kind::parse(kind.as_str()), kind);
        }
        let names: std::collections::HashSet<_> = Kind::KNOWN.iter().map(Kind::label).collect();
        assert_eq!(names.len(), Kind::KNOWN.len());
    }

    #[test]
    fn unknown_names_are_kept_but_harmless() {
        assert_eq!(Kind::parse("call_future_thing").as_str(), "call_future_thing");
        assert_eq!(Kind::parse("x\n y/ü").as_str(), "x__y__");
        assert_eq!(Kind::parse(&"a".repeat(1_000)).as_str().len(), MAX_NAME);
        assert_eq!(Kind::parse("other").label(), "other");
    }
}
