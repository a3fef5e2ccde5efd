//! Call records in the table: the same whatever order the events come in, and events kept once.

use callflow_domain::{
    id::{CallId, CompanyId, MessageId},
    masked::{PhoneNumber, Transcript},
};
use callflow_store::{
    Database,
    call::{self, Facts, NewEvent, Phase, Report},
    role::Role,
};
use jiff::Timestamp;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    fixture::TestDatabase,
    salon::{self, at, new_id},
};

fn reports() -> [Report; 3] {
    let report = |phase, clock: &str, facts| Report { phase, at: at(clock), facts, ..Report::default() };
    let from = Some(PhoneNumber::new("+491713920017"));
    [
        report(Phase::Ongoing, "10:00", Facts { started_at: Some(at("10:00")), from, ..Facts::default() }),
        report(
            Phase::Ended,
            "10:03",
            Facts {
                ended_at: Some(at("10:03")),
                duration_ms: Some(180_000),
                disconnection_reason: Some("user_hangup".into()),
                transcript: Some(Transcript::new("Agent: Guten Tag\0")),
                ..Facts::default()
            },
        ),
        Report {
            extra: [("recording".to_owned(), json!({"url": "x\0"}))].into(),
            ..report(
                Phase::Analyzed,
                "10:04",
                Facts {
                    analyzed_at: Some(at("10:04")),
                    cost_cents: Some(12.5),
                    successful: Some(true),
                    custom_analysis: Some(json!({"wish": null, "n": 1})),
                    ..Facts::default()
                },
            )
        },
    ]
}

async fn report(on: &Database, id: &CallId, report: &Report) -> Option<Phase> {
    let mut tx = on.begin().await.unwrap();
    let (_, before) = call::report(&mut tx, salon::id(), id, report).await.unwrap();
    tx.commit().await.unwrap();
    before
}

async fn salon() -> (TestDatabase, Database) {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    salon::apply(&resolver, &salon::catalog()).await;
    (database, resolver)
}

#[tokio::test]
async fn any_order_gives_the_same_complete_record() {
    let (_database, resolver) = salon().await;
    let reports = reports();
    let mut records = Vec::new();
    for (n, order) in [[0, 1, 2], [2, 1, 0], [1, 2, 0]].into_iter().enumerate() {
        let id = CallId::parse(&format!("call_{n}")).unwrap();
        assert_eq!(report(&resolver, &id, &reports[order[0]]).await, None);
        for step in [order[1], order[2], order[0], order[2]] {
            assert!(report(&resolver, &id, &reports[step]).await.is_some());
        }
        let found = call::find(&resolver, salon::id(), &id).await.unwrap().unwrap();
        assert!(found.is_complete());
        records.push((found.phase, found.facts, found.extra, found.last_event_at));
    }
    assert!(records.windows(2).all(|pair| pair[0] == pair[1]), "{records:?}");
    let (phase, facts, extra, _) = &records[0];
    assert_eq!((*phase, facts.cost_cents, facts.duration_ms), (Phase::Analyzed, Some(12.5), Some(180_000)));
    assert_eq!(facts.transcript.as_ref().unwrap().expose(), "Agent: Guten Tag\u{fffd}");
    assert_eq!(extra["recording"]["url"], "x\u{fffd}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_one_call_at_the_same_time_lose_nothing() {
    let (_database, resolver) = salon().await;
    let id = CallId::parse("call_1").unwrap();
    let mut events = JoinSet::new();
    for n in 0..30 {
        let (resolver, id) = (resolver.clone(), id.clone());
        events.spawn(async move { report(&resolver, &id, &reports()[n % 3]).await });
    }
    let created = events.join_all().await.into_iter().filter(Option::is_none).count();
    assert_eq!(created, 1);
    assert!(call::find(&resolver, salon::id(), &id).await.unwrap().unwrap().is_complete());
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_silent_ones_found() {
    let (_database, resolver) = salon().await;
    let [started, ended, _] = reports();
    let (open, done) = (CallId::parse("open").unwrap(), CallId::parse("done").unwrap());
    report(&resolver, &open, &started).await;
    report(&resolver, &done, &ended).await;
    let ids = |calls: Vec<call::Call>| calls.into_iter().map(|call| call.id.to_string()).collect::<Vec<_>>();
    let list = async |phase, before| ids(call::list(&resolver, salon::id(), phase, before, 10).await.unwrap());
    assert_eq!(list(None, None).await, ["done", "open"]);
    assert_eq!(list(Some(Phase::Ended), None).await, ["done"]);
    assert_eq!(list(None, Some(at("10:03"))).await, ["open"]);
    let silent = call::silent(&resolver, at("11:00"), 10).await.unwrap();
    assert_eq!(
        silent.iter().map(|(company, call)| (*company, call.id.as_str())).collect::<Vec<_>>(),
        [(salon::id(), "open")]
    );
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
    let latest = call::payload(&resolver, salon::id(), &call, "call_ended").await.unwrap().unwrap();
    assert_eq!(latest, b"444");
}
