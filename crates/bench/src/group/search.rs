//! Searching over gRPC: two weeks, eight people; warm at a rate, and a thousand at once for what is in no cache.

use std::{future::Future, time::Duration};

use anyhow::{Context as _, ensure};
use callflow_contract::availability::v1::availability_client::AvailabilityClient;
use futures::future::try_join_all;
use tonic::transport::Channel;

use crate::{figure::Figure, pace::pace, salon, world::World};

const RATE: u64 = 1_000;
/// Searches at once for what is cold.
const AT_ONCE: usize = 1_000;
/// Connections they come over, as from several instances of the callers.
const CONNECTIONS: usize = 10;
/// Cold two weeks that are asked for one after the other; the worst of them counts.
const ROUNDS: i64 = 5;

/// Returns the latencies of warm searches at 1,000 a second, and the queries that 1,000 searches of cold days cost.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    salon::open(world).await?;
    let client = salon::client(world).await?;
    pace(RATE, Duration::from_secs(2), search(client.clone())).await?;
    let report = pace(RATE, Duration::from_secs(10), search(client)).await?;
    let mut figures = vec![
        Figure::known("search.p50_ms_at_1000", report.p50_ms),
        Figure::under("search.p99_ms_at_1000", report.p99_ms, 5.0),
    ];
    figures.extend(cold(world).await?);
    Ok(figures)
}

fn search(
    client: AvailabilityClient<Channel>,
) -> impl Fn(u64) -> std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send + Sync + 'static {
    move |_| {
        let mut client = client.clone();
        Box::pin(async move {
            let found = client.search_slots(salon::search(1)?).await?.into_inner();
            ensure!(!found.offers.is_empty(), "nothing is free");
            Ok(())
        })
    }
}

async fn cold(world: &World) -> anyhow::Result<Vec<Figure>> {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(salon::client(world).await?);
    }
    let mut worst = 0.0_f64;
    for round in 0..ROUNDS {
        // Weeks nobody has asked for yet in this run.
        let request = salon::search(30 + round * (salon::DAYS + 2))?;
        let before = day_reads(world).await?;
        let ask = |number: usize| {
            let (mut client, request) = (clients[number % CONNECTIONS].clone(), request.clone());
            async move { client.search_slots(request).await.map(drop) }
        };
        try_join_all((0..AT_ONCE).map(ask)).await?;
        worst = worst.max(day_reads(world).await? - before);
    }
    // The aim is two at most, so anything under three meets it.
    Ok(vec![Figure::under("search.cold_reads_per_1000", worst, 3.0)])
}

/// Returns how many queries for days the service has made.
async fn day_reads(world: &World) -> anyhow::Result<f64> {
    let service = world.endpoints().await?.services.get("availability").context("availability runs")?;
    let text = reqwest::get(format!("{}/metrics", service.admin.trim_end_matches('/'))).await?.text().await?;
    let values = text.lines().filter(|line| line.starts_with("availability_day_reads_total"));
    let numbers = values.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    Ok(numbers.sum())
}
