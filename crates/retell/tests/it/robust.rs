//! Whatever is sent, it is read or refused; nothing panics, and nothing is lost that was accepted.

use callflow_retell::{
    Error,
    answer::{Answer, MAX_CHARS, Outcome, Slot},
    depth,
    event::Event,
    function::{Command, Function, Identity, Request},
    inbound,
};
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json};

/// Any JSON value, in which the names of the contract are as likely as others.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "(call_started|anonymous|\\+4917139200[0-9]{2}|2026-11-2[0-9]|[0-9]{1,2}:[0-9]{2}|\\{\\{x\\}\\}|tool_call_invocation)"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((name(), inner), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known = [
        "event",
        "call",
        "chat",
        "args",
        "name",
        "call_id",
        "from_number",
        "to_number",
        "metadata",
        "transcript",
        "transcript_with_tool_calls",
        "call_analysis",
        "call_cost",
        "transfer_destination",
        "call_inbound",
        "chat_inbound",
        "custom_sip_headers",
        "diversion",
        "role",
        "tool_call_id",
        "arguments",
        "service",
        "date",
        "time",
        "slot_id",
        "start_timestamp",
        "event_timestamp",
        "agent_version",
        "number",
        "reject",
        "dynamic_variables",
        "agent_override",
    ];
    prop_oneof![4 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,8}"]
}

fn read_everything(body: &[u8]) {
    if let Ok(event) = Event::parse(body) {
        assert_eq!(event.body().as_bytes(), body);
        let _ = (event.dedup_key(), event.occurred(), event.wish(), format!("{event:?}"));
        if let Some(call) = &event.call {
            let _ = (call.transcript(), call.caller(), call.language(), call.variable("x"));
        }
    }
    if let Ok(request) = inbound::Request::parse(body) {
        let _ = (request.caller(), request.dialled(None), request.to_json(), format!("{request:?}"));
    }
    let _ = inbound::Answer::parse(body);
    for path in [None, Some("book_appointment")] {
        if let Ok(request) = Request::parse(body, path, Identity::default()) {
            let _ = (request.args.extra(), format!("{request:?}"));
            for function in Function::ALL {
                let _ = Command::of(function, &request.args);
            }
        }
    }
    let _ = depth::check(body);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(body in vec(any::<u8>(), 0..600)) {
        read_everything(&body);
    }

    #[test]
    fn arbitrary_text_is_read_or_refused(body in "[\\[\\]{}\",:\\\\a-z0-9.eE+\\-\u{e9}\n ]{0,300}") {
        read_everything(body.as_bytes());
    }

    #[test]
    fn arbitrary_json_is_read_or_refused(body in json_value()) {
        read_everything(body.to_string().as_bytes());
    }

    #[test]
    fn an_event_with_a_name_is_always_accepted(mut fields in vec((name(), json_value()), 0..8), event in "[a-z_]{1,40}") {
        fields.retain(|(name, _)| name != "event");
        let mut body: Map<String, Value> = fields.into_iter().collect();
        body.insert("event".into(), event.clone().into());
        let text = Value::Object(body).to_string();
        let parsed = Event::parse(text.as_bytes());
        let kind = parsed.map(|event| event.kind);
        prop_assert_eq!(kind.as_ref().map(|kind| kind.as_str()), Ok(event.as_str()));
    }

    #[test]
    fn arguments_of_any_shape_never_fail(args in json_value(), function in proptest::sample::select(Function::ALL.to_vec())) {
        let body = json!({"name": function.as_str(), "call": {"call_id": "call_1"}, "args": args}).to_string();
        let request = Request::parse(body.as_bytes(), None, Identity::default()).unwrap();
        let _ = request.command();
        let id = request.identity.call_id.unwrap();
        prop_assert_eq!(id.as_str(), "call_1");
    }

    #[test]
    fn the_scanner_and_the_parser_agree_on_depth(body in json_value()) {
        fn levels(value: &Value) -> usize {
            match value {
                Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
                Value::Object(fields) => 1 + fields.values().map(levels).max().unwrap_or(0),
                _ => 0,
            }
        }
        let room = depth::MAX - levels(&body);
        let wrapped = |by: usize| format!("{}{body}{}", "[".repeat(by), "]".repeat(by));
        prop_assert_eq!(depth::check(wrapped(room).as_bytes()), Ok(()));
        prop_assert_eq!(depth::check(wrapped(room + 1).as_bytes()), Err(Error::TooDeep { max: depth::MAX }));
    }

    #[test]
    fn no_answer_is_too_long(
        outcome in proptest::sample::select(Outcome::ALL.to_vec()),
        message in "\\PC{0,900}",
        texts in vec("(\\PC|\u{0}|\"|\\\\){0,400}", 0..6),
        slots in 0_usize..9,
    ) {
        let start: jiff::Zoned = "2026-11-26T15:30:00+01:00[Europe/Berlin]".parse().unwrap();
        let slot = |at: usize| Slot { spoken: texts.get(at).cloned(), staff: texts.first().cloned(), ..Slot::new("sl_0123456789abcdef", &start) };
        let mut answer = Answer::new(outcome, message).slots((0..slots).map(slot)).alternatives((0..slots).map(slot));
        for (name, text) in ["a", "b", "c", "d", "e"].into_iter().zip(&texts) {
            answer = answer.field(name, text.as_str());
        }
        let json = answer.to_json();
        prop_assert!(json.chars().count() < MAX_CHARS);
        let read: Value = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read["result"].as_str(), Some(outcome.as_str()));
    }
}

#[test]
fn a_body_of_brackets_is_refused_before_it_is_parsed() {
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        let body = open.repeat(1_000_000);
        assert_eq!(Event::parse(body.as_bytes()).unwrap_err(), Error::TooDeep { max: depth::MAX });
        assert_eq!(inbound::Request::parse(body.as_bytes()).unwrap_err(), Error::TooDeep { max: depth::MAX });
    }
}
