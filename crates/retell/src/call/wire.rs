//! The call object with the platform's names, before calls and chats become one type.

use std::borrow::Cow;

use callflow_domain::{id::CallId, masked::PhoneNumber};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Analysis, Call, Channel, Cost, Destination, Direction, Disconnection, analysis};
use crate::{lenient, raw::Raw};

/// Fields of calls and chats side by side: an alias would refuse a body that one day has both.
#[derive(Deserialize)]
pub(crate) struct Wire<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    call_id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    chat_id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    call_type: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    agent_id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    agent_version: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    version: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    call_status: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    chat_status: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    direction: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    from_number: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    to_number: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient::whole")]
    start_timestamp: Option<i64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    end_timestamp: Option<i64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    transfer_end_timestamp: Option<i64>,
    #[serde(default, deserialize_with = "lenient::whole")]
    duration_ms: Option<i64>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    disconnection_reason: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    transfer_destination: Option<Raw<'a>>,
    #[serde(default, borrow, deserialize_with = "lenient::object")]
    call_analysis: Option<analysis::Wire<'a>>,
    #[serde(default, borrow, deserialize_with = "lenient::object")]
    chat_analysis: Option<analysis::Wire<'a>>,
    #[serde(default, deserialize_with = "lenient::object")]
    call_cost: Option<analysis::CostWire>,
    #[serde(default, deserialize_with = "lenient::object")]
    chat_cost: Option<analysis::CostWire>,
    #[serde(default, borrow)]
    metadata: Option<Raw<'a>>,
    #[serde(default, borrow)]
    retell_llm_dynamic_variables: Option<Raw<'a>>,
    #[serde(default, borrow)]
    collected_dynamic_variables: Option<Raw<'a>>,
    #[serde(default, borrow)]
    custom_sip_headers: Option<Raw<'a>>,
    #[serde(default, borrow)]
    transcript: Option<Raw<'a>>,
    #[serde(default, borrow)]
    transcript_with_tool_calls: Option<Raw<'a>>,
    #[serde(default, borrow)]
    message_with_tool_calls: Option<Raw<'a>>,
}

impl<'a> Wire<'a> {
    fn channel(&self) -> Channel {
        match self.call_type.as_deref() {
            Some("web_call") => Channel::Web,
            None if self.call_id.is_none() && self.chat_id.is_some() => Channel::Chat,
            _ => Channel::Phone,
        }
    }

    fn direction(&self) -> Direction {
        match self.direction.as_deref() {
            Some("outbound") => Direction::Outbound,
            _ => Direction::Inbound,
        }
    }
}

impl<'a> From<Wire<'a>> for Call<'a> {
    fn from(wire: Wire<'a>) -> Self {
        let (channel, direction) = (wire.channel(), wire.direction());
        Self {
            id: wire.call_id.or(wire.chat_id).as_deref().and_then(CallId::parse),
            channel,
            agent_id: wire.agent_id,
            agent_version: wire.agent_version.or(wire.version),
            status: wire.call_status.or(wire.chat_status),
            direction,
            from: wire.from_number.map(PhoneNumber::new),
            to: wire.to_number.map(PhoneNumber::new),
            started: wire.start_timestamp.and_then(instant),
            ended: wire.end_timestamp.and_then(instant),
            transfer_ended: wire.transfer_end_timestamp.and_then(instant),
            duration_ms: wire.duration_ms.and_then(|ms| u64::try_from(ms).ok()),
            disconnection: wire.disconnection_reason.map(Disconnection::new),
            transfer: wire.transfer_destination.and_then(Destination::read),
            analysis: wire.call_analysis.or(wire.chat_analysis).map(Analysis::from),
            cost: wire.call_cost.or(wire.chat_cost).and_then(Cost::read),
            metadata: wire.metadata,
            variables: wire.retell_llm_dynamic_variables,
            collected: wire.collected_dynamic_variables,
            sip_headers: wire.custom_sip_headers,
            transcript: wire.transcript,
            turns: wire.transcript_with_tool_calls.or(wire.message_with_tool_calls),
        }
    }
}

/// Returns the moment of an epoch time in milliseconds, when it can be one of a call's.
pub(crate) fn instant(ms: i64) -> Option<Timestamp> {
    // Seconds or microseconds sent by mistake would be dates near 1970 or beyond 4000: not ours to guess.
    let plausible = 1_000_000_000_000..=64_000_000_000_000;
    plausible.contains(&ms).then(|| Timestamp::from_millisecond(ms).ok()).flatten()
}
