//! `callflowctl calls list|show`.

use std::process::ExitCode;

use callflow_contract::resolver::v1::{CallRecord, GetCallRequest, ListCallsRequest};
use serde::Serialize;
use serde_json::Value;

use crate::{
    cli::{Calls, Format},
    connect::Fleet,
    failure::Failure,
    output::{self, DIM, HEAD, styled},
    view::time,
};

#[derive(Serialize)]
struct Call {
    call_id: String,
    phase: String,
    branch: String,
    language: String,
    started_at: String,
    ended_at: String,
    duration_ms: u64,
    disconnection_reason: String,
    cost_cents: f64,
    sentiment: String,
    successful: Option<bool>,
    summary: String,
    complete: bool,
    transfers: Vec<String>,
    resolution: Value,
}

#[derive(Serialize)]
struct Timeline {
    #[serde(flatten)]
    call: Call,
    timeline: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    occurred_at: String,
    event: String,
    note: String,
}

/// Lists calls, or shows one.
pub(crate) async fn calls(fleet: &Fleet, format: Format, command: Calls) -> Result<ExitCode, Failure> {
    match command {
        Calls::List { phase, limit } => list(fleet, format, phase, limit).await,
        Calls::Show { call } => show(fleet, format, call).await,
    }
}

fn read(record: CallRecord) -> Result<Call, Failure> {
    Ok(Call {
        started_at: time(record.started_at.as_ref(), "UTC")?,
        ended_at: time(record.ended_at.as_ref(), "UTC")?,
        resolution: serde_json::from_str(&record.resolution_json).unwrap_or(Value::Null),
        call_id: record.call_id,
        phase: record.phase,
        branch: record.branch_slug,
        language: record.language,
        duration_ms: record.duration_ms,
        disconnection_reason: record.disconnection_reason,
        cost_cents: record.cost_cents,
        sentiment: record.sentiment,
        successful: record.successful,
        summary: record.summary,
        complete: record.complete,
        transfers: record.transfers,
    })
}

async fn list(fleet: &Fleet, format: Format, phase: String, limit: u32) -> Result<ExitCode, Failure> {
    let request = ListCallsRequest { company: fleet.company()?, limit, phase, before: None };
    let answer = fleet.resolver().await?.list_calls(request).await?.into_inner();
    let view: Vec<Call> = answer.calls.into_iter().map(read).collect::<Result<_, _>>()?;
    output::print(format, &view, |view| {
        let row = |call: &Call| {
            [
                call.call_id.clone(),
                call.phase.clone(),
                call.branch.clone(),
                call.language.clone(),
                call.started_at.clone(),
                seconds(call.duration_ms),
                call.disconnection_reason.clone(),
            ]
        };
        let heading = ["call", "phase", "branch", "language", "started", "length", "ended by"];
        output::table(heading, &view.iter().map(row).collect::<Vec<_>>());
    })?;
    Ok(ExitCode::SUCCESS)
}

fn seconds(duration_ms: u64) -> String {
    if duration_ms == 0 { String::new() } else { format!("{} s", duration_ms.div_ceil(1000)) }
}

async fn show(fleet: &Fleet, format: Format, call_id: String) -> Result<ExitCode, Failure> {
    let request = GetCallRequest { company: fleet.company()?, call_id };
    let answer = fleet.resolver().await?.get_call(request).await?.into_inner();
    let record = answer.call.ok_or_else(|| Failure::Refused("the answer names no call".into()))?;
    let mut timeline = Vec::new();
    for entry in answer.timeline {
        timeline.push(Entry {
            occurred_at: time(entry.occurred_at.as_ref(), "UTC")?,
            event: entry.event,
            note: entry.note,
        });
    }
    output::print(format, &Timeline { call: read(record)?, timeline }, human)?;
    Ok(ExitCode::SUCCESS)
}

fn human(view: &Timeline) {
    let call = &view.call;
    let line = |name: &str, value: &str| {
        if !value.is_empty() {
            anstream::println!("{}  {value}", styled(HEAD, &format!("{name:<10}")));
        }
    };
    line("call", &call.call_id);
    line("phase", &format!("{}{}", call.phase, if call.complete { ", complete" } else { "" }));
    line("branch", &call.branch);
    line("language", &call.language);
    line("started", &call.started_at);
    line("ended", &call.ended_at);
    line("length", &seconds(call.duration_ms));
    line("ended by", &call.disconnection_reason);
    line("cost", &format!("{:.2} cents", call.cost_cents));
    line("sentiment", &call.sentiment);
    line("summary", &call.summary);
    line("transfers", &call.transfers.join(", "));
    line("decided", &decided(&call.resolution));
    ladder(&call.resolution);
    anstream::println!();
    for entry in &view.timeline {
        anstream::println!("{}  {:<20} {}", entry.occurred_at, entry.event, styled(DIM, &entry.note));
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Returns how the branch was decided, in one line; empty when nothing was kept.
fn decided(resolution: &Value) -> String {
    if resolution.is_null() {
        return String::new();
    }
    let confidence = resolution["confidence"].as_f64().unwrap_or_default();
    format!("{} by {}, confidence {confidence:.1}", text(resolution, "outcome"), text(resolution, "method"))
}

/// Prints every signal that was looked at when the phone rang.
fn ladder(resolution: &Value) {
    let signals = resolution["signals"].as_array().map(Vec::as_slice).unwrap_or_default();
    for signal in signals {
        let confidence = signal["confidence"].as_f64().unwrap_or_default();
        let (method, verdict) = (text(signal, "method"), text(signal, "verdict"));
        anstream::println!(
            "{:<12}{method:<13} {confidence:.1}  {verdict:<10} {}",
            "",
            styled(DIM, text(signal, "reason"))
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_is_told_in_one_line() {
        let kept = serde_json::json!({"outcome": "fallback", "method": "number", "confidence": 0.9});
        assert_eq!(decided(&kept), "fallback by number, confidence 0.9");
        assert_eq!(decided(&Value::Null), "");
    }
}
