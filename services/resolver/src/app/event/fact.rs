//! What an event of the platform says: as a fact for the record, and as a note for people.

use callflow_domain::{
    call_state::{Analysis, CallFact, Cost, Direction, Event as CallEventName, Medium},
    language::Language,
};
use callflow_retell::{
    call::{Call, Channel, Direction as WireDirection},
    event::Event,
};

/// Longest note kept, in bytes; parts of it are the platform's own words.
const NOTE_BYTES: usize = 200;

/// Returns what people want to know of an event in a time line, without personal data.
pub(super) fn note(event: &Event<'_>) -> String {
    let Some(call) = &event.call else { return String::new() };
    let name = CallEventName::of(event.kind.as_str());
    let mut parts: Vec<String> = Vec::new();
    match name {
        CallEventName::Started => parts.extend(call.agent_id.as_ref().map(|agent| format!("answered by {agent}"))),
        CallEventName::Ended => {
            parts.extend(call.duration_ms.map(|ms| format!("after {} s", ms.div_ceil(1_000))));
            parts.extend(call.disconnection.as_ref().map(|reason| reason.as_str().to_owned()));
        }
        CallEventName::Analyzed => {
            parts.extend(call.analysis.as_ref().and_then(|found| found.sentiment.as_ref()).map(ToString::to_string));
            let successful = call.analysis.as_ref().and_then(|found| found.successful);
            parts.extend(successful.map(|yes| if yes { "successful" } else { "not successful" }.to_owned()));
            parts.extend(call.cost.map(|cost| format!("{:.2} cents", cost.cents)));
        }
        _ => parts.extend(event.destination().map(|to| {
            let sip = to.target.expose().starts_with("sip");
            if sip { "to a SIP address" } else { "to a phone number" }.to_owned()
        })),
    }
    let mut note = parts.join(", ");
    note.truncate(note.floor_char_boundary(NOTE_BYTES));
    note
}

/// Returns what an event says, in the form records are made of.
pub(super) fn of(event: &Event<'_>) -> CallFact {
    let empty = CallFact { at: event.occurred(), ..CallFact::new(CallEventName::of(event.kind.as_str())) };
    let Some(call) = &event.call else { return empty };
    CallFact {
        medium: Some(medium(call.channel)),
        direction: Some(match call.direction {
            WireDirection::Inbound => Direction::Inbound,
            WireDirection::Outbound => Direction::Outbound,
        }),
        from: call.customer_number().map(|_| call.caller()),
        to: call.company_number().cloned(),
        agent: call.agent_id.as_ref().map(|agent| agent.to_string()),
        language: call.language().as_deref().and_then(Language::read),
        started_at: call.started,
        ended_at: call.ended,
        duration_ms: call.duration_ms,
        disconnection_reason: call.disconnection.as_ref().map(|reason| reason.as_str().to_owned()),
        cost: call.cost.and_then(|cost| Cost::from_cents(cost.cents)),
        transcript: call.transcript(),
        transfer_destination: event.destination().map(|destination| destination.target.clone()),
        analysis: analysis(call),
        ..empty
    }
}

const fn medium(channel: Channel) -> Medium {
    match channel {
        Channel::Chat => Medium::Chat,
        Channel::Web => Medium::Web,
        Channel::Phone => Medium::Phone,
    }
}

fn analysis(call: &Call<'_>) -> Option<Analysis> {
    let found = call.analysis.as_ref()?;
    let custom = found.findings();
    Some(Analysis {
        summary: found.summary(),
        sentiment: found.sentiment.as_ref().map(|sentiment| sentiment.to_string()),
        successful: found.successful,
        voicemail: found.in_voicemail,
        custom: (!custom.is_empty())
            .then(|| callflow_domain::masked::PersonalText::new(serde_json::Value::Object(custom).to_string())),
    })
}
