//! Why a call ended, sorted into the few endings that matter to a salon.

use std::borrow::Cow;

/// The platform's reason for the end of a call: an open list of names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Disconnection<'a>(Cow<'a, str>);

/// What a reason means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// One side said good-bye.
    HungUp,
    /// The call was given to a person or another line.
    Transferred,
    /// A machine answered.
    Machine,
    /// Silence, or the longest permitted time.
    TimedOut,
    /// The platform had no free line or no credit: callers were turned away.
    Refused,
    /// The call never came about.
    NotConnected,
    /// Something broke.
    Failed,
    /// A reason not known yet.
    Other,
}

/// The reasons known so far; names beyond these are [`Ending::Other`].
const KNOWN: [(&str, Ending); 39] = [
    ("user_hangup", Ending::HungUp),
    ("agent_hangup", Ending::HungUp),
    ("user_requested_dnc", Ending::HungUp),
    ("user_requested_callback", Ending::HungUp),
    ("manual_stopped", Ending::HungUp),
    ("scam_detected", Ending::HungUp),
    ("call_transfer", Ending::Transferred),
    ("transfer_bridged", Ending::Transferred),
    ("transfer_cancelled", Ending::HungUp),
    ("call_take_over", Ending::Transferred),
    ("voicemail_reached", Ending::Machine),
    ("ivr_reached", Ending::Machine),
    ("inactivity", Ending::TimedOut),
    ("max_duration_reached", Ending::TimedOut),
    ("concurrency_limit_reached", Ending::Refused),
    ("no_concurrency_fallback", Ending::Refused),
    ("no_valid_payment", Ending::Refused),
    ("credit_exhausted", Ending::Refused),
    ("budget_reached", Ending::Refused),
    ("dial_busy", Ending::NotConnected),
    ("dial_failed", Ending::NotConnected),
    ("dial_no_answer", Ending::NotConnected),
    ("invalid_destination", Ending::NotConnected),
    ("telephony_provider_permission_denied", Ending::NotConnected),
    ("telephony_provider_unavailable", Ending::NotConnected),
    ("sip_routing_error", Ending::NotConnected),
    ("marked_as_spam", Ending::NotConnected),
    ("network_blocked", Ending::NotConnected),
    ("user_declined", Ending::NotConnected),
    ("registered_call_timeout", Ending::NotConnected),
    ("error_user_not_joined", Ending::NotConnected),
    ("error_llm_websocket_open", Ending::Failed),
    ("error_llm_websocket_lost_connection", Ending::Failed),
    ("error_llm_websocket_runtime", Ending::Failed),
    ("error_llm_websocket_corrupt_payload", Ending::Failed),
    ("error_no_audio_received", Ending::Failed),
    ("error_asr", Ending::Failed),
    ("error_retell", Ending::Failed),
    ("error_unknown", Ending::Failed),
];

impl<'a> Disconnection<'a> {
    pub(super) const fn new(reason: Cow<'a, str>) -> Self {
        Self(reason)
    }

    fn known(&self) -> Option<&'static (&'static str, Ending)> {
        KNOWN.iter().find(|(name, _)| *name == self.0)
    }

    /// Returns the reason as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns a name from a closed list, fit for a metrics label: the reason itself, or `other`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        self.known().map_or("other", |(name, _)| name)
    }

    /// Returns what the reason means.
    #[must_use]
    pub fn ending(&self) -> Ending {
        match self.known() {
            Some((_, ending)) => *ending,
            None if self.0.starts_with("error_") => Ending::Failed,
            None => Ending::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_sorted_and_new_ones_do_not_grow_the_labels() {
        let of = |text| Disconnection::new(Cow::Borrowed(text));
        assert_eq!(of("user_hangup").ending(), Ending::HungUp);
        assert_eq!(of("error_of_tomorrow").ending(), Ending::Failed);
        assert_eq!((of("brand_new_reason").ending(), of("brand_new_reason").label()), (Ending::Other, "other"));
        assert_eq!(of("brand_new_reason").as_str(), "brand_new_reason");
    }

    #[test]
    fn no_reason_is_listed_twice() {
        let names: std::collections::HashSet<_> = KNOWN.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), KNOWN.len());
    }
}
