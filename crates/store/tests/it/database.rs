//! Pools, deadlines and losses.

use std::time::{Duration, Instant};

use callflow_domain::ErrorKind;
use callflow_store::{Config, Database, Error, catalog, request, role::Role};

use crate::{
    fixture::TestDatabase,
    salon::{self, new_id},
};

fn wish(key: &str) -> request::NewRequest {
    request::NewRequest { id: new_id(), key: key.into(), intent: None, body_hash: vec![1] }
}

#[tokio::test]
async fn wrong_settings_are_named_and_the_password_is_not() {
    for url in ["mysql://callflow:geheim@localhost/x", "geheim", "postgres://callflow:geheim@localhost:port/x"] {
        let refused = Database::open(&Config::new(url)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(!format!("{refused} {refused:?}").contains("geheim"));
    }
    let none = Config { max_connections: 0, ..Config::new("postgres://localhost/x") };
    assert!(Database::open(&none).await.is_err());
    assert!(!format!("{:?}", Config::new("postgres://a:geheim@localhost/x")).contains("geheim"));
}

#[tokio::test]
async fn a_pool_can_be_made_while_the_database_is_away() {
    let config =
        Config { acquire_timeout: Duration::from_millis(300), ..Config::new("postgres://nobody@127.0.0.1:1/x") };
    let database = Database::open(&config).await.unwrap();
    let begun = Instant::now();
    assert_eq!(database.ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert!(Database::connect(&config).await.is_err());
}

#[tokio::test]
async fn a_statement_ends_with_the_deadline_of_its_transaction() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let mut holder = booking.begin().await.unwrap();
    request::claim(&mut holder, salon::id(), &wish("key")).await.unwrap();
    let begun = Instant::now();
    let mut waiting = booking.begin_within(Duration::from_millis(300)).await.unwrap();
    let late = request::claim(&mut waiting, salon::id(), &wish("key")).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Timeout, "{late:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    drop(waiting);
    holder.commit().await.unwrap();
    let mut free = booking.begin().await.unwrap();
    assert!(request::claim(&mut free, salon::id(), &wish("other")).await.is_ok(), "the next one is not affected");
}

#[tokio::test]
async fn a_deadline_holds_while_waiting_for_a_connection() {
    let database = TestDatabase::start().await;
    let booking = database.connect_many(Role::Booking, 1).await;
    let _holder = booking.begin().await.unwrap();
    let begun = Instant::now();
    let late = booking.begin_within(Duration::from_millis(200)).await.unwrap_err();
    assert!(matches!(late, Error::Timeout { .. }), "{late:?}");
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_lost_connection_is_unavailable_and_the_next_call_succeeds() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let mut tx = booking.begin().await.unwrap();
    request::claim(&mut tx, salon::id(), &wish("key")).await.unwrap();
    database
        .sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    let lost = request::claim(&mut tx, salon::id(), &wish("other")).await.unwrap_err();
    assert_eq!(lost.kind(), ErrorKind::Unavailable, "{lost:?}");
    drop(tx);
    tokio::time::sleep(Duration::from_millis(600)).await;
    booking.ping().await.unwrap();
    assert_eq!(request::find(&booking, salon::id(), "key", &[1]).await.unwrap(), None, "nothing was committed");
}

#[tokio::test]
async fn a_deadlock_says_that_a_repeat_helps() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let (mut a, mut b) = (booking.begin().await.unwrap(), booking.begin().await.unwrap());
    request::claim(&mut a, salon::id(), &wish("one")).await.unwrap();
    request::claim(&mut b, salon::id(), &wish("two")).await.unwrap();
    let (two, one) = (wish("two"), wish("one"));
    let (first, second) = tokio::join!(
        async {
            let ended = request::claim(&mut a, salon::id(), &two).await.map(|_| ());
            drop(a);
            ended
        },
        async {
            let ended = request::claim(&mut b, salon::id(), &one).await.map(|_| ());
            drop(b);
            ended
        }
    );
    let lost: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert_eq!(lost.len(), 1);
    assert!(lost[0].is_retryable(), "{:?}", lost[0]);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_behind() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    let mut tx = resolver.begin().await.unwrap();
    catalog::apply(&mut tx, &salon::catalog()).await.unwrap();
    drop(tx);
    assert_eq!(catalog::company(&resolver, salon::id()).await.unwrap(), None);
}
