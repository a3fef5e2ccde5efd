//! A thousand callers for one slot: one appointment, no error, no deadlock, and quickly.

use std::{sync::Arc, time::Instant};

use callflow_store::{
    appointment::{self, NewAppointment, Placement},
    role::Role,
};
use tokio::task::JoinSet;

use crate::{
    fixture::TestDatabase,
    salon::{self, haircut},
};

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_callers_for_one_slot_one_gets_it_and_nobody_an_error() {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    let booking = Arc::new(database.connect_many(Role::Booking, 50).await);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..1000 {
        let booking = Arc::clone(&booking);
        callers.spawn(async move {
            let mut tx = booking.begin().await.unwrap();
            let placement = appointment::place_all(&mut tx, salon::id(), &[haircut("09:00")]).await.unwrap()[0];
            tx.commit().await.unwrap();
            placement
        });
    }
    let answers = callers.join_all().await;
    let took = begun.elapsed();
    assert_eq!(answers.iter().filter(|answer| **answer == Placement::Placed).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Placement::Taken).count(), 999);
    assert_eq!(database.sql("SELECT count(*) FROM booking.appointment").await, "1");
    assert_eq!(database.sql(deadlocks).await, "0");
    // Seen: about a second. A plain insert took minutes, so the limit has room for a busy machine.
    assert!(took.as_secs() < 20, "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sequences_that_want_the_same_people_in_another_order_do_not_deadlock() {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    let booking = Arc::new(database.connect_many(Role::Booking, 20).await);
    let mut callers = JoinSet::new();
    for caller in 0..200 {
        let booking = Arc::clone(&booking);
        callers.spawn(async move {
            let with = |staff: &str| NewAppointment { staff: salon::id().staff(staff), ..haircut("09:00") };
            let mut wishes = [with("sofia"), with("emre")];
            if caller % 2 == 0 {
                wishes.reverse();
            }
            let mut tx = booking.begin().await.unwrap();
            let placements = appointment::place_all(&mut tx, salon::id(), &wishes).await.unwrap();
            tx.commit().await.unwrap();
            placements.iter().all(|placement| *placement == Placement::Placed)
        });
    }
    let booked = callers.join_all().await.into_iter().filter(|booked| *booked).count();
    assert_eq!(booked, 1);
    assert_eq!(database.sql("SELECT count(*) FROM booking.appointment").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_in_one_calendar_do_not_make_each_other_fail() {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    let booking = Arc::new(database.connect_many(Role::Booking, 20).await);
    let mut callers = JoinSet::new();
    for slot in 0..60 {
        let booking = Arc::clone(&booking);
        callers.spawn(async move {
            let clock = format!("{:02}:{:02}", 6 + slot / 6, 10 * (slot % 6));
            let mut wish = haircut(&clock);
            wish.ends_at = wish.starts_at + jiff::ToSpan::minutes(10);
            wish.busy_until = wish.ends_at;
            let mut tx = booking.begin().await.unwrap();
            let placement = appointment::place_all(&mut tx, salon::id(), &[wish]).await.unwrap()[0];
            tx.commit().await.unwrap();
            placement
        });
    }
    let answers = callers.join_all().await;
    assert!(answers.iter().all(|answer| *answer == Placement::Placed), "{answers:?}");
}
