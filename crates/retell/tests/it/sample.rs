//! Every recorded sample is accepted, read as its own fields say, and kept whole.
//!
//! The samples live beside the repository; without them these tests say so and pass, because
//! `contract.rs` has the same cases.

use std::{fs, path::PathBuf};

use callflow_retell::{
    answer::{Outcome, Slot},
    event::Event,
    function::{Command, Function, Identity, Request, Said},
    inbound,
    tools::{Address, definitions},
};
use serde_json::Value;

/// Returns the recorded samples whose names begin with one of the prefixes.
pub(crate) fn samples(prefixes: &[&str]) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/retell/samples");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: no recorded samples beside the repository");
        return Vec::new();
    };
    let mut found: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no sample is called {prefixes:?}");
    found
}

fn value(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[test]
fn inbound_questions_are_read_and_round_trip() {
    for (name, body) in samples(&["01", "02", "03", "04", "09"]) {
        let (request, sent) = (inbound::Request::parse(&body).unwrap(), value(&body));
        let inner = &sent[request.medium.key()];
        assert_eq!(request.to_json(), sent, "{name}");
        assert_eq!(request.to.as_ref().map(|number| number.expose()), inner["to_number"].as_str(), "{name}");
        assert_eq!(request.agent_id.as_deref(), inner["agent_id"].as_str(), "{name}");
        let id = inner["call_id"].as_str().or_else(|| inner["chat_id"].as_str());
        assert_eq!(request.call_id.as_ref().map(|id| id.as_str()), id, "{name}");
        let dialled = request.dialled(None);
        assert_eq!(dialled.last().map(|number| number.expose()), inner["to_number"].as_str(), "{name}");
        let diverted = inner["custom_sip_headers"]["diversion"].is_string();
        assert_eq!(dialled.len(), 1 + usize::from(diverted), "{name}");
    }
}

#[test]
fn inbound_answers_round_trip() {
    for (name, body) in samples(&["05", "06", "07", "08", "10"]) {
        let (medium, answer) = inbound::Answer::parse(&body).unwrap();
        assert_eq!(answer.to_json(medium), value(&body), "{name}");
    }
}

#[test]
fn events_are_read_and_kept_byte_for_byte() {
    for (name, body) in samples(&["2", "30", "31", "32", "33"]) {
        let (event, sent) = (Event::parse(&body).unwrap(), value(&body));
        let inner = sent.get("call").or_else(|| sent.get("chat")).unwrap();
        assert_eq!(event.body().as_bytes(), body, "{name}");
        assert_eq!(Some(event.kind.as_str()), sent["event"].as_str(), "{name}");
        let call = event.call.as_ref().unwrap();
        let id = inner["call_id"].as_str().or_else(|| inner["chat_id"].as_str());
        assert_eq!(call.id.as_ref().map(|id| id.as_str()), id, "{name}");
        assert_eq!(call.from.as_ref().map(|number| number.expose()), inner["from_number"].as_str(), "{name}");
        assert_eq!(call.started.map(|time| time.as_millisecond()), inner["start_timestamp"].as_i64(), "{name}");
        assert_eq!(call.ended.map(|time| time.as_millisecond()), inner["end_timestamp"].as_i64(), "{name}");
        assert_eq!(
            call.disconnection.as_ref().map(|reason| reason.as_str()),
            inner["disconnection_reason"].as_str(),
            "{name}"
        );
        let transcript = inner["transcript"].as_str().filter(|text| !text.is_empty());
        assert_eq!(call.transcript().as_ref().map(|text| text.expose()), transcript, "{name}");
        assert_eq!(call.cost.map(|cost| cost.cents), inner["call_cost"]["combined_cost"].as_f64(), "{name}");
        assert_eq!(call.metadata.map(|raw| raw.decode::<Value>().unwrap()), inner.get("metadata").cloned(), "{name}");
        assert_eq!(event.dedup_key().is_none(), event.kind.as_str() == "transcript_updated", "{name}");
    }
}

#[test]
fn function_requests_are_read_with_their_tool_call() {
    for (name, body) in samples(&["40-", "41-", "42-", "43-", "44-", "45-", "46-", "48-"]) {
        if !name.ends_with("request.json") {
            continue;
        }
        let (request, sent) = (Request::parse(&body, None, Identity::default()).unwrap(), value(&body));
        let pending = sent["call"]["transcript_with_tool_calls"].as_array().unwrap().last().unwrap();
        assert_eq!(Some(request.function.as_str()), sent["name"].as_str(), "{name}");
        assert_eq!(request.tool_call_id.as_deref(), pending["tool_call_id"].as_str(), "{name}");
        assert_eq!(Some(request.args.fields()), sent["args"].as_object(), "{name}");
        assert_eq!(request.identity.call_id.as_ref().map(|id| id.as_str()), sent["call"]["call_id"].as_str(), "{name}");
        assert_eq!(
            request.identity.caller.as_ref().map(|number| number.expose()),
            sent["call"]["from_number"].as_str(),
            "{name}"
        );
        let language = sent["call"]["retell_llm_dynamic_variables"]["language"].as_str();
        assert_eq!(request.identity.language.as_deref(), language, "{name}");
    }
}

#[test]
fn bare_arguments_are_read_with_the_name_of_the_path() {
    for (name, body) in samples(&["47"]) {
        let request = Request::parse(&body, Some("check_availability"), Identity::default()).unwrap();
        let Command::CheckAvailability(asked) = request.command() else { panic!("{name}") };
        assert_eq!((request.call.is_none(), asked.services.len()), (true, 1), "{name}");
        assert!(matches!(asked.wish.time_to, Some(Said::Exact(_))), "{name}");
    }
}

#[test]
fn answers_use_codes_and_slots_we_have() {
    for (name, body) in samples(&["4"]) {
        let sent = value(&body);
        let Some(code) = sent["result"].as_str() else { continue };
        let outcome = Outcome::parse(code).unwrap_or_else(|| panic!("{name}: no outcome {code}"));
        assert_eq!(Some(outcome.is_ok()), sent["ok"].as_bool(), "{name}");
        for slot in ["slots", "alternatives"].iter().filter_map(|list| sent[list].as_array()).flatten() {
            let read: Slot = serde_json::from_value(slot.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), *slot, "{name}");
        }
    }
}

#[test]
fn sampled_arguments_fit_the_tools_we_define() {
    let tools = definitions(&Address::new("https://calls.example.com", "haarwerk"));
    for (name, body) in samples(&["40-", "41-", "42-", "45-", "46-"]) {
        let sent = value(&body);
        let Some(function) = sent["name"].as_str().and_then(Function::parse) else { continue };
        let tool = tools.iter().find(|tool| tool["name"] == function.as_str()).unwrap();
        for argument in sent["args"].as_object().unwrap().keys() {
            assert!(tool["parameters"]["properties"].get(argument).is_some(), "{name}: {argument}");
        }
    }
}
