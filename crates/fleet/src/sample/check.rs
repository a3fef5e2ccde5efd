//! Whether the call really led to what was said: in Postgres, through RabbitMQ, in the call record.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use callflow_contract::resolver::v1::{CallRecord, GetCallRequest, resolver_client::ResolverClient};
use callflow_domain::id::{AppointmentId, CompanyId};
use callflow_store::{Config, Database, appointment, booked, role::Role};
use serde_json::Value;
use tokio::time::sleep;

use crate::endpoints::Endpoints;

/// Longest wait for events to have been handled; they take milliseconds when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until appointment, event and record are complete, and describes the record.
pub(super) async fn outcome(
    endpoints: &Endpoints,
    slug: &str,
    call_id: &str,
    appointment_id: &str,
) -> anyhow::Result<(String, Duration)> {
    let begun = Instant::now();
    let company = CompanyId::from_slug(slug);
    let id: AppointmentId = appointment_id.parse().context("reading the appointment's id")?;
    let stored = appointment::find(&database(endpoints, Role::Booking).await?, company, id).await?;
    let stored = stored.context("the appointment is not in Postgres")?;
    ensure!(stored.status == appointment::Status::Active, "the appointment is not active");
    // Only the resolver's consumer writes this row: it is there once the event went through RabbitMQ.
    let resolver = database(endpoints, Role::Resolver).await?;
    let until = Instant::now() + PATIENCE;
    loop {
        let heard = booked::find(&resolver, company, id).await?;
        let record = record(endpoints, slug, call_id).await?;
        match (heard, record) {
            (Some(_), Some(record)) if record.complete => return Ok((describe(&record), begun.elapsed())),
            (heard, record) => ensure!(
                Instant::now() < until,
                "after {} s: event handled: {}, record: {record:?}",
                PATIENCE.as_secs(),
                heard.is_some()
            ),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the resolution is kept with the call, and says which signal chose the branch and why the language is what it is.
pub(super) async fn why(endpoints: &Endpoints, slug: &str, call_id: &str) -> anyhow::Result<String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let stored = record(endpoints, slug, call_id).await?.map(|record| record.resolution_json).unwrap_or_default();
        if !stored.is_empty() {
            return explain(&stored);
        }
        ensure!(Instant::now() < until, "after {} s: the resolution is not kept with the call", PATIENCE.as_secs());
        sleep(Duration::from_millis(20)).await;
    }
}

fn explain(stored: &str) -> anyhow::Result<String> {
    let stored: Value = serde_json::from_str(stored).context("reading the stored resolution")?;
    let text = |name: &str| stored[name].as_str().unwrap_or_default();
    let winner = stored["signals"].as_array().into_iter().flatten().find(|signal| signal["method"] == stored["method"]);
    let reason = winner.and_then(|signal| signal["reason"].as_str()).unwrap_or_default();
    let confidence = stored["confidence"].as_f64().unwrap_or_default();
    Ok(format!("by {} ({confidence:.1}): {reason}; language by {}", text("method"), text("language_reason")))
}

async fn database(endpoints: &Endpoints, role: Role) -> anyhow::Result<Database> {
    let url = endpoints.postgres.get(role.name()).context("the endpoints name no such role")?;
    Ok(Database::connect(&Config { max_connections: 1, ..Config::new(url) }).await?)
}

async fn record(endpoints: &Endpoints, slug: &str, call_id: &str) -> anyhow::Result<Option<CallRecord>> {
    let resolver = endpoints.services.get("resolver").and_then(|service| service.grpc.clone());
    let mut client = ResolverClient::connect(resolver.context("the resolver serves no gRPC")?).await?;
    let request = GetCallRequest { company: slug.to_owned(), call_id: call_id.to_owned() };
    match client.get_call(request).await {
        Ok(answer) => Ok(answer.into_inner().call),
        Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
        Err(status) => Err(status.into()),
    }
}

fn describe(record: &CallRecord) -> String {
    let CallRecord { phase, branch_slug, duration_ms, disconnection_reason, sentiment, cost_cents, .. } = record;
    let seconds = duration_ms.div_ceil(1000);
    format!("{phase}, {branch_slug}, {seconds} s, ended by {disconnection_reason}, {sentiment}, {cost_cents:.2} cents")
}
