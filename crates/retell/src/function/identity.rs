//! Who is on the line, from places a model cannot write to.

use callflow_domain::{id::CallId, masked::PhoneNumber};

use super::junk::meaningful;
use crate::call::Call;

/// Names of the headers that carry identity where a body holds arguments only. Their values are
/// configured as templates such as `{{call_id}}` and filled in by the platform.
pub mod header {
    /// `{{call_id}}` or `{{chat_id}}`
    pub const CALL_ID: &str = "x-call-id";
    /// `{{user_number}}`
    pub const CALLER: &str = "x-caller-number";
    /// `{{agent_number}}`
    pub const DIALLED: &str = "x-dialled-number";
    /// `{{language}}`
    pub const LANGUAGE: &str = "x-language";
}

/// Who is on the line, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The call.
    pub call_id: Option<CallId>,
    /// The customer's number as sent; may be a word such as `anonymous`.
    pub caller: Option<PhoneNumber>,
    /// The company's number as sent.
    pub dialled: Option<PhoneNumber>,
    /// The platform's agent.
    pub agent_id: Option<String>,
    /// The language the call is held in, as a tag.
    pub language: Option<String>,
}

impl Identity {
    /// Reads the headers; `get` returns a header's value by its lower-case name.
    ///
    /// Templates the platform had no value for arrive as `{{…}}` and count as absent.
    #[must_use]
    pub fn from_headers<'h>(get: impl Fn(&str) -> Option<&'h str>) -> Self {
        let filled = |name: &str| get(name).and_then(meaningful);
        Self {
            call_id: filled(header::CALL_ID).as_deref().and_then(CallId::parse),
            caller: filled(header::CALLER).map(PhoneNumber::new),
            dialled: filled(header::DIALLED).map(PhoneNumber::new),
            agent_id: None,
            language: filled(header::LANGUAGE),
        }
    }

    /// Returns what a call object says.
    pub(super) fn of_call(call: &Call<'_>) -> Self {
        Self {
            call_id: call.id.clone(),
            caller: call.customer_number().cloned(),
            dialled: call.company_number().cloned(),
            agent_id: call.agent_id.as_deref().map(str::to_owned),
            language: call.language(),
        }
    }

    /// Fills gaps from another source.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            call_id: self.call_id.or(other.call_id),
            caller: self.caller.or(other.caller),
            dialled: self.dialled.or(other.dialled),
            agent_id: self.agent_id.or(other.agent_id),
            language: self.language.or(other.language),
        }
    }

    /// Whether a call object can be the call of the headers; arguments that look like one cannot.
    pub(super) fn may_be(&self, call: &Call<'_>) -> bool {
        self.call_id.is_none() || self.call_id == call.id
    }
}
