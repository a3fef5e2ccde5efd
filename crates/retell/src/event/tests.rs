//! What is typed of an event, and when two are the same.

use super::*;

fn event(json: &str) -> Event<'_> {
    Event::parse(json.as_bytes()).unwrap()
}

fn key(json: &str) -> Option<String> {
    event(json).dedup_key()
}

#[test]
fn an_unknown_event_is_kept_whole() {
    let json = r#"{"event":"call_future_thing","call":{"call_id":"call_1","brand_new":{"a":[1,null]}},"more":[]}"#;
    let event = event(json);
    assert_eq!((event.kind.label(), event.body()), ("other", json));
    assert_eq!(event.call_id().unwrap().as_str(), "call_1");
}

#[test]
fn an_event_without_a_call_is_still_an_event() {
    for json in [r#"{"event":"x"}"#, r#"{"event":"call_ended","call":null}"#, r#"{"event":"call_ended","call":[1]}"#] {
        assert!(event(json).call.is_none(), "{json}");
        assert!(event(json).dedup_key().is_some(), "{json}");
    }
}

#[test]
fn only_bodies_without_an_event_are_refused() {
    for (json, expected) in [
        ("{}", Error::Missing { field: "event" }),
        (r#"{"event":""}"#, Error::Missing { field: "event" }),
        (r#"{"event":["call_ended"]}"#, Error::Missing { field: "event" }),
        ("[]", Error::Shape { line: 1, column: 1 }),
        ("[\"call_ended\"]", Error::Shape { line: 1, column: 1 }),
        ("\"x\"", Error::Shape { line: 1, column: 1 }),
        (r#"{"event":"x","event":"y"}"#, Error::Shape { line: 1, column: 20 }),
        ("{\"event\":\"x\"} x", Error::Syntax { line: 1, column: 15 }),
        ("{\"event\":\"x\"", Error::Syntax { line: 1, column: 12 }),
        ("", Error::Syntax { line: 1, column: 0 }),
    ] {
        assert_eq!(Event::parse(json.as_bytes()).unwrap_err(), expected, "{json}");
    }
    assert_eq!(Event::parse(b"{\"event\":\"\xff\"}").unwrap_err(), Error::NotUtf8);
}

#[test]
fn life_events_repeat_by_name_and_call() {
    let first = key(r#"{"event":"call_ended","call":{"call_id":"call_1","duration_ms":1}}"#);
    let again = key(r#"{"event":"call_ended","call":{"call_id":"call_1","duration_ms":2}}"#);
    assert_eq!((first.as_deref(), &first), (Some("call_ended/call_1"), &again));
    assert_ne!(first, key(r#"{"event":"call_started","call":{"call_id":"call_1"}}"#));
    assert_eq!(key(r#"{"event":"chat_ended","chat":{"chat_id":"chat_1"}}"#).as_deref(), Some("chat_ended/chat_1"));
}

#[test]
fn two_transfers_of_one_call_are_two_and_name_nobody() {
    let to = |number: &str| {
        format!(
            r#"{{"event":"transfer_started","call":{{"call_id":"call_1","start_timestamp":1795514596000}},
                "transfer_destination":{{"number":"{number}","extension":"12"}}}}"#
        )
    };
    let (one, two) = (to("+492214710299"), to("+492214710300"));
    assert_eq!(key(&one), key(&one));
    assert_ne!(key(&one), key(&two));
    let shown = key(&one).unwrap();
    assert!(shown.starts_with("transfer_started/call_1/1795514596000/") && !shown.contains("4710299"), "{shown}");
}

#[test]
fn transcripts_are_never_repeats() {
    assert_eq!(key(r#"{"event":"transcript_updated","call":{"call_id":"call_1"}}"#), None);
    assert_eq!(key(r#"{"event":"transcript_updated"}"#), None);
}

#[test]
fn events_without_advice_repeat_by_their_body() {
    let body = r#"{"event":"appointment_requested","call":{"call_id":"call_1"},"appointment":{"service":"Färben"}}"#;
    assert_eq!(key(body), key(body));
    assert_ne!(key(body), key(&body.replace("Färben", "Schneiden")));
}

#[test]
fn the_time_of_an_event_is_found_where_it_is_written() {
    let ended = event(r#"{"event":"call_ended","call":{"end_timestamp":1795507985089}}"#);
    assert_eq!(ended.occurred().unwrap().as_millisecond(), 1_795_507_985_089);
    let stamped =
        event(r#"{"event":"call_ended","event_timestamp":"1795507985090","call":{"end_timestamp":1795507985089}}"#);
    assert_eq!(stamped.occurred().unwrap().as_millisecond(), 1_795_507_985_090);
}

#[test]
fn keys_stay_short_whatever_is_sent() {
    let body = format!(r#"{{"event":"{}","call":{{"call_id":"{}"}}}}"#, "e".repeat(500), "c".repeat(128));
    assert!(key(&body).unwrap().len() < 256);
}
