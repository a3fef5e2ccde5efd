//! One sample call, placed exactly as the voice platform would: ring, search, book, and the events afterwards.

mod check;
mod platform;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use jiff::{Timestamp, ToSpan as _, Zoned, civil::Weekday, tz::TimeZone};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::endpoints::Endpoints;
use platform::Platform;

/// The demo company that is called.
const COMPANY: &str = "haarwerk";
/// Its number.
const TO: &str = "+493023125100";
/// The agent that answers.
const AGENT: &str = "agent_d5a452934e80ebcca36f0c4656";
/// Who calls; a number reserved for films.
const FROM: &str = "+491713920017";

/// One step of the conversation, for the person who watches.
#[derive(Debug, Clone)]
pub struct Step {
    /// What happened.
    pub what: &'static str,
    /// What came of it.
    pub came: String,
    /// How long the answer took.
    pub took: Duration,
}

/// What the sample call led to.
#[derive(Debug, Clone)]
pub struct Report {
    /// The call.
    pub call_id: String,
    /// The appointment.
    pub appointment_id: String,
    /// How long the inbound answer took.
    pub inbound: Duration,
    /// How long the booking took.
    pub booking: Duration,
}

/// Places the call, telling each step, and checks that appointment, event and record are really there.
///
/// # Errors
/// Says which step went wrong and what was answered.
pub async fn place(endpoints: &Endpoints, mut tell: impl FnMut(&Step)) -> anyhow::Result<Report> {
    let company = endpoints.companies.get(COMPANY).context("the demo company is not there")?;
    let platform = Platform::new(company)?;
    let call_id = format!("call_{}", Uuid::new_v4().simple());
    let started = Timestamp::now();
    let ring = json!({
        "event": "call_inbound",
        "event_timestamp": started.as_millisecond(),
        "call_inbound": {
            "call_id": call_id, "agent_id": AGENT, "agent_version": 7,
            "from_number": FROM, "to_number": TO, "custom_sip_headers": {},
        },
    });
    let (answer, inbound) = platform.post(&company.inbound, &ring).await?;
    let connect = answer.get("call_inbound").context("the inbound answer has no call_inbound")?;
    let variables = connect.get("dynamic_variables").cloned().unwrap_or_default();
    let variable = |name: &str| variables.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let came =
        format!("{} ({}), language {}", variable("business_name"), variable("location_id"), variable("language"));
    tell(&Step { what: "ring", came, took: inbound });
    let asked = Instant::now();
    let came = check::why(endpoints, COMPANY, &call_id).await?;
    tell(&Step { what: "why", came, took: asked.elapsed() });
    ensure!(!variable("location_id").is_empty(), "the call reached no branch: {answer}");

    let mut call = json!({
        "call_type": "phone_call", "call_id": call_id, "agent_id": AGENT, "agent_version": 7, "call_status": "ongoing",
        "direction": "inbound", "from_number": FROM, "to_number": TO, "start_timestamp": started.as_millisecond(),
        "metadata": connect.get("metadata").cloned().unwrap_or_default(), "retell_llm_dynamic_variables": variables,
    });
    platform.event(&company.events, "call_started", &call).await?;

    let day = wanted_day()?;
    let arguments = json!({ "service": "Herrenhaarschnitt", "date": day.strftime("%Y-%m-%d").to_string(), "time_from": "10:00", "time_to": "18:00" });
    let (found, took) = platform.function(&company.functions, "check_availability", &mut call, &arguments).await?;
    tell(&Step { what: "check_availability", came: message(&found), took });
    let slot = found
        .pointer("/slots/0/slot_id")
        .and_then(Value::as_str)
        .with_context(|| format!("nothing was offered: {found}"))?;

    let arguments = json!({ "slot_id": slot, "service": "Herrenhaarschnitt", "customer_name": "Jörg Müßigbrodt" });
    let (booked, booking) = platform.function(&company.functions, "book_appointment", &mut call, &arguments).await?;
    tell(&Step { what: "book_appointment", came: message(&booked), took: booking });
    let appointment_id = booked.get("appointment_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if booked.get("result").and_then(Value::as_str) != Some("booked") || appointment_id.is_empty() {
        bail!("the slot was not booked: {booked}");
    }
    after(&platform, &company.events, &mut call, started).await?;
    let (record, took) = check::outcome(endpoints, COMPANY, &call_id, &appointment_id).await?;
    tell(&Step { what: "record", came: record, took });
    Ok(Report { call_id, appointment_id, inbound, booking })
}

/// Reports the end of the call and its analysis.
async fn after(platform: &Platform, url: &str, call: &mut Value, started: Timestamp) -> anyhow::Result<()> {
    let ended = Timestamp::now();
    let length = ended.as_millisecond() - started.as_millisecond();
    let fields = call.as_object_mut().context("the call is an object")?;
    fields.insert("call_status".into(), json!("ended"));
    fields.insert("end_timestamp".into(), json!(ended.as_millisecond()));
    fields.insert("duration_ms".into(), json!(length));
    fields.insert("disconnection_reason".into(), json!("user_hangup"));
    fields.insert("transcript".into(), json!("Agent: Haarwerk, guten Tag.\nUser: Einen Herrenhaarschnitt bitte.\n"));
    platform.event(url, "call_ended", call).await?;
    let analysis = json!({
        "call_summary": "Ein Herrenhaarschnitt wurde gebucht.", "user_sentiment": "Positive", "call_successful": true, "in_voicemail": false,
        "custom_analysis_data": { "intent": "book", "appointment_booked": true, "service": "Herrenhaarschnitt" },
    });
    let fields = call.as_object_mut().context("the call is an object")?;
    fields.insert("call_analysis".into(), analysis);
    fields.insert("call_cost".into(), json!({ "combined_cost": 5.92, "total_duration_seconds": length / 1000 }));
    platform.event(url, "call_analyzed", call).await
}

/// Returns the first Wednesday at least three days ahead: every salon is open then, unless it is a holiday.
fn wanted_day() -> anyhow::Result<Zoned> {
    let zone = TimeZone::get("Europe/Berlin").context("finding the zone")?;
    let from = Timestamp::now().to_zoned(zone).checked_add(2.days())?;
    Ok(from.nth_weekday(1, Weekday::Wednesday)?)
}

fn message(answer: &Value) -> String {
    answer.get("message").and_then(Value::as_str).map_or_else(|| answer.to_string(), str::to_owned)
}
