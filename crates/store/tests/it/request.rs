//! Requests: carried out once, answered the same every time.

use std::sync::Arc;

use callflow_domain::id::CompanyId;
use callflow_store::{
    Database,
    request::{self, Claim, Ending, NewRequest},
    role::Role,
};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::{
    fixture::TestDatabase,
    salon::{self, new_id},
};

fn wish(key: &str, intent: Option<&str>, body: &str) -> NewRequest {
    NewRequest { id: new_id(), key: key.into(), intent: intent.map(Into::into), body_hash: body.as_bytes().to_vec() }
}

async fn answer(on: &Database, request: &NewRequest, outcome: &str, ending: Ending) -> Claim {
    let mut tx = on.begin().await.unwrap();
    let claim = request::claim(&mut tx, salon::id(), request).await.unwrap();
    if let Claim::Ours(id) = claim {
        request::finish(&mut tx, salon::id(), id, outcome.as_bytes(), ending, Timestamp::now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    claim
}

fn known(claim: &Claim) -> Option<(&[u8], bool)> {
    match claim {
        Claim::Known(finished) => Some((&finished.outcome, finished.by_intent)),
        _ => None,
    }
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_another_body_is_refused() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let first = wish("call/1/tool/a", Some("call/1/intent/x"), "body");
    assert_eq!(answer(&booking, &first, "booked 9", Ending::Done).await, Claim::Ours(first.id));
    let again = answer(&booking, &wish("call/1/tool/a", None, "body"), "no", Ending::Done).await;
    assert_eq!(known(&again), Some((&b"booked 9"[..], false)));
    assert_eq!(answer(&booking, &wish("call/1/tool/a", None, "else"), "no", Ending::Done).await, Claim::OtherBody);
    let asked_twice = wish("call/1/tool/b", Some("call/1/intent/x"), "body, said differently");
    assert_eq!(known(&answer(&booking, &asked_twice, "no", Ending::Done).await), Some((&b"booked 9"[..], true)));
    let found = request::find(&booking, salon::id(), "call/1/tool/a", b"body").await.unwrap().unwrap();
    assert_eq!(found.outcome, b"booked 9");
    assert_eq!(request::find(&booking, salon::id(), "call/1/tool/a", b"else").await.unwrap(), None);
    let other = CompanyId::from_slug("other");
    assert_eq!(request::find(&booking, other, "call/1/tool/a", b"body").await.unwrap(), None);
}

#[tokio::test]
async fn a_wish_that_was_refused_or_cancelled_may_come_again() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let taken = wish("k1", Some("intent"), "");
    answer(&booking, &taken, "taken", Ending::Refused).await;
    assert_eq!(known(&answer(&booking, &wish("k1", None, ""), "", Ending::Done).await), Some((&b"taken"[..], false)));
    let retried = wish("k2", Some("intent"), "");
    assert_eq!(answer(&booking, &retried, "booked", Ending::Done).await, Claim::Ours(retried.id));
    let mut tx = booking.begin().await.unwrap();
    request::forget_intents(&mut tx, salon::id(), &[retried.id]).await.unwrap();
    tx.commit().await.unwrap();
    let anew = wish("k3", Some("intent"), "");
    assert_eq!(answer(&booking, &anew, "booked again", Ending::Done).await, Claim::Ours(anew.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_duplicates_one_works_and_all_get_its_answer() {
    let database = TestDatabase::start().await;
    let booking = Arc::new(database.connect_many(Role::Booking, 20).await);
    let mut duplicates = JoinSet::new();
    for n in 0..60 {
        let booking = Arc::clone(&booking);
        duplicates.spawn(async move {
            // Half of them repeat the key, half ask for the same with keys of their own.
            let key = if n % 2 == 0 { "same".to_owned() } else { format!("key {n}") };
            answer(&booking, &wish(&key, Some("intent"), "body"), &format!("answer of {n}"), Ending::Done).await
        });
    }
    let claims = duplicates.join_all().await;
    let worked = claims.iter().filter(|claim| matches!(claim, Claim::Ours(_))).count();
    assert_eq!(worked, 1);
    let answers: Vec<_> = claims.iter().filter_map(known).map(|(outcome, _)| outcome).collect();
    assert_eq!(answers.len(), 59);
    assert!(answers.iter().all(|outcome| outcome == &answers[0]));
}

#[tokio::test]
async fn when_the_first_one_rolls_back_the_waiting_one_goes_on() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let mut first = booking.begin().await.unwrap();
    let request = wish("key", Some("intent"), "body");
    request::claim(&mut first, salon::id(), &request).await.unwrap();
    let waiting = tokio::spawn({
        let booking = booking.clone();
        async move { answer(&booking, &wish("key", Some("intent"), "body"), "second", Ending::Done).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!waiting.is_finished(), "it has to wait for the first one");
    first.rollback().await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Claim::Ours(_)));
}

#[tokio::test]
async fn old_requests_are_purged() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    answer(&booking, &wish("key", None, ""), "x", Ending::Done).await;
    answer(&booking, &wish("other", None, ""), "x", Ending::Done).await;
    assert_eq!(request::purge(&booking, Timestamp::UNIX_EPOCH, 10).await.unwrap(), 0);
    // What somebody is working on is left alone, and no more go at once than were asked for.
    let mut tx = booking.begin().await.unwrap();
    request::claim(&mut tx, salon::id(), &wish("other", None, "")).await.unwrap();
    assert_eq!(request::purge(&booking, Timestamp::MAX, 10).await.unwrap(), 1);
    tx.rollback().await.unwrap();
    answer(&booking, &wish("third", None, ""), "x", Ending::Done).await;
    assert_eq!(request::purge(&booking, Timestamp::MAX, 1).await.unwrap(), 1);
    assert_eq!(request::purge(&booking, Timestamp::MAX, 10).await.unwrap(), 1);
}
