//! The inbound answer while the phone rings: signed, over HTTP, through ingress, resolver, availability and booking.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use callflow_retell::signature::{HEADER, Key, sign};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::{figure::Figure, pace::pace, world::World};

/// Calls a second: an evening's peak of two thousand live calls.
const RATE: u64 = 100;
const LASTING: Duration = Duration::from_secs(10);

/// Returns the inbound latencies at 100 calls a second, caches warm.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let company = world.endpoints().await?.companies.get("haarwerk").context("the demo company is there")?.clone();
    let key = Arc::new(Key::new(&company.signing_key).context("reading the signing key")?);
    let client = reqwest::Client::new();
    let ring = move |number: u64| {
        let (client, key, url) = (client.clone(), key.clone(), company.inbound.clone());
        async move {
            let call_id = format!("call_{}", Uuid::new_v4().simple());
            let from = format!("+49171392{number:05}");
            let body = json!({ "event": "call_inbound", "call_inbound": {
                "call_id": call_id, "agent_id": "agent_d5a452934e80ebcca36f0c4656", "from_number": from, "to_number": "+493023125100",
            }});
            let bytes = body.to_string().into_bytes();
            let signed = sign(&key, &bytes, Timestamp::now());
            let response = client.post(url).header(HEADER, signed).body(bytes).send().await?;
            ensure!(response.status().is_success(), "status {}", response.status());
            response.bytes().await?;
            Ok(())
        }
    };
    pace(RATE, Duration::from_secs(2), ring.clone()).await?;
    let report = pace(RATE, LASTING, ring).await?;
    Ok(vec![
        Figure::known("inbound.p50_ms_at_100", report.p50_ms),
        Figure::under("inbound.p99_ms_at_100", report.p99_ms, 50.0),
    ])
}
