//! Honest callers while others send five times as much: forged, replayed, oversized and slow requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use callflow_retell::signature::Key;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};

use super::{ack::event, function::Agent};
use crate::{
    figure::Figure,
    pace::{Report, pace},
    wire::{Connection, address, request},
    world::World,
};

/// Honest requests per second: three events to one search, about as in a call.
const RATE: u64 = 100;
/// Hostile requests per second.
const HOSTILE: u64 = 5 * RATE;
const LASTING: Duration = Duration::from_secs(12);

/// Returns the honest latency with and without an attack, and the ratio of the two.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let company = world.endpoints().await?.companies.get("haarwerk").context("the demo company is there")?.clone();
    let key = Arc::new(Key::new(&company.signing_key)?);
    let (agent, _) = Agent::of(world).await?;
    let honest = Honest { agent, key: Arc::clone(&key), events: company.events.clone() };
    honest.run(Duration::from_secs(3)).await?;
    let normal = honest.run(LASTING).await?;

    let over = Arc::new(AtomicBool::new(false));
    let attack = tokio::spawn(attack(company.events.clone(), key, Arc::clone(&over)));
    sleep(Duration::from_secs(1)).await;
    let attacked = honest.run(LASTING).await;
    over.store(true, Ordering::Relaxed);
    let sent = attack.await.context("the attack failed")??;
    let attacked = attacked?;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = sent as f64 / (LASTING.as_secs_f64() + 1.0);
    Ok(vec![
        Figure::known("attack.hostile_per_second", per_second),
        Figure::known("attack.honest_failed", (normal.failed + attacked.failed) as f64),
        Figure::known("attack.normal_p99_ms", normal.p99_ms),
        Figure::known("attack.attacked_p99_ms", attacked.p99_ms),
        Figure::under("attack.p99_ratio", attacked.p99_ms / normal.p99_ms, 2.0),
    ])
}

struct Honest {
    agent: Agent,
    key: Arc<Key>,
    events: String,
}

impl Honest {
    async fn run(&self, lasting: Duration) -> anyhow::Result<Report> {
        let (agent, key, events) = (self.agent.clone(), Arc::clone(&self.key), self.events.clone());
        let client = reqwest::Client::new();
        pace(RATE, lasting, move |number| {
            let (agent, key, url, client) = (agent.clone(), Arc::clone(&key), events.clone(), client.clone());
            async move {
                if number % 4 == 0 {
                    return agent.search(number).await;
                }
                let body = event();
                let signed = callflow_retell::signature::sign(&key, &body, jiff::Timestamp::now());
                let sent =
                    client.post(url).header(callflow_retell::signature::HEADER, signed).body(body).send().await?;
                ensure!(sent.status() == 204, "status {}", sent.status());
                Ok(())
            }
        })
        .await
    }
}

/// Sends the four kinds in turn until told to stop; returns how many.
async fn attack(url: String, key: Arc<Key>, over: Arc<AtomicBool>) -> anyhow::Result<u64> {
    let forger = Key::new("key_of_somebody_else_0123456789")?;
    let forged = Arc::new(request(&url, &event(), &forger)?);
    let replayed = Arc::new(request(&url, &event(), &key)?);
    let large = Arc::new(request(&url, &vec![b' '; 9 << 20], &forger)?);
    let heavy = Arc::new(request(&url, &vec![b' '; 1 << 20], &forger)?);
    let mut sent = 0;
    let mut ticks = tokio::time::interval(Duration::from_millis(1_000 / HOSTILE));
    while !over.load(Ordering::Relaxed) {
        ticks.tick().await;
        sent += 1;
        let url = url.clone();
        match sent % 10 {
            0..5 => tokio::spawn(once(url, Arc::clone(&forged))),
            5..7 => tokio::spawn(once(url, Arc::clone(&replayed))),
            7 => tokio::spawn(once(url, Arc::clone(if sent % 20 == 7 { &large } else { &heavy }))),
            _ => tokio::spawn(stall(url, Arc::clone(&forged), Arc::clone(&over))),
        };
    }
    Ok(sent)
}

/// Sends a request on a connection of its own; whatever comes back is of no interest to an attacker.
async fn once(url: String, request: Arc<Vec<u8>>) {
    if let Ok(mut connection) = Connection::open(&url).await {
        let _ = connection.ask(&request).await;
    }
}

/// Sends a request but for its end, and keeps the connection.
async fn stall(url: String, request: Arc<Vec<u8>>, over: Arc<AtomicBool>) {
    let Ok((host, _)) = address(&url) else { return };
    let Ok(mut stream) = TcpStream::connect(host).await else { return };
    for byte in request[..request.len() / 2].chunks(200) {
        if over.load(Ordering::Relaxed) || stream.write_all(byte).await.is_err() {
            return;
        }
        sleep(Duration::from_secs(1)).await;
    }
}
