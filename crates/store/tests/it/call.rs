//! Call records in the table: the same whatever order the events come in, and events kept once.

use callflow_domain::{
    call_state::{Analysis, CallFact, Cost, Event, Phase},
    id::{CallId, CompanyId, CustomerId, MessageId},
    masked::{PersonalText, PhoneNumber, Transcript},
    phone::Caller,
};
use callflow_store::{
    Database,
    call::{self, Assignment, NewEvent},
    role::Role,
};
use jiff::Timestamp;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    fixture::TestDatabase,
    salon::{self, at, new_id},
};

fn facts() -> [CallFact; 3] {
    let started = CallFact {
        at: Some(at("10:00")),
        started_at: Some(at("10:00")),
        from: Some(Caller::Known(PhoneNumber::new("+491713920017"))),
        ..CallFact::new(Event::Started)
    };
    let ended = CallFact {
        at: Some(at("10:03")),
        ended_at: Some(at("10:03")),
        duration_ms: Some(180_000),
        disconnection_reason: Some("user_hangup\0".into()),
        transcript: Some(Transcript::new("Agent: Guten Tag\0")),
        ..CallFact::new(Event::Ended)
    };
    let analysis = Analysis {
        summary: Some(PersonalText::new("Termin")),
        successful: Some(true),
        sentiment: Some("Positive".into()),
        ..Analysis::default()
    };
    let analyzed =
        CallFact { cost: Cost::from_cents(12.5), analysis: Some(analysis), ..CallFact::new(Event::Analyzed) };
    [started, ended, analyzed]
}

async fn merge(on: &Database, id: &CallId, fact: &CallFact, received: &str) -> Option<Phase> {
    let mut tx = on.begin().await.unwrap();
    let merged = call::merge(&mut tx, salon::id(), id, fact.clone(), at(received)).await.unwrap();
    tx.commit().await.unwrap();
    merged.before
}

async fn salon() -> (TestDatabase, Database) {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    salon::apply(&resolver, &salon::catalog()).await;
    (database, resolver)
}

