//! A thousand callers for one slot: one has it, the others hear what else there is, and nobody waits for long.

use std::{collections::HashSet, time::Instant};

use callflow_contract::booking::v1::{BookResponse, Outcome};
use tokio::task::JoinSet;

use crate::{
    salon::at,
    shop::{self, Shop, call, fresh, haircut, operator},
};

const CALLERS: usize = 1_000;
/// As many as there are replicas of ingress.
const CONNECTIONS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_a_thousand_gets_the_slot_and_the_others_hear_of_another() {
    let shop = Shop::open().await;
    assert_eq!(shop.book(haircut(operator(&fresh()), at(1, "09:00"))).await.outcome(), Outcome::Booked);
    let deadlocks = "SELECT sum(deadlocks) FROM pg_stat_database";
    let before = shop.sql(deadlocks).await;
    let begun = Instant::now();
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
                match booking.book(request.clone()).await {
                    Ok(answer) => break answer.into_inner(),
                    // A machine that is busy with other things says so; asking again under the same key does no harm.
                    Err(status) => assert!(shop::is_busy(&status), "{status:?}"),
                }
            }
        });
    }
    let answers = all.join_all().await;
    println!("{CALLERS} callers in {:?}", begun.elapsed());
    let has = |answer: &&BookResponse| matches!(answer.outcome(), Outcome::Booked | Outcome::Replayed);
    assert_eq!(answers.iter().filter(has).count(), 1);
    let others: Vec<_> = answers.iter().filter(|answer| answer.outcome() == Outcome::Taken).collect();
    assert_eq!(others.len(), CALLERS - 1);
    let offered: HashSet<_> = others
        .iter()
        .flat_map(|answer| &answer.alternatives)
        .filter_map(|one| Some((one.offer.as_ref()?.staff_id.clone(), one.offer.as_ref()?.start?.seconds)))
        .collect();
    // How many hear of one in time depends on the machine; `herd.with_alternatives` of the bench counts them.
    assert!(offered.len() > 1, "empty shrugs");
    assert_eq!(shop.active().await, 2);
    assert_eq!(shop.sql(deadlocks).await, before);
    shop.close().await;
}
