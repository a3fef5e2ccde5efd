//! What is read from a call object, and what is left alone.

use super::*;
use crate::lenient;

fn call(json: &str) -> Call<'_> {
    #[derive(serde::Deserialize)]
    struct Holder<'a>(#[serde(borrow, deserialize_with = "lenient::object")] Option<Wire<'a>>);
    let holder: Holder<'_> = serde_json::from_str(json).unwrap();
    holder.0.unwrap().into()
}

#[test]
fn fields_of_another_type_count_as_absent() {
    let call = call(
        r#"{"call_id":null,"agent_version":{"v":1},"from_number":17,"to_number":["+49"],"start_timestamp":"soon",
            "duration_ms":-5,"call_analysis":"none","call_cost":{"combined_cost":"NaN"},"direction":7,
            "disconnection_reason":null,"transcript":{"a":1},"metadata":null}"#,
    );
    assert_eq!((call.id, call.agent_version, call.started), (None, None, None));
    assert_eq!(call.from.as_ref().map(PhoneNumber::expose), Some("17"));
    assert_eq!((call.duration_ms, call.cost, call.metadata), (None, None, None));
    assert!(call.analysis.is_none() && call.transcript.is_some());
}

#[test]
fn the_customer_is_who_called_or_who_was_called() {
    let inbound =
        call(r#"{"call_id":"c","direction":"inbound","from_number":"+491713920017","to_number":"+493023125100"}"#);
    assert_eq!(inbound.customer_number().map(PhoneNumber::expose), Some("+491713920017"));
    let outbound =
        call(r#"{"call_id":"c","direction":"outbound","from_number":"+493023125100","to_number":"+491713920017"}"#);
    assert_eq!(outbound.customer_number().map(PhoneNumber::expose), Some("+491713920017"));
    assert_eq!(outbound.company_number().map(PhoneNumber::expose), Some("+493023125100"));
}

#[test]
fn withheld_and_missing_numbers_are_the_same_caller() {
    for json in [r#"{"from_number":"anonymous"}"#, r#"{"from_number":""}"#, "{}"] {
        assert_eq!(call(json).caller(), Caller::Withheld, "{json}");
    }
    assert!(matches!(call(r#"{"from_number":"+491713920017"}"#).caller(), Caller::Known(_)));
}

#[test]
fn a_body_with_the_names_of_calls_and_chats_is_read() {
    let both = call(
        r#"{"call_id":"call_1","chat_id":"chat_1","agent_version":"prod","version":2,"call_status":"ended","chat_status":"x"}"#,
    );
    assert_eq!(both.id.unwrap().as_str(), "call_1");
    assert_eq!(both.agent_version.as_deref(), Some("prod"));
    let chat = call(r#"{"chat_id":"chat_1","version":2,"chat_status":"ended"}"#);
    assert_eq!((chat.channel, chat.agent_version.as_deref()), (Channel::Chat, Some("2")));
}

#[test]
fn cost_is_in_cents() {
    let cost = call(r#"{"call_cost":{"combined_cost":5.9214,"total_duration_seconds":31}}"#).cost.unwrap();
    assert!((cost.cents - 5.9214).abs() < 1e-9 && cost.billed_secs == Some(31.0));
    assert_eq!(call(r#"{"call_cost":{"combined_cost":-1}}"#).cost, None);
}

#[test]
fn seconds_are_not_taken_for_milliseconds() {
    assert_eq!(call(r#"{"start_timestamp":1795507954}"#).started, None);
    assert_eq!(call(r#"{"start_timestamp":1795507954200}"#).started.unwrap().as_millisecond(), 1_795_507_954_200);
}

#[test]
fn collected_variables_come_before_the_first_ones() {
    let call = call(
        r#"{"metadata":{"language":"de"},"retell_llm_dynamic_variables":{"a":"1","language":""},"collected_dynamic_variables":{"a":2}}"#,
    );
    assert_eq!(call.variable("a").as_deref(), Some("2"));
    assert_eq!(call.language().as_deref(), Some("de"));
}

#[test]
fn nothing_personal_is_printed() {
    let shown = format!(
        "{:?}",
        call(
            r#"{"from_number":"+491713920017","transcript":"User: Jörg","metadata":{"n":"Jörg"},"transfer_destination":"+492214710299",
                "call_analysis":{"call_summary":"Jörg buchte","custom_analysis_data":{"name":"Jörg"}},
                "retell_llm_dynamic_variables":{"customer_name":"Jörg"},"custom_sip_headers":{"diversion":"+4930"}}"#
        )
    );
    assert!(!shown.contains("+49") && !shown.contains("Jör") && !shown.contains("buchte"), "{shown}");
}