#[tokio::test]
async fn any_order_gives_the_same_complete_record() {
    let (database, resolver) = salon().await;
    let facts = facts();
    let mut records = Vec::new();
    for (n, order) in [[0, 1, 2], [2, 1, 0], [1, 2, 0]].into_iter().enumerate() {
        let id = CallId::parse(&format!("call_{n}")).unwrap();
        assert_eq!(merge(&resolver, &id, &facts[order[0]], "10:05").await, None);
        for step in [order[1], order[2], order[0], order[2]] {
            assert!(merge(&resolver, &id, &facts[step], "10:05").await.is_some());
        }
        let found = call::find(&resolver, salon::id(), &id).await.unwrap().unwrap();
        assert!(found.record.is_complete());
        records.push(found.record);
    }
    assert_eq!(records[0], records[1]);
    assert_eq!(records[0], records[2]);
    assert_eq!(records[0].transcript().unwrap().expose(), "Agent: Guten Tag\u{fffd}");
    let columns = "SELECT DISTINCT phase, from_number, duration_ms, cost_cents, sentiment, successful, kind,
                       started_at IS NOT NULL AND ended_at IS NOT NULL FROM resolver.call";
    assert_eq!(database.sql(columns).await, "4|+491713920017|180000|12.5|Positive|t|call|t");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_one_call_at_the_same_time_lose_nothing() {
    let (_database, resolver) = salon().await;
    let id = CallId::parse("call_1").unwrap();
    let mut events = JoinSet::new();
    for n in 0..30 {
        let (resolver, id) = (resolver.clone(), id.clone());
        events.spawn(async move { merge(&resolver, &id, &facts()[n % 3], "10:05").await });
    }
    let created = events.join_all().await.into_iter().filter(Option::is_none).count();
    assert_eq!(created, 1);
    assert!(call::find(&resolver, salon::id(), &id).await.unwrap().unwrap().record.is_complete());
}

#[tokio::test]
async fn what_was_found_out_stays_whenever_it_comes() {
    let (_database, resolver) = salon().await;
    let id = CallId::parse("call_1").unwrap();
    let found = Assignment {
        branch: Some(salon::id().branch("west")),
        resolution: Some(json!({"method": "number\0"})),
        ..Assignment::default()
    };
    let customer = Some(CustomerId(new_id()));
    let mut tx = resolver.begin().await.unwrap();
    let first = call::assign(&mut tx, salon::id(), &id, &found, at("09:59")).await.unwrap();
    assert_eq!((first.before, first.call.record.phase()), (None, Phase::Ringing));
    tx.commit().await.unwrap();
    assert_eq!(merge(&resolver, &id, &facts()[1], "10:04").await, Some(Phase::Ringing));
    let mut tx = resolver.begin().await.unwrap();
    let later = Assignment { customer, ..Assignment::default() };
    call::assign(&mut tx, salon::id(), &id, &later, at("10:05")).await.unwrap();
    tx.commit().await.unwrap();
    let stored = call::find(&resolver, salon::id(), &id).await.unwrap().unwrap();
    assert_eq!((stored.branch, stored.customer), (found.branch, customer));
    assert_eq!(stored.resolution, Some(json!({"method": "number\u{fffd}"})));
    assert_eq!((stored.record.phase(), stored.last_event_at), (Phase::Ended, at("10:04")));
    assert!(!format!("{stored:?} {found:?}").contains("number"));
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_silent_ones_found() {
    let (_database, resolver) = salon().await;
    let [started, ended, _] = facts();
    let (open, done) = (CallId::parse("open").unwrap(), CallId::parse("done").unwrap());
    merge(&resolver, &open, &started, "10:00").await;
    merge(&resolver, &done, &ended, "10:03").await;
    let ids = |calls: Vec<call::Call>| calls.into_iter().map(|call| call.id.to_string()).collect::<Vec<_>>();
    let list = async |phase, before| ids(call::list(&resolver, salon::id(), phase, before, 10).await.unwrap());
    assert_eq!(list(None, None).await, ["done", "open"]);
    assert_eq!(list(Some(Phase::Ended), None).await, ["done"]);
    assert_eq!(list(None, Some(at("10:03"))).await, ["open"]);
    let silent = call::silent(&resolver, at("11:00"), 10).await.unwrap();
    let silent: Vec<_> = silent.iter().map(|(company, call)| (*company, call.id.as_str())).collect();
    assert_eq!(silent, [(salon::id(), "open")]);
    assert_eq!(call::silent(&resolver, at("10:00"), 10).await.unwrap(), []);
    let caller = PhoneNumber::new("+491713920017");
    assert_eq!(call::count_since(&resolver, salon::id(), &caller, at("09:00")).await.unwrap(), 1);
    assert_eq!(call::count_since(&resolver, salon::id(), &caller, at("10:30")).await.unwrap(), 0);
    let other = CompanyId::from_slug("other");
    assert_eq!(call::find(&resolver, other, &open).await.unwrap(), None);
}

#[tokio::test]
async fn an_event_is_kept_once_and_byte_for_byte() {
    let (_database, resolver) = salon().await;
    let call = CallId::parse("call_1").unwrap();
    let event = |dedup: Option<&str>, body: &[u8]| NewEvent {
        call: call.clone(),
        event: "call_ended".into(),
        dedup_key: dedup.map(Into::into),
        occurred_at: None,
        received_at: Timestamp::now(),
        payload: body.to_vec(),
        note: "after 46 s".into(),
        message: MessageId(new_id()),
    };
    let mut tx = resolver.begin().await.unwrap();
    let first = event(Some("call_ended"), b"{\"a\":\"\\u0000\"}");
    assert!(call::note_event(&mut tx, salon::id(), &first).await.unwrap());
    assert!(!call::note_event(&mut tx, salon::id(), &first).await.unwrap(), "the same message");
    assert!(!call::note_event(&mut tx, salon::id(), &event(Some("call_ended"), b"2")).await.unwrap(), "the same key");
    assert!(call::note_event(&mut tx, salon::id(), &event(None, b"33")).await.unwrap());
    assert!(call::note_event(&mut tx, salon::id(), &event(None, b"444")).await.unwrap());
    tx.commit().await.unwrap();
    let line = call::timeline(&resolver, salon::id(), &call).await.unwrap();
    assert_eq!(line.iter().map(|event| event.payload_bytes).collect::<Vec<_>>(), [14, 2, 3]);
    assert!(line.iter().all(|event| event.note == "after 46 s"));
    let latest = call::payload(&resolver, salon::id(), &call, "call_ended").await.unwrap().unwrap();
    assert_eq!(latest, b"444");
}
