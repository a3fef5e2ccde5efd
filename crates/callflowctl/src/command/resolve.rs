//! `callflowctl resolve`: the ladder of signals, with reasons.

use std::{collections::HashMap, process::ExitCode};

use callflow_contract::{
    convert::to_wire_time,
    resolver::v1::{ResolveCallRequest, ResolveCallResponse, caller, resolve_call_response::Outcome},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    cli::{Format, Resolve},
    connect::Fleet,
    failure::Failure,
    output::{self, BAD, DIM, GOOD, HEAD, styled},
};

#[derive(Serialize)]
struct View {
    outcome: &'static str,
    branch: Option<String>,
    branch_name: Option<String>,
    method: String,
    confidence: f64,
    language: String,
    language_reason: String,
    caller: &'static str,
    customers: usize,
    signals: Vec<Signal>,
    staff: Vec<String>,
    staff_note: String,
}

#[derive(Serialize)]
struct Signal {
    name: String,
    confidence: f64,
    matched: bool,
    branch: String,
    reason: String,
}

/// Asks the resolver and prints its ladder. Exit code 1 when nothing was resolved.
pub(crate) async fn resolve(fleet: &Fleet, format: Format, args: Resolve) -> Result<ExitCode, Failure> {
    let request = ResolveCallRequest {
        company: fleet.company()?,
        from_number: args.from,
        to_number: args.to,
        agent_id: args.agent,
        sip_headers: headers(&args.headers)?,
        metadata_json: args.metadata,
        detected_language: args.language,
        at: Some(to_wire_time(Timestamp::now())),
        ..ResolveCallRequest::default()
    };
    let answer = fleet.resolver().await?.resolve_call(request).await?.into_inner();
    let unresolved = answer.outcome() == Outcome::Unresolved;
    output::print(format, &view(answer), human)?;
    Ok(if unresolved { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn headers(given: &[String]) -> Result<HashMap<String, String>, Failure> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=')?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    };
    let parsed: Option<HashMap<_, _>> = given.iter().map(pair).collect();
    parsed.ok_or_else(|| Failure::Usage("--header takes NAME=VALUE".into()))
}

fn view(answer: ResolveCallResponse) -> View {
    let outcome = match answer.outcome() {
        Outcome::Resolved => "resolved",
        Outcome::Fallback => "fallback",
        Outcome::Default => "default",
        Outcome::Unresolved | Outcome::Unspecified => "unresolved",
    };
    let caller = answer.caller.as_ref().map_or("unknown", |caller| match caller.kind() {
        caller::Kind::Known => "known",
        caller::Kind::New => "new",
        caller::Kind::Ambiguous => "ambiguous",
        caller::Kind::Withheld => "withheld",
        caller::Kind::Invalid => "invalid",
        caller::Kind::Unspecified => "unknown",
    });
    let signal = |signal: callflow_contract::resolver::v1::Signal| Signal {
        name: signal.name,
        confidence: signal.confidence,
        matched: signal.matched,
        branch: signal.branch_slug,
        reason: signal.reason,
    };
    View {
        outcome,
        branch: answer.branch.as_ref().map(|branch| branch.slug.clone()),
        branch_name: answer.branch.map(|branch| branch.name),
        method: answer.method,
        confidence: answer.confidence,
        language: answer.language,
        language_reason: answer.language_reason,
        caller,
        customers: answer.caller.map_or(0, |caller| caller.customers.len()),
        signals: answer.signals.into_iter().map(signal).collect(),
        staff: answer.staff.into_iter().map(|staff| staff.name).collect(),
        staff_note: answer.staff_note,
    }
}

fn human(view: &View) {
    let (style, place) = match &view.branch_name {
        Some(name) => (GOOD, format!("{name} ({})", view.branch.as_deref().unwrap_or_default())),
        None => (BAD, "no branch".to_owned()),
    };
    anstream::println!("{}  {}", styled(HEAD, "branch   "), styled(style, &place));
    anstream::println!(
        "{}  {} by {}, confidence {:.1}",
        styled(HEAD, "decided  "),
        view.outcome,
        view.method,
        view.confidence
    );
    anstream::println!("{}  {} ({})", styled(HEAD, "language "), view.language, view.language_reason);
    anstream::println!("{}  {}, {} on record", styled(HEAD, "caller   "), view.caller, view.customers);
    anstream::println!("{}  {}", styled(HEAD, "staff    "), view.staff.join(", "));
    if !view.staff_note.is_empty() {
        anstream::println!("{}  {}", " ".repeat(9), styled(DIM, &view.staff_note));
    }
    anstream::println!();
    let row = |signal: &Signal| {
        let mark = if signal.matched { "✓" } else { "·" };
        [
            mark.to_owned(),
            signal.name.clone(),
            format!("{:.1}", signal.confidence),
            signal.branch.clone(),
            signal.reason.clone(),
        ]
    };
    output::table(["", "signal", "confidence", "branch", "reason"], &view.signals.iter().map(row).collect::<Vec<_>>());
}
