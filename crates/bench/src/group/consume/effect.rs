//! From the webhook to its committed effect: signed events at a steady rate, looked for in the resolver's table.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use callflow_domain::id::CompanyId;
use callflow_retell::signature::{HEADER, Key, sign};
use hdrhistogram::Histogram;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::COMPANY;
use crate::{figure::Figure, pace::pace, world::World};

/// Events a second.
const RATE: u64 = 200;
const LASTING: Duration = Duration::from_secs(10);
/// How often the table is looked at; what is measured is at most this much too long.
const LOOK: Duration = Duration::from_millis(4);

/// When each event was sent, by its call.
type Sent = Arc<Mutex<HashMap<String, Instant>>>;

/// Returns how long events take to have their effect.
pub(super) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    run(world, "warm", Duration::from_secs(2)).await?;
    let histogram = run(world, "cold", LASTING).await?;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let at = |share: f64| histogram.value_at_quantile(share) as f64 / 1000.0;
    Ok(vec![
        Figure::known("event.effect_p50_ms_at_200", at(0.5)),
        Figure::under("event.effect_p95_ms_at_200", at(0.95), 100.0),
    ])
}

async fn run(world: &World, name: &str, lasting: Duration) -> anyhow::Result<Histogram<u64>> {
    let endpoints = world.endpoints().await?;
    let company = endpoints.companies.get(COMPANY).context("the demo company is there")?.clone();
    let key = Arc::new(Key::new(&company.signing_key).context("reading the signing key")?);
    let postgres = sea_orm::Database::connect(endpoints.postgres.get("admin").context("Postgres")?).await?;
    let prefix = format!("call_effect_{name}_{}_", Timestamp::now().as_millisecond());
    let (client, sent, total) = (reqwest::Client::new(), Sent::default(), RATE * lasting.as_secs());
    let watched = tokio::spawn(watch(postgres, prefix.clone(), sent.clone(), total));
    let send = move |number: u64| {
        let (client, key, url, sent) = (client.clone(), key.clone(), company.events.clone(), sent.clone());
        let call = format!("{prefix}{number}");
        async move {
            let now = Timestamp::now();
            let body = json!({ "event": "call_started", "event_timestamp": now.as_millisecond(), "call": {
                "call_type": "phone_call", "call_id": call, "agent_id": "agent_d5a452934e80ebcca36f0c4656",
                "call_status": "ongoing", "direction": "inbound", "from_number": "+491713920017",
                "to_number": "+493023125100", "start_timestamp": now.as_millisecond(),
            }});
            let bytes = body.to_string().into_bytes();
            let signed = sign(&key, &bytes, now);
            sent.lock().unwrap_or_else(PoisonError::into_inner).insert(call, Instant::now());
            let response = client.post(url).header(HEADER, signed).body(bytes).send().await?;
            ensure!(response.status().is_success(), "status {}", response.status());
            Ok(())
        }
    };
    pace(RATE, lasting, send).await?;
    watched.await?
}

/// Looks for new rows until all are there, and records how long each took from before its request.
async fn watch(postgres: DatabaseConnection, prefix: String, sent: Sent, total: u64) -> anyhow::Result<Histogram<u64>> {
    let mut histogram = Histogram::<u64>::new(3)?;
    let end = Instant::now() + LASTING + Duration::from_secs(60);
    // Row numbers are given out before rows are committed, so a few behind the newest are looked at again.
    let sql = "SELECT id, call_id FROM resolver.call_event WHERE company_id = $1 AND id > $2 - 400 AND call_id LIKE $3";
    let last = "SELECT COALESCE(max(id), 0) AS last FROM resolver.call_event";
    let last = postgres.query_one_raw(Statement::from_string(sea_orm::DbBackend::Postgres, last)).await?;
    let mut newest: i64 = last.context("one row")?.try_get("", "last")?;
    let company = CompanyId::from_slug(COMPANY).uuid();
    while histogram.len() < total {
        ensure!(Instant::now() < end, "only {} of {total} events had an effect", histogram.len());
        let values = vec![company.into(), newest.into(), format!("{prefix}%").into()];
        let query = Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, values);
        let rows = postgres.query_all_raw(query).await?;
        let seen = Instant::now();
        for row in rows {
            newest = newest.max(row.try_get("", "id")?);
            let call: String = row.try_get("", "call_id")?;
            let begun = sent.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
            if let Some(begun) = begun {
                histogram.record(u64::try_from((seen - begun).as_micros())?)?;
            }
        }
        sleep(LOOK).await;
    }
    Ok(histogram)
}
