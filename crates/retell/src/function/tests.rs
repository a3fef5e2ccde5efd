//! The shapes a function request can have, and what none of them can do.

use callflow_domain::masked::PersonalText;
use serde_json::json;

use super::*;

fn headers(call_id: &str) -> Identity {
    let owned = call_id.to_owned();
    Identity::from_headers(|name| match name {
        header::CALL_ID => Some(owned.as_str()),
        header::CALLER => Some("+491713920017"),
        header::LANGUAGE => Some("{{language}}"),
        _ => None,
    })
}

fn full() -> Value {
    json!({
        "name": "check_availability",
        "call": {
            "call_id": "call_1", "from_number": "+491713920017", "to_number": "+493023125100", "agent_id": "agent_1",
            "retell_llm_dynamic_variables": {"language": "de-DE"},
            "transcript_with_tool_calls": [
                {"role": "tool_call_invocation", "tool_call_id": "tc_1", "name": "check_availability", "arguments": "{}"}
            ]
        },
        "args": {"service": "Schnitt", "call_id": "call_999", "from_number": "+4915100000000", "tenant_id": "other"}
    })
}

#[test]
fn a_full_request_says_who_is_calling_and_its_arguments_do_not() {
    let body = full().to_string();
    let request = Request::parse(body.as_bytes(), None, Identity::default()).unwrap();
    assert_eq!(request.function, Function::CheckAvailability);
    assert_eq!(request.identity.call_id.unwrap().as_str(), "call_1");
    assert_eq!(request.identity.caller.unwrap().expose(), "+491713920017");
    assert_eq!((request.identity.language.as_deref(), request.tool_call_id.as_deref()), (Some("de-DE"), Some("tc_1")));
    assert!(request.args.extra().is_empty());
}

#[test]
fn a_chat_takes_the_place_of_a_call() {
    let body = json!({"name":"get_customer","chat":{"chat_id":"chat_1"},"args":{}}).to_string();
    let request = Request::parse(body.as_bytes(), None, Identity::default()).unwrap();
    assert_eq!(request.identity.call_id.unwrap().as_str(), "chat_1");
}

#[test]
fn bare_arguments_take_identity_from_headers_and_the_name_from_the_path() {
    let body = json!({"service":"Schnitt","name":"Jörg","call":"morgen","args":null}).to_string();
    let request = Request::parse(body.as_bytes(), Some("book_appointment"), headers("call_1")).unwrap();
    assert_eq!((request.call.is_none(), request.tool_call_id), (true, None));
    assert_eq!(request.identity.call_id.as_ref().unwrap().as_str(), "call_1");
    assert_eq!(request.identity.language, None, "a template without a value is no language");
    let Command::BookAppointment(wanted) = Command::of(request.function, &request.args) else { panic!() };
    assert_eq!(wanted.customer_name.unwrap().expose(), "Jörg");
}

#[test]
fn arguments_that_pretend_to_be_another_call_change_nothing() {
    let body = full().to_string();
    let request = Request::parse(body.as_bytes(), Some("check_availability"), headers("call_7")).unwrap();
    assert_eq!(request.identity.call_id.unwrap().as_str(), "call_7");
    assert!(request.call.is_none());
}

#[test]
fn a_request_without_a_call_but_with_name_and_args_is_read() {
    let body = json!({"name":"get_customer","args":{"name":"Jörg"}}).to_string();
    let request = Request::parse(body.as_bytes(), None, headers("call_1")).unwrap();
    assert_eq!((request.function, request.args.fields().len()), (Function::GetCustomer, 1));
}

#[test]
fn an_empty_body_and_a_query_are_arguments_too() {
    let empty = Request::parse(b" ", Some("get_customer"), headers("call_1")).unwrap();
    assert!(empty.args.fields().is_empty());
    let query = Request::from_query([("service", "Schnitt")], Some("check_availability"), headers("call_1")).unwrap();
    assert_eq!(query.args.fields().len(), 1);
}

