//! The voice platform's side under load: calls begin at a fixed rate, each reports three signed events.
//!
//! What is not acknowledged is sent again, as the platform does, and every seventh event is sent twice although it was.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use callflow_fleet::endpoints::Company;
use callflow_retell::signature::{HEADER, Key, sign};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::ledger::{EventKey, Ledger};

/// How long the platform waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it sends what is not acknowledged.
const TRIES: u32 = 4;
/// Every so many events come twice.
const TWICE: u64 = 7;
/// Numbers of this test; each call has one of its own, so that its customer has exactly one call.
static CALLER: AtomicU64 = AtomicU64::new(1);

/// Sends the events of one scenario.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    client: reqwest::Client,
    key: Key,
    url: String,
    /// Begins the ids of its calls.
    pub(crate) prefix: String,
    pub(crate) ledger: Arc<Ledger>,
}

impl Sender {
    pub(crate) fn new(company: &Company, prefix: String, ledger: Ledger) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let key = Key::new(&company.signing_key)?;
        Ok(Self { client, key, url: company.events.clone(), prefix, ledger: Arc::new(ledger) })
    }

    /// Begins `per_second` calls a second until `stop`, then finishes those under way.
    pub(crate) async fn run(self, per_second: u32, stop: CancellationToken) -> anyhow::Result<()> {
        let mut ticks = interval(Duration::from_secs(1) / per_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut calls = JoinSet::new();
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            calls.spawn(self.clone().call());
        }
        while let Some(call) = calls.join_next().await {
            call??;
        }
        Ok(())
    }

    async fn call(self) -> anyhow::Result<()> {
        let number = CALLER.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}{number:08}", self.prefix);
        for (nth, event) in ["call_started", "call_ended", "call_analyzed"].into_iter().enumerate() {
            let body = body(&id, number, event);
            let key = (id.clone(), event);
            let again = (number + nth as u64).is_multiple_of(TWICE);
            self.until_acknowledged(&key, &body).await?;
            if again {
                self.send(&key, &body).await?;
            }
        }
        Ok(())
    }

    async fn until_acknowledged(&self, key: &EventKey, body: &[u8]) -> anyhow::Result<()> {
        for nth in 1..=TRIES {
            if self.send(key, body).await?.is_some_and(|status| (200..300).contains(&status)) {
                break;
            }
            sleep(Duration::from_millis(500) * nth).await;
        }
        Ok(())
    }

    /// Sends an event once and returns the status of the answer, if there was one.
    async fn send(&self, key: &EventKey, body: &[u8]) -> anyhow::Result<Option<u16>> {
        self.ledger.before(key)?;
        let signature = sign(&self.key, body, Timestamp::now());
        let request = self.client.post(&self.url).header(HEADER, signature).header("content-type", "application/json");
        // Without an answer nobody knows whether it arrived: it may have its effect, once.
        let Ok(response) = request.body(body.to_vec()).send().await else { return Ok(None) };
        let status = response.status().as_u16();
        self.ledger.answered(key, status)?;
        Ok(Some(status))
    }

    /// Sends the first event of one more call, about `padding` bytes larger, once, and returns the status of the answer.
    pub(crate) async fn probe(&self, padding: usize) -> anyhow::Result<Option<u16>> {
        let number = CALLER.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}{number:08}", self.prefix);
        let mut body = body(&id, number, "call_started");
        // A field nobody knows, of what cannot be made smaller: the database compresses, and counts what it keeps.
        let digits: String =
            std::iter::repeat_with(|| Uuid::new_v4().simple().to_string()).take(padding / 32).collect();
        body.splice(1..1, format!(r#""padding":"{digits}","#).into_bytes());
        self.send(&(id, "call_started"), &body).await
    }
}

/// Returns the number the call with this number comes from.
pub(crate) fn caller(number: u64) -> String {
    format!("+49151{number:08}")
}

/// Returns what the platform reports: a call whose analysis leaves a wish open, so that booking has something to do.
fn body(id: &str, number: u64, event: &str) -> Vec<u8> {
    let now = Timestamp::now().as_millisecond();
    let mut call = json!({
        "call_type": "phone_call", "call_id": id, "agent_id": "agent_d5a452934e80ebcca36f0c4656", "agent_version": 7,
        "direction": "inbound", "from_number": caller(number), "to_number": "+493023125100", "start_timestamp": now - 60_000,
        "call_status": if event == "call_started" { "ongoing" } else { "ended" },
    });
    let mut add = |name: &str, value: Value| call[name] = value;
    if event != "call_started" {
        add("end_timestamp", json!(now));
        add("duration_ms", json!(60_000));
        add("disconnection_reason", json!("user_hangup"));
        add("transcript", json!("Agent: Haarwerk, guten Tag.\nUser: Bitte rufen Sie mich zurück.\n"));
    }
    if event == "call_analyzed" {
        add(
            "call_analysis",
            json!({ "call_summary": "Bittet um Rückruf.", "user_sentiment": "Neutral", "call_successful": true,
                    "in_voicemail": false, "custom_analysis_data": { "callback_requested": true } }),
        );
    }
    json!({ "event": event, "event_timestamp": now, "call": call }).to_string().into_bytes()
}
