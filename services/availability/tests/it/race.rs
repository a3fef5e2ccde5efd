//! A booking that commits while a day is being read: the search that read the day before it offers nothing that is booked.

use std::time::Duration;

use callflow_availability::Config;
use callflow_contract::availability::v1::{FreeRequest, availability_client::AvailabilityClient};
use callflow_runtime::Secret;
use callflow_testkit::{Fault, FaultProxy, Role};
use tonic::transport::Channel;

use crate::world::{World, company, haircut, search, segment, with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_between_reading_and_storing_a_day_is_seen() {
    let mut world = World::open().await;
    let (proxy, url) = FaultProxy::before(&world.database.url(Role::Availability)).await;
    let slow = world
        .another(|config: &mut Config| {
            config.database.url = Secret::new(url);
            config.database.max_connections = 1;
            config.database.acquire_timeout_ms = 20_000;
        })
        .await;
    let mut raced = (0, 0);
    for day in 2..=27 {
        let is_cancelled = raced.0 > raced.1;
        if race(&world, &proxy, &slow, day, is_cancelled).await {
            if is_cancelled { raced.1 += 1 } else { raced.0 += 1 }
        }
        if raced == (2, 2) {
            break;
        }
    }
    assert_eq!(raced, (2, 2), "bookings and cancellations between reading and storing");
    world.close().await;
}

/// Drives one change between reading and storing the day; false when the day could not be read just then, because a sign of
/// life was asked for on the one connection there is.
async fn race(
    world: &World,
    proxy: &FaultProxy,
    slow: &AvailabilityClient<Channel>,
    day: u8,
    is_cancelled: bool,
) -> bool {
    let time = |clock: &str| format!("{day:02} {clock}");
    let (from, until) = (time("10:00"), time("10:45"));
    let wish = with("sofia", haircut(&from, &time("10:01")));
    if search(&world.client, wish.clone()).await.offers.is_empty() {
        return false;
    }
    let before = if is_cancelled { Some(world.commit("sofia", &from, &until).await) } else { None };
    free(world, &from, &until).await;
    // The connection is warm: everything but the query itself has been said before.
    search(slow, haircut(&time("09:00"), &time("18:00"))).await;
    free(world, &from, &until).await;
    let since = world.sql("SELECT clock_timestamp()::text").await.remove(0);

    proxy.set(Fault::HoldReplies);
    let searching = tokio::spawn({
        let (mut slow, wish) = (slow.clone(), wish.clone());
        async move { slow.search_slots(wish).await }
    });
    let is_read = is_read(world, &since).await;
    // The rows are on their way; now the calendar changes, and another process hears of it.
    match &before {
        Some(appointment) => world.cancel(appointment).await,
        None => drop(world.commit("sofia", &from, &until).await),
    }
    free(world, &from, &until).await;
    proxy.heal();
    let answer = searching.await.unwrap();
    if !is_read {
        return false;
    }
    let offers = answer.unwrap().into_inner().offers.len();
    assert_eq!(offers, usize::from(is_cancelled), "day {day}: what was read before the commit");
    for client in [&world.client, slow] {
        let later = search(client, wish.clone()).await;
        assert_eq!(later.offers.len(), usize::from(is_cancelled), "day {day}: and it is not in the cache");
    }
    true
}

/// Whether the days were read since then, by the process whose answers are held back.
async fn is_read(world: &World, since: &str) -> bool {
    let query = format!(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'
         AND application_name = 'callflow-availability' AND query LIKE '%to_jsonb(company)%' AND query_start > '{since}'"
    );
    for _ in 0..150 {
        if !world.sql(&query).await.is_empty() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

async fn free(world: &World, from: &str, until: &str) {
    let free = FreeRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        segments: vec![segment("sofia", from, until)],
    };
    world.client.clone().free(free).await.unwrap();
}
