//! Counting what happened minute by minute, of all companies.

use callflow_domain::id::{AppointmentId, BranchId, CallId, CallbackId, CompanyId, MessageId};
use callflow_store::{
    Database, Person,
    appointment::{self, NewAppointment},
    audit::{self, Actor, Entry},
    call::{self, NewEvent},
    callback::{self, NewCallback},
    count::{self, Count},
    role::Role,
};
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;

use crate::{
    fixture::TestDatabase,
    salon::{self, at, haircut, new_id},
};

fn counted(clock: &str, branch: Option<BranchId>, what: &str, count: u64) -> Count {
    Count { company: salon::id(), branch, minute: at(clock).as_second() / 60, what: what.into(), count }
}

async fn happened(on: &Database, company: CompanyId, event: &str, received_at: Timestamp) {
    let new = NewEvent {
        call: CallId::parse("call_1").unwrap(),
        event: event.into(),
        dedup_key: None,
        occurred_at: None,
        received_at,
        payload: Vec::new(),
        note: String::new(),
        message: MessageId(new_id()),
    };
    let mut tx = on.begin().await.unwrap();
    assert!(call::note_event(&mut tx, company, &new).await.unwrap());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn events_count_in_the_minute_they_were_accepted() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    for second in [0, 59] {
        happened(&resolver, salon::id(), "call_started", at("09:00") + second.seconds()).await;
    }
    happened(&resolver, salon::id(), "call_started", at("09:01")).await;
    happened(&resolver, salon::id(), "call_ended", at("09:01")).await;
    happened(&resolver, salon::id(), "call_ended", at("09:02")).await;
    let found = count::events(&resolver, at("09:00"), at("09:02")).await.unwrap();
    let expected = [
        counted("09:00", None, "call_started", 2),
        counted("09:01", None, "call_ended", 1),
        counted("09:01", None, "call_started", 1),
    ];
    assert_eq!(found, expected, "what came at the end belongs to the next minute");
    assert_eq!(count::events(&resolver, at("10:00"), at("11:00")).await.unwrap(), []);
}

#[tokio::test]
async fn changes_count_where_and_when_they_were_asked_for() {
    let database = TestDatabase::start().await;
    let owner = database.connect(Role::Owner).await;
    salon::apply(&owner, &salon::catalog()).await;
    let booking = database.connect(Role::Booking).await;
    let mitte = Some(salon::id().branch("mitte"));
    let wishes: Vec<NewAppointment> = ["09:00", "10:00", "11:00"].map(haircut).into_iter().collect();
    let mut tx = booking.begin().await.unwrap();
    appointment::place_each(&mut tx, salon::id(), &wishes).await.unwrap();
    let entry = |appointment: AppointmentId, action: &str, clock: &str| Entry {
        at: at(clock),
        appointment: Some(appointment),
        action: action.into(),
        actor: Actor::System { call: None },
        before: None,
        after: None,
    };
    let [one, two, three] = [&wishes[0], &wishes[1], &wishes[2]].map(|wish| wish.id);
    let entries = [
        entry(one, "book", "08:00"),
        entry(two, "book_services", "08:00"),
        entry(three, "book", "08:01"),
        entry(one, "cancel", "08:01"),
        entry(two, "reschedule", "08:01"),
        entry(three, "looked_at", "08:01"),
    ];
    audit::record(&mut tx, salon::id(), &entries).await.unwrap();
    let task = NewCallback {
        id: CallbackId(new_id()),
        branch: None,
        call: None,
        kind: "wish".into(),
        person: Person::default(),
        reason: callflow_domain::masked::PersonalText::new(""),
        known: json!({}),
        due_at: None,
        at: at("08:01"),
    };
    callback::note(&mut tx, salon::id(), &task).await.unwrap();
    tx.commit().await.unwrap();
    let mut found = count::changes(&booking, at("08:00"), at("08:02")).await.unwrap();
    found.sort_by(|left, right| (left.minute, &left.what).cmp(&(right.minute, &right.what)));
    let expected = [
        counted("08:00", mitte, "booked", 2),
        counted("08:01", mitte, "booked", 1),
        counted("08:01", None, "callback", 1),
        counted("08:01", mitte, "cancelled", 1),
        counted("08:01", mitte, "rescheduled", 1),
    ];
    assert_eq!(found, expected);
    assert_eq!(count::changes(&booking, at("08:02"), at("09:00")).await.unwrap(), []);
}
