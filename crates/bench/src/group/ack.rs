//! Acknowledging events: ingress beside a bare program, on the same broker in the same run, and its latency at a steady rate.
//!
//! Nobody consumes meanwhile: the question is how fast an event is safe, not how fast it is understood.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use callflow_fleet::{Fleet, Options};
use callflow_queue::topology::{METRICS_ALL, RESOLVER_CALL};
use callflow_retell::signature::Key;
use jiff::Timestamp;
use lapin::{Connection as Broker, ConnectionProperties, options::QueuePurgeOptions};
use serde_json::json;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::{
    bare::Bare,
    figure::Figure,
    pace::pace,
    wire::{Connection, flood, request},
    world::World,
};

/// Senders at the same time, the same for both.
const SENDERS: usize = 64;
/// How long each floods; long enough for both to be warm, short enough to take turns.
const LASTING: Duration = Duration::from_secs(4);
/// Turns each of the two takes; the middle one counts.
const TURNS: usize = 5;
/// Events per second of the steady run.
const RATE: u64 = 500;

/// Returns the rates of both, their ratio, and the latency of ingress at a steady rate.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let folder = world.folder().join("ack");
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    // One company sends more than any would; its rate is not what is measured.
    let settings = vec![("CALLFLOW__LIMIT__COMPANY_PER_SECOND".to_owned(), "1000000".to_owned())];
    let options = Options { test: true, services: vec!["ingress"], settings, ..Options::new(folder.canonicalize()?)? };
    let fleet = Fleet::start(options).await?;
    let figures = on(&fleet).await;
    fleet.stop().await;
    figures
}

async fn on(fleet: &Fleet) -> anyhow::Result<Vec<Figure>> {
    let endpoints = fleet.endpoints();
    let company = endpoints.companies.get("haarwerk").context("the demo company is there")?;
    let broker = &fleet.stack.rabbitmq().admin_url();
    let key = Key::new(&company.signing_key)?;
    let bare = Bare::start(broker, &company.signing_key).await?;
    let channel = Broker::connect(broker, ConnectionProperties::default()).await?.create_channel().await?;
    let bodies: Vec<Vec<u8>> = (0..256).map(|_| event()).collect();
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        let signed = |url: &str| bodies.iter().map(|body| request(url, body, &key)).collect::<anyhow::Result<Vec<_>>>();
        let limit = flood(&bare.url, Arc::new(signed(&bare.url)?), SENDERS, LASTING).await?;
        purge(&channel).await?;
        let ours = flood(&company.events, Arc::new(signed(&company.events)?), SENDERS, LASTING).await?;
        purge(&channel).await?;
        turns.push((ours / limit, ours, limit));
    }
    drop(bare);
    turns.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, ours, limit) = turns[TURNS / 2];
    let steady = steady(&company.events, key).await?;
    Ok(vec![
        Figure::known("ack.limit_per_second", limit),
        Figure::known("ack.per_second", ours),
        Figure::at_least("ack.ratio_to_limit", ratio, 0.6),
        Figure::known("ack.p50_ms_at_500", steady.p50_ms),
        Figure::under("ack.p99_ms_at_500", steady.p99_ms, 25.0),
    ])
}

async fn steady(url: &str, key: Key) -> anyhow::Result<crate::pace::Report> {
    let mut open = Vec::new();
    for _ in 0..SENDERS {
        open.push(Arc::new(Mutex::new(Connection::open(url).await?)));
    }
    let (open, url) = (Arc::new(open), url.to_owned());
    let send = move |number: u64| {
        let made = request(&url, &event(), &key);
        let connection = usize::try_from(number).map(|number| Arc::clone(&open[number % SENDERS]));
        async move {
            let status = connection?.lock().await.ask(&made?).await?;
            ensure!(status == 204, "status {status}");
            Ok(())
        }
    };
    pace(RATE, Duration::from_secs(2), send.clone()).await?;
    pace(RATE, Duration::from_secs(10), send).await
}

async fn purge(channel: &lapin::Channel) -> anyhow::Result<()> {
    for queue in [RESOLVER_CALL.queue, METRICS_ALL.queue] {
        channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await?;
    }
    Ok(())
}

/// Returns a `call_ended` of about 2 KB.
pub(crate) fn event() -> Vec<u8> {
    let now = Timestamp::now().as_millisecond();
    let said = "Agent: Haarwerk, guten Tag.\nUser: Einen Herrenhaarschnitt am Donnerstag, bitte.\n".repeat(15);
    json!({ "event": "call_ended", "call": {
        "call_type": "phone_call", "call_id": format!("call_{}", Uuid::new_v4().simple()), "agent_id": "agent_d5a452934e80ebcca36f0c4656",
        "agent_version": 7, "call_status": "ended", "direction": "inbound", "from_number": "+491713920017", "to_number": "+493023125100",
        "start_timestamp": now - 60_000, "end_timestamp": now, "duration_ms": 60_000, "disconnection_reason": "user_hangup",
        "metadata": { "company": "haarwerk", "branch": "berlin-mitte" }, "transcript": said,
        "call_cost": { "combined_cost": 5.92, "total_duration_seconds": 60 },
    }})
    .to_string()
    .into_bytes()
}
