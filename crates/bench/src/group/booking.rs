//! Booking through gRPC beside the same SQL driven by `pgbench`, the latency of one, series, and searching sequences.

mod limit;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::ensure;
use callflow_contract::{
    availability::v1::{SearchSequencesRequest, availability_client::AvailabilityClient},
    booking::v1::{Outcome, SeriesRequest, booking_client::BookingClient},
    convert::to_wire_range,
};
use futures::future::try_join_all;
use jiff::{ToSpan as _, tz::TimeZone};
use tonic::transport::Channel;
use uuid::Uuid;

use super::{calm, chain};
use crate::{figure::Figure, pace::pace, world::World};

/// Connections to Postgres on either side.
const CONNECTIONS: usize = 16;
/// Calls that book at the same time: more than connections, because a booking also asks for free time.
const CALLERS: usize = 48;
/// How long each side runs at a time; they take turns.
const TURN: Duration = Duration::from_secs(4);
const TURNS: usize = 3;

/// Returns rate, latency and the times of series and sequences.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let (owner, admin) = chain::urls(world).await?;
    chain::apply(&owner).await?;
    let url = world.grpc("booking").await?;
    let client = BookingClient::connect(url.clone()).await?;
    let next = Arc::new(AtomicU64::new(0));
    let book = move |client: BookingClient<Channel>, next: Arc<AtomicU64>| async move {
        let request = chain::slot(next.fetch_add(1, Ordering::Relaxed))?;
        let answer = client.clone().book(request).await?.into_inner();
        ensure!(answer.outcome() == Outcome::Booked, "{}: {}", answer.outcome().as_str_name(), answer.detail);
        Ok(())
    };
    let single = {
        let (client, next) = (client.clone(), next.clone());
        move |_| book(client.clone(), next.clone())
    };
    pace(200, Duration::from_secs(2), single.clone()).await?;
    let paced = pace(200, Duration::from_secs(8), single).await?;

    let limit = limit::Limit::prepare(&admin).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        // Consumers still at work would take from the limit, which has none.
        calm::wait(world).await?;
        theirs.push(limit.rate(CONNECTIONS, TURN).await?);
        ours.push(rate(&url, &next, book).await?);
    }
    limit.remove().await?;
    calm::wait(world).await?;
    let (ours, theirs) = (median(ours), median(theirs));
    Ok(vec![
        Figure::known("booking.p50_ms_at_200", paced.p50_ms),
        Figure::under("booking.p99_ms_at_200", paced.p99_ms, 25.0),
        Figure::known("booking.per_second", ours),
        Figure::known("booking.limit_per_second", theirs),
        Figure::at_least("booking.ratio_to_limit", ours / theirs, 0.5),
        Figure::under("series.ms_52_weeks", series(client).await?, 150.0),
        Figure::under("sequence.search_ms_8", sequences(world).await?, 20.0),
    ])
}

/// Books as fast as answers come and returns how many a second.
async fn rate<F, R>(url: &str, next: &Arc<AtomicU64>, book: F) -> anyhow::Result<f64>
where
    F: Fn(BookingClient<Channel>, Arc<AtomicU64>) -> R + Copy,
    R: Future<Output = anyhow::Result<()>>,
{
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(BookingClient::connect(url.to_owned()).await?);
    }
    let (begun, until) = (Instant::now(), Instant::now() + TURN);
    let caller = |number: usize| {
        let (client, next) = (clients[number % clients.len()].clone(), next.clone());
        async move {
            let mut booked = 0_u32;
            while Instant::now() < until {
                book(client.clone(), next.clone()).await?;
                booked += 1;
            }
            anyhow::Ok(booked)
        }
    };
    let booked: u32 = try_join_all((0..CALLERS).map(caller)).await?.into_iter().sum();
    Ok(f64::from(booked) / begun.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Books ten series of a year each, every one with somebody else, and returns the slowest in milliseconds.
async fn series(mut client: BookingClient<Channel>) -> anyhow::Result<f64> {
    let company = chain::company();
    let first = chain::at(320, 0)?.to_zoned(TimeZone::get("Europe/Berlin")?).date();
    let mut slowest = 0.0_f64;
    for number in 0..11_u64 {
        let (branch, person) = (number % chain::BRANCHES, (number % chain::BRANCHES) * chain::PEOPLE);
        let request = SeriesRequest {
            context: Some(chain::context(&format!("call_{}", Uuid::new_v4().simple()))),
            branch_id: company.branch(&format!("filiale-{branch}")).to_string(),
            service_id: company.service("service-0").to_string(),
            staff_id: company.staff(&format!("person-{person}")).to_string(),
            pattern: "weekly".into(),
            start_date: first.to_string(),
            time: "10:00".into(),
            count: 52,
            ..SeriesRequest::default()
        };
        let begun = Instant::now();
        let answer = client.book_series(request).await?.into_inner();
        ensure!(answer.booked == 52, "{}: {}", answer.outcome().as_str_name(), answer.detail);
        // The first one warms up connections and code.
        if number > 0 {
            slowest = slowest.max(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(slowest)
}

/// Searches eight services in any order over seven days and twelve staff, and returns the median in milliseconds.
async fn sequences(world: &World) -> anyhow::Result<f64> {
    let mut client = AvailabilityClient::connect(world.grpc("availability").await?).await?;
    let company = chain::company();
    let from = chain::at(200, 0)?;
    let request = SearchSequencesRequest {
        company_id: company.to_string(),
        branch_id: company.branch("filiale-0").to_string(),
        service_ids: (0..8).map(|number| company.service(&format!("service-{number}")).to_string()).collect(),
        any_order: true,
        window: Some(to_wire_range(from, from + (7 * 24).hours())),
        limit: 3,
        ..SearchSequencesRequest::default()
    };
    let mut times = Vec::new();
    for _ in 0..31 {
        let begun = Instant::now();
        let found = client.search_sequences(request.clone()).await?.into_inner();
        ensure!(!found.sequences.is_empty(), "no sequence: {}", found.reason_detail);
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(median(times))
}
