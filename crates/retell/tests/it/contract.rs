//! Requests of our own for every case of the recorded ones, so that the crate is tested without them.

use callflow_domain::{masked::PhoneNumber, phone::Caller};
use callflow_retell::{
    call::{Channel, Ending},
    event::{Event, Kind},
    function::{Command, Function, Identity, Request, Said},
    inbound,
};
use serde_json::json;

/// A finished call with everything callflow reads of one.
const ANALYZED: &str = r#"{
  "event": "call_analyzed",
  "call": {
    "call_type": "phone_call", "call_id": "call_own_1", "agent_id": "agent_1", "agent_version": 7,
    "agent_name": "Empfang", "call_status": "registered", "direction": "inbound",
    "from_number": "+491713920099", "to_number": "+493023125100",
    "metadata": { "tenant_id": "haarwerk", "location_id": "berlin-mitte" },
    "retell_llm_dynamic_variables": { "language": "de-DE", "today": "2026-11-24" },
    "collected_dynamic_variables": { "appointment_id": "apt_1" },
    "start_timestamp": 1795507954200, "end_timestamp": 1795507985089, "duration_ms": 30889,
    "disconnection_reason": "user_hangup",
    "transcript": "Agent: Guten Tag.\nUser: Jörg hier.\n",
    "transcript_object": [ { "role": "user", "content": "Jörg hier.", "words": [ { "word": "Jörg", "start": 0.6, "end": 0.9 } ] } ],
    "latency": { "e2e": { "p50": 1120.5, "values": [ 812, 934 ] } },
    "call_cost": { "combined_cost": 5.9214, "total_duration_seconds": 31, "product_costs": [ { "product": "x", "cost": 1 } ] },
    "call_analysis": {
      "call_summary": "Jörg buchte.", "user_sentiment": "Positive", "call_successful": true, "in_voicemail": false,
      "custom_analysis_data": { "intent": "book", "appointment_booked": true }
    },
    "field_of_tomorrow": { "deep": [ [ [ null ] ] ] }
  }
}"#;

#[test]
fn a_finished_call_is_read_and_kept_byte_for_byte() {
    let event = Event::parse(ANALYZED.as_bytes()).unwrap();
    assert_eq!((event.body(), &event.kind), (ANALYZED, &Kind::CallAnalyzed));
    let call = event.call.as_ref().unwrap();
    assert_eq!((call.channel, call.duration_ms), (Channel::Phone, Some(30_889)));
    assert_eq!(call.disconnection.as_ref().unwrap().ending(), Ending::HungUp);
    assert_eq!(call.transcript().unwrap().expose(), "Agent: Guten Tag.\nUser: Jörg hier.\n");
    assert_eq!(call.metadata_entry("location_id").as_deref(), Some("berlin-mitte"));
    assert_eq!(call.variable("appointment_id").as_deref(), Some("apt_1"));
    assert!((call.cost.unwrap().cents - 5.9214).abs() < 1e-9);
    let analysis = call.analysis.as_ref().unwrap();
    assert_eq!((analysis.successful, analysis.findings()["appointment_booked"].as_bool()), (Some(true), Some(true)));
    assert_eq!(analysis.summary().unwrap().expose(), "Jörg buchte.");
    assert_eq!(event.dedup_key().as_deref(), Some("call_analyzed/call_own_1"));
}

#[test]
fn a_transfer_is_read_in_both_shapes() {
    let started = json!({"event":"transfer_started","call":{"call_id":"call_1"},
        "transfer_destination":{"number":"+492214710299","extension":"12"},"transfer_option":{"type":"warm_transfer"}});
    let text = started.to_string();
    let event = Event::parse(text.as_bytes()).unwrap();
    assert_eq!(event.destination().unwrap().extension.as_ref().map(PhoneNumber::expose), Some("12"));
    assert_eq!(event.transfer_option.unwrap().entry("type").as_deref(), Some("warm_transfer"));
    let ended =
        json!({"event":"transfer_ended","call":{"call_id":"call_1","transfer_destination":"sip:a@b;transport=tls"}});
    let text = ended.to_string();
    let event = Event::parse(text.as_bytes()).unwrap();
    assert_eq!(event.destination().unwrap().target.expose(), "sip:a@b;transport=tls");
}

#[test]
fn a_web_call_has_no_numbers_and_its_token_is_not_printed() {
    let text =
        json!({"event":"call_ended","call":{"call_type":"web_call","access_token":"eyJ.secret","call_id":"call_1"}})
            .to_string();
    let event = Event::parse(text.as_bytes()).unwrap();
    let call = event.call.as_ref().unwrap();
    assert_eq!((call.channel, call.caller()), (Channel::Web, Caller::Withheld));
    assert!(!format!("{event:?}").contains("secret"));
}

#[test]
fn a_wish_outside_a_live_answer_has_the_form_of_a_function() {
    let text = json!({"event":"appointment_requested","call":{"call_id":"call_1"},
        "appointment":{"service":"Färben","date":"2026-11-26","time":"halb vier"}})
    .to_string();
    let event = Event::parse(text.as_bytes()).unwrap();
    let Command::BookAppointment(wish) = Command::of(Function::BookAppointment, &event.wish().unwrap()) else {
        panic!()
    };
    assert!(matches!((wish.wish.date, wish.wish.time), (Some(Said::Exact(_)), Some(Said::Words(_)))));
}

#[test]
fn a_question_is_kept_as_it_was_asked() {
    let asked = json!({"event":"call_inbound","event_timestamp":1_795_507_950_000_i64,"call_inbound":{"call_id":"call_1",
        "agent_id":"agent_1","agent_version":7,"from_number":"anonymous","to_number":"+493023125100",
        "custom_sip_headers":{"x-tenant":"haarwerk"},"later":[1]},"later":{}});
    let request = inbound::Request::parse(asked.to_string().as_bytes()).unwrap();
    assert_eq!((request.to_json(), request.caller()), (asked, Caller::Withheld));
}

#[test]
fn junk_arguments_of_a_model_are_read_as_far_as_they_mean_something() {
    let body = json!({"name":"check_availability","call":{"call_id":"call_1","from_number":"+491713920099"},
        "args":{"service":"Dauerwelle","date":"2023-06-13","time":"halb vier","call_id":"call_001","people":"zwei",
                "execution_message":"Einen Moment bitte"}})
    .to_string();
    let request = Request::parse(body.as_bytes(), None, Identity::default()).unwrap();
    assert_eq!(request.identity.call_id.as_ref().unwrap().as_str(), "call_1");
    let Command::CheckAvailability(asked) = request.command() else { panic!() };
    assert!(matches!(asked.wish.date, Some(Said::Exact(_))) && matches!(asked.people, Some(Said::Words(_))));
    assert!(request.args.extra().is_empty());
}
