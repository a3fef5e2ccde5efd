//! Form and size of answers.

use serde_json::json;

use super::*;

fn slot(id: &str) -> Slot {
    let start: jiff::Zoned = "2026-11-26T15:30:00+01:00[Europe/Berlin]".parse().unwrap();
    Slot {
        staff: Some("Sofia".into()),
        spoken: Some("Donnerstag um 15 Uhr 30 bei Sofia".into()),
        ..Slot::new(id, &start)
    }
}

#[test]
fn what_programs_need_comes_first() {
    let json = Answer::new(Outcome::SlotsFound, "Frei.").field("date", "2026-11-26").slots([slot("sl_1")]).to_json();
    assert!(
        json.starts_with(
            r#"{"ok":true,"result":"slots_found","message":"Frei.","date":"2026-11-26","slot_id":"sl_1","slots":[{"#
        ),
        "{json}"
    );
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["slots"][0]["start"], "2026-11-26T15:30:00+01:00");
}

#[test]
fn an_empty_list_of_slots_is_said_and_no_alternatives_are_not() {
    let value: Value = serde_json::from_str(&Answer::new(Outcome::NoSlots, "Nichts.").slots([]).to_json()).unwrap();
    assert_eq!(value, json!({"ok":true,"result":"no_slots","message":"Nichts.","slots":[]}));
}

#[test]
fn only_scalars_are_fields_and_the_last_one_counts() {
    let answer =
        Answer::new(Outcome::Booked, "").field("a", 1).field("a", "2").field("b", json!([1])).field("c", Value::Null);
    let value: Value = serde_json::from_str(&answer.to_json()).unwrap();
    assert_eq!(value, json!({"ok":true,"result":"booked","message":"","a":"2"}));
}

#[test]
fn an_outage_says_that_a_retry_may_help() {
    let value: Value = serde_json::from_str(&Answer::new(Outcome::TemporarilyUnavailable, "…").to_json()).unwrap();
    assert_eq!((&value["ok"], &value["retryable"]), (&json!(false), &json!(true)));
}

#[test]
fn five_slots_and_five_alternatives_fit_by_giving_up_what_is_missed_least() {
    let many = || (0..9).map(|at| slot(&format!("sl_0123456789abcde{at}")));
    let json = Answer::new(Outcome::SlotsFound, "Frei ist …").slots(many()).alternatives(many()).to_json();
    let value: Value = serde_json::from_str(&json).unwrap();
    assert!(json.chars().count() < MAX_CHARS);
    assert_eq!(value["slots"].as_array().unwrap().len(), MAX_ENTRIES);
    assert!(!value["alternatives"].as_array().unwrap().is_empty());
}

#[test]
fn nothing_makes_an_answer_too_long() {
    let long = "ä\"".repeat(3_000);
    let answer = Answer::new(Outcome::Found, long.clone()).field("name", long.clone()).field("other", long.clone());
    let answer = answer.slots((0..5).map(|_| Slot { staff: Some(long.clone()), ..slot(&long) }));
    let json = answer.to_json();
    assert!(json.chars().count() < MAX_CHARS, "{}", json.chars().count());
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["result"], "found");
}

#[test]
fn answers_print_without_what_they_say() {
    let answer = Answer::new(Outcome::Found, "Schön, Jörg").field("customer_name", "Jörg").slots([slot("sl_1")]);
    assert!(!format!("{answer:?}").contains("Jör"));
}
