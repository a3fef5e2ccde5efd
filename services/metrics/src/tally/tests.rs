use callflow_contract::{convert::to_wire_time, event::v1::Envelope, schema::seal};
use uuid::Uuid;

use super::*;

fn delivery<E: Schema>(event: &E) -> Delivery {
    let envelope = Envelope {
        message_id: Uuid::from_u128(7).to_string(),
        company_id: Uuid::from_u128(8).to_string(),
        ..Envelope::default()
    };
    Delivery::first("any.key", seal(event, envelope)).unwrap()
}

fn count(tally: &Tally, branch: Option<BranchId>, name: &str) -> i64 {
    tally.counters.get(&Counter { branch, name: name.into() }).copied().unwrap_or_default()
}

fn call_event(event: &str) -> Delivery {
    delivery(&CallEvent {
        event: event.into(),
        call_id: "call_1".into(),
        company: "haarwerk".into(),
        ..CallEvent::default()
    })
}

#[test]
fn a_call_is_alive_from_its_start_to_its_end() {
    let now = Timestamp::now();
    let call = CallId::parse("call_1").unwrap();
    let tally = Tally::of(&call_event("call_started"), now).unwrap();
    assert_eq!((count(&tally, None, "call_started"), count(&tally, None, "label/haarwerk")), (1, 1));
    assert_eq!(tally.sign, Some(Sign::Seen { call: call.clone(), branch: None, phase: Some("greeting") }));
    for end in ["call_ended", "call_analyzed"] {
        assert_eq!(Tally::of(&call_event(end), now).unwrap().sign, Some(Sign::Ended { call: call.clone() }));
    }
    assert_eq!(Tally::of(&call_event("chat_started"), now).unwrap().sign, None);
}

#[test]
fn a_late_event_is_counted_in_its_own_minute_but_revives_nothing() {
    let mut late = call_event("transcript_updated");
    let now = Timestamp::now();
    late.first_seen = Timestamp::from_second(now.as_second() - 7_200).unwrap();
    let tally = Tally::of(&late, now).unwrap();
    assert_eq!((tally.minute, tally.sign), (late.first_seen.as_second() / 60, None));
    late.first_seen = Timestamp::from_second(now.as_second() + 7_200).unwrap();
    assert_eq!(Tally::of(&late, now).unwrap().minute, now.as_second() / 60);
}

/// The minute of its record, so that both can be compared: when the door took it, whichever minute it was published in.
#[test]
fn what_is_recorded_is_counted_in_the_minute_of_its_record() {
    let now = Timestamp::now();
    let before = |minutes: i64| Timestamp::from_second(now.as_second() - minutes * 60).unwrap();
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let event =
        CallEvent { event: "call_started".into(), received_at: Some(to_wire_time(before(5))), ..CallEvent::default() };
    assert_eq!(Tally::of(&delivery(&event), now).unwrap().minute, minute(before(5)));
    let mut booked = delivery(&AppointmentBooked::default());
    assert_eq!(Tally::of(&booked, now).unwrap().minute, minute(booked.first_seen));
    booked.envelope.occurred_at = Some(to_wire_time(before(7)));
    assert_eq!(Tally::of(&booked, now).unwrap().minute, minute(before(7)));
}

#[test]
fn an_answer_counts_where_it_was_given_and_tells_the_phase() {
    let branch = BranchId(Uuid::from_u128(9));
    let answer = AnswerGiven {
        surface: "function".into(),
        name: "book_appointment".into(),
        result: "slot_taken".into(),
        seconds: 0.25,
        call_id: "call_1".into(),
        branch_id: branch.to_string(),
        ..AnswerGiven::default()
    };
    let tally = Tally::of(&delivery(&answer), Timestamp::now()).unwrap();
    assert_eq!((count(&tally, Some(branch), "answer"), count(&tally, Some(branch), "conflict")), (1, 1));
    assert_eq!(tally.answer, Some((Some(branch), 0.25)));
    assert!(matches!(tally.sign, Some(Sign::Seen { phase: Some("booking"), .. })));
}

#[test]
fn every_appointment_of_a_sequence_counts_at_its_branch() {
    let branch = BranchId(Uuid::from_u128(9));
    let one = Appointment { branch_id: branch.to_string(), branch_name: "Mitte".into(), ..Appointment::default() };
    let event = AppointmentBooked { appointments: vec![one.clone(), one], actor: None };
    let tally = Tally::of(&delivery(&event), Timestamp::now()).unwrap();
    assert_eq!((count(&tally, Some(branch), "booked"), count(&tally, Some(branch), "label/Mitte")), (2, 2));
}

#[test]
fn time_that_is_no_time_is_not_a_latency() {
    let answer = AnswerGiven { seconds: f64::NAN, ..AnswerGiven::default() };
    assert_eq!(Tally::of(&delivery(&answer), Timestamp::now()).unwrap().answer, None);
}
