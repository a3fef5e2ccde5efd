//! Many callers for one slot: one has it, every other one hears of another that is theirs, and nobody waits for long.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use callflow_contract::{
    availability::v1::{Alternative, Offer},
    booking::v1::{BookResponse, Outcome},
    convert::from_wire_time,
};
use tokio::task::JoinSet;
use tonic::Request;

use crate::{
    salon::at,
    shop::{self, Shop, call, fresh, haircut, operator},
};

/// More than the branch has room for in a week, so that the last ones have to be sent far away. The bench sends a thousand.
const CALLERS: usize = 240;
/// As many as there are replicas of ingress.
const CONNECTIONS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_a_herd_gets_the_slot_and_all_others_hear_of_one_of_their_own() {
    let shop = Shop::open().await;
    assert_eq!(shop.book(haircut(operator(&fresh()), at(1, "09:00"))).await.outcome(), Outcome::Booked);
    let deadlocks = "SELECT sum(deadlocks) FROM pg_stat_database";
    let before = shop.sql(deadlocks).await;
    let begun = Instant::now();
    let answers = herd(&shop).await;
    println!("{CALLERS} callers in {:?}", begun.elapsed());
    let has = |answer: &&BookResponse| matches!(answer.outcome(), Outcome::Booked | Outcome::Replayed);
    assert_eq!(answers.iter().filter(has).count(), 1);
    let others: Vec<_> = answers.iter().filter(|answer| answer.outcome() == Outcome::Taken).collect();
    assert_eq!(others.len(), CALLERS - 1);
    assert_eq!(others.iter().filter(|answer| answer.alternatives.is_empty()).count(), 0, "empty shrugs");
    println!("{} alternatives are reserved", reserved(&others));
    assert_eq!(shop.active().await, 2);
    assert_eq!(shop.sql(deadlocks).await, before);
    shop.close().await;
}

async fn herd(shop: &Shop) -> Vec<BookResponse> {
    let mut all = JoinSet::new();
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(shop.connect().await);
    }
    for number in 0..CALLERS {
        let mut booking = connections[number % CONNECTIONS].clone();
        let request = haircut(call(&format!("call_{number}"), "tool_1"), at(0, "10:00"));
        all.spawn(async move {
            loop {
                let mut patient = Request::new(request.clone());
                patient.set_timeout(Duration::from_secs(25));
                match booking.book(patient).await {
                    Ok(answer) => break answer.into_inner(),
                    // A machine that is busy with other things says so; asking again under the same key does no harm.
                    Err(status) => assert!(shop::is_busy(&status), "{status:?}"),
                }
            }
        });
    }
    all.join_all().await
}

/// What was reserved for one caller is not reserved for another; returns how much was.
fn reserved(others: &[&BookResponse]) -> usize {
    let seconds = |at: Option<&prost_types::Timestamp>| from_wire_time("at", at.unwrap()).unwrap().as_second();
    let mut held: BTreeMap<String, Vec<(i64, i64, usize)>> = BTreeMap::new();
    for (caller, answer) in others.iter().enumerate() {
        let offers = answer.alternatives.iter().filter_map(|one: &Alternative| one.offer.as_ref());
        for Offer { staff_id, blocked, .. } in offers.filter(|offer| offer.held_until.is_some()) {
            let blocked = blocked.as_ref().unwrap();
            let span = (seconds(blocked.start.as_ref()), seconds(blocked.end.as_ref()), caller);
            held.entry(staff_id.clone()).or_default().push(span);
        }
    }
    let count: usize = held.values().map(Vec::len).sum();
    assert!(count > 0, "nothing was reserved for anybody");
    for spans in held.values_mut() {
        spans.sort_unstable();
        for (index, one) in spans.iter().enumerate() {
            let clash = spans[index + 1..].iter().take_while(|next| next.0 < one.1).find(|next| next.2 != one.2);
            assert!(clash.is_none(), "{one:?} and {clash:?} are reserved for two callers");
        }
    }
    count
}
