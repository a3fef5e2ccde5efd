//! What a handler wants done with a message, and the table from kinds of failure to it.

use std::time::Duration;

use callflow_contract::schema::OpenError;
use callflow_domain::ErrorKind;

/// A handler's verdict on one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// The effect is committed, or was before: the message may go.
    Done,
    /// This attempt failed; a later one may succeed. After the last attempt the message is parked with this reason.
    Retry {
        /// The earliest useful time for the next attempt, if the handler knows; clamped to 1 s to 10 min.
        after: Option<Duration>,
        /// Why, for the operator; free of personal data.
        reason: String,
    },
    /// Something the handler needs is away: no fault of the message, so this does not count as an attempt. It comes
    /// back until the thing does, and the loop takes messages slowly meanwhile.
    Wait {
        /// What is away, for the operator; free of personal data.
        reason: String,
    },
    /// No repetition can help: a person has to look.
    Park {
        /// Why, for the operator; free of personal data.
        reason: String,
    },
}

impl Disposition {
    /// Returns the disposition for a failure: `kind` decides, `reason` says why.
    ///
    /// Events arrive in any order, so what is not there yet, or contradicts the present state, may be fine a little later.
    #[must_use]
    pub fn for_failure(kind: ErrorKind, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        match kind {
            ErrorKind::Invalid | ErrorKind::Unauthenticated | ErrorKind::Forbidden => Self::Park { reason },
            ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Timeout | ErrorKind::Internal => {
                Self::Retry { after: None, reason }
            }
            ErrorKind::Limited | ErrorKind::Unavailable => Self::Wait { reason },
        }
    }

    /// Returns the stable name used as a metrics label.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry { .. } => "retry",
            Self::Wait { .. } => "wait",
            Self::Park { .. } => "park",
        }
    }
}

impl From<OpenError> for Disposition {
    /// What cannot be opened now cannot be opened later.
    fn from(error: OpenError) -> Self {
        Self::Park { reason: error.to_string() }
    }
}

/// Why a message is parked. The code is one of a closed set, for filters and metrics; the detail is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkReason {
    /// One of the constants below.
    pub code: &'static str,
    /// What happened, free of personal data.
    pub detail: String,
}

impl ParkReason {
    /// The body is no envelope, or the envelope lacks what every message needs.
    pub const UNDECODABLE: &'static str = "undecodable";
    /// The body is larger than this system carries.
    pub const OVERSIZED: &'static str = "oversized";
    /// The envelope carries something this release does not know.
    pub const UNKNOWN_SCHEMA: &'static str = "unknown_schema";
    /// The envelope was written by a newer release.
    pub const FUTURE_VERSION: &'static str = "future_version";
    /// The handler said that no repetition can help.
    pub const REFUSED: &'static str = "refused";
    /// Every attempt failed.
    pub const EXHAUSTED: &'static str = "attempts_exhausted";
    /// The process died over it, three times.
    pub const CRASHED: &'static str = "crashed_the_worker";

    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_decided_and_transient_ones_are_never_parked_at_once() {
        for kind in ErrorKind::ALL {
            let disposition = Disposition::for_failure(kind, "reason");
            assert_ne!(disposition, Disposition::Done, "{kind}");
            if kind.is_transient() {
                assert!(!matches!(disposition, Disposition::Park { .. }), "{kind}");
            }
        }
    }
}
