//! Resolving calls to numbers that were never asked for, in a large catalog; and how long that catalog takes to apply.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use callflow_contract::resolver::v1::{ApplyCatalogRequest, ResolveCallRequest, resolver_client::ResolverClient};
use serde_json::{Value, json};

use crate::{figure::Figure, pace::pace, world::World};

const COMPANY: &str = "bench-chain";
const BRANCHES: u64 = 5_000;
const NUMBERS: u64 = 50_000;
/// Calls a second; each for a number of its own, from a caller of its own.
const RATE: u64 = 500;
const LASTING: Duration = Duration::from_secs(20);
/// A catalog of this size is some twenty megabytes.
const MESSAGE_BYTES: usize = 64 * 1024 * 1024;
/// Longest wait for the catalog to be applied; more than what is aimed at, to tell a miss from a failure.
const PATIENCE: Duration = Duration::from_secs(120);

/// Returns the number with this index; ten of them lead to each branch.
fn number(index: u64) -> String {
    format!("+49302{index:06}")
}

fn catalog() -> Value {
    let branch = |index: u64| {
        json!({
            "slug": format!("b-{index}"), "name": format!("Filiale {index}"),
            "service_areas": [format!("+49{}", 20_000 + index)],
            "schedule": { "hours": [{ "days": "mo-sa", "from": "09:00", "to": "18:00" }] },
        })
    };
    let person = |index: u64| {
        json!({
            "slug": format!("s-{index}"), "name": format!("Person {index}"), "branch": format!("b-{}", index / 2),
            "languages": if index.is_multiple_of(2) { json!(["de"]) } else { json!(["tr", "de"]) },
        })
    };
    let entry =
        |index: u64| json!({ "number": number(index), "branch": format!("b-{}", index / (NUMBERS / BRANCHES)) });
    json!({ "companies": [{
        "slug": COMPANY, "name": "Kette", "default_branch": "b-0", "default_language": "de",
        "time_zone": "Europe/Berlin",
        "branches": (0..BRANCHES).map(branch).collect::<Vec<_>>(),
        "staff": (0..2 * BRANCHES).map(person).collect::<Vec<_>>(),
        "phone_numbers": (0..NUMBERS).map(entry).collect::<Vec<_>>(),
    }] })
}

/// Applies the catalog and returns the latencies of its first calls.
pub(super) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let client = ResolverClient::connect(world.grpc("resolver").await?).await?;
    let mut client = client.max_decoding_message_size(MESSAGE_BYTES).max_encoding_message_size(MESSAGE_BYTES);
    let mut request = tonic::Request::new(ApplyCatalogRequest { document_json: catalog().to_string(), dry_run: false });
    request.set_timeout(PATIENCE);
    let begun = Instant::now();
    let applied = client.apply_catalog(request).await.context("applying the catalog")?.into_inner();
    let took = begun.elapsed();
    ensure!(applied.problems.is_empty(), "the catalog is refused: {:?}", applied.problems.first());
    let resolve = move |index: u64| {
        let mut client = client.clone();
        async move {
            let request = ResolveCallRequest {
                company: COMPANY.into(),
                from_number: format!("+491512{index:07}"),
                to_number: number(index),
                ..ResolveCallRequest::default()
            };
            let answer = client.resolve_call(request).await?.into_inner();
            let expected = format!("b-{}", index / (NUMBERS / BRANCHES));
            ensure!(answer.branch.is_some_and(|branch| branch.slug == expected), "not {expected}");
            Ok(())
        }
    };
    let report = pace(RATE, LASTING, resolve).await?;
    Ok(vec![
        Figure::under("catalog.apply_s_5000_branches", took.as_secs_f64(), 30.0),
        Figure::known("resolve.cold_p50_ms_5000_branches", report.p50_ms),
        Figure::known("resolve.cold_p95_ms_5000_branches", report.p95_ms),
        Figure::under("resolve.cold_p99_ms_5000_branches", report.p99_ms, 15.0),
    ])
}