#[test]
fn arguments_as_a_string_of_json_are_read() {
    let body =
        json!({"name":"check_availability","call":{"call_id":"c"},"args":"{\"service\":\"Schnitt\"}"}).to_string();
    let request = Request::parse(body.as_bytes(), None, Identity::default()).unwrap();
    assert_eq!(request.args.fields().len(), 1);
    for args in [json!(7), json!("x"), json!([1]), json!(null)] {
        let body = json!({"name":"check_availability","call":{"call_id":"c"},"args":args}).to_string();
        assert!(Request::parse(body.as_bytes(), None, Identity::default()).unwrap().args.fields().is_empty());
    }
}

#[test]
fn only_a_request_that_asks_for_nothing_is_refused() {
    let parse = |body: &str, path| Request::parse(body.as_bytes(), path, Identity::default()).err();
    assert_eq!(parse(r#"{"service":"x"}"#, None), Some(Error::Missing { field: "name" }));
    assert_eq!(parse(r#"{"call":{"call_id":"c"}}"#, None), Some(Error::Missing { field: "name" }));
    assert_eq!(parse(r#"{"name":"drop_tables","call":{},"args":{}}"#, None), Some(Error::UnknownFunction));
    assert_eq!(parse("{}", Some("drop_tables")), Some(Error::UnknownFunction));
    assert!(matches!(parse("[]", Some("get_customer")), Some(Error::Shape { .. })));
}

#[test]
fn junk_becomes_words_numbers_or_nothing() {
    let args = json!({"service":["Schnitt","Färben"],"date":"übermorgen","time":"halb vier","time_from":"","staff":null,
        "people":"zwei","branch":["Mitte"]});
    let Command::CheckAvailability(wanted) =
        Command::of(Function::CheckAvailability, &Args::new(args.as_object().unwrap().clone()))
    else {
        panic!()
    };
    let words = |text: &str| PersonalText::new(text);
    assert_eq!(wanted.services, [words("Schnitt"), words("Färben")]);
    assert_eq!(wanted.wish.date, Some(Said::Words(words("übermorgen"))));
    assert_eq!(wanted.wish.time, Some(Said::Words(words("halb vier"))));
    assert_eq!((wanted.wish.time_from, wanted.wish.staff), (None, None));
    assert_eq!((wanted.people, wanted.wish.branch), (Some(Said::Words(words("zwei"))), Some(words("Mitte"))));
}

#[test]
fn every_function_reads_its_own_arguments() {
    let args = json!({
        "services":"Waschen, Färben","slot_ids":["sl_1","sl_2"],"slot_id":"sl_1","new_slot_id":"sl_9","appointment_id":17,
        "confirmation_code":"H4K7","customer_name":"Jörg","reason":"krank","pattern":"weekly:mo","count":"10","preview":"ja",
        "on_conflict":"skip","scope":"series","include_past":"true","callback_number":"+491713920018","any_order":1,
        "date":"2026-11-26T15:30:00+01:00","end_date":"2027-01-31","email":"a@b.example","notes":"…"
    });
    let args = Args::new(args.as_object().unwrap().clone());
    for function in Function::ALL {
        match Command::of(function, &args) {
            Command::GetCustomer(it) => assert!(it.name.is_some() && it.confirmation_code.is_some()),
            Command::CheckAvailability(it) => assert_eq!((it.services.len(), it.wish.time.is_some()), (2, true)),
            Command::BookAppointment(it) => assert!(it.slot_id.is_some() && it.email.is_some() && it.notes.is_some()),
            Command::BookServices(it) => assert_eq!((it.slot_ids.len(), it.any_order), (2, Some(true))),
            Command::BookSeries(it) => {
                assert_eq!((it.count, it.preview), (Some(Said::Exact(10)), Some(true)));
                assert!(it.pattern.is_some() && it.wish.until.is_some() && it.on_conflict.is_some());
            }
            Command::ListAppointments(it) => assert_eq!(it.include_past, Some(true)),
            Command::RescheduleAppointment(it) => assert_eq!(it.new_slot_id.unwrap().expose(), "sl_9"),
            Command::CancelAppointment(it) => {
                assert_eq!((it.scope, it.appointment_id.unwrap().expose()), (Scope::All, "17"))
            }
            Command::RequestCallback(it) => assert_eq!(it.number.unwrap().expose(), "+491713920018"),
        }
    }
}
