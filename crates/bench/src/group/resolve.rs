//! Resolving calls over gRPC, first with warm caches, then cold in a large catalog.

mod cold;

use std::time::Duration;

use anyhow::ensure;
use callflow_contract::resolver::v1::{ResolveCallRequest, resolver_client::ResolverClient};

use crate::{
    figure::Figure,
    pace::{Report, pace},
    world::World,
};

const RATE: u64 = 2_000;

/// Returns the latencies of resolving at 2,000 calls a second, and those of calls nobody was asked about before.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let client = ResolverClient::connect(world.grpc("resolver").await?).await?;
    let resolve = move |number: u64| {
        let mut client = client.clone();
        async move {
            let request = ResolveCallRequest {
                company: "haarwerk".into(),
                from_number: format!("+4917139200{:02}", number % 90 + 10),
                to_number: "+493023125100".into(),
                ..ResolveCallRequest::default()
            };
            let answer = client.resolve_call(request).await?.into_inner();
            ensure!(answer.branch.is_some(), "no branch");
            Ok(())
        }
    };
    pace(RATE, Duration::from_secs(2), resolve.clone()).await?;
    let report = pace(RATE, Duration::from_secs(10), resolve).await?;
    let mut figures = vec![
        Figure::known("resolve.p50_ms_at_2000", report.p50_ms),
        Figure::known("resolve.p95_ms_at_2000", report.p95_ms),
        Figure::under("resolve.p99_ms_at_2000", report.p99_ms, 2.0),
        Figure::at_least("resolve.answered_share", share(&report), 1.0),
    ];
    figures.extend(cold::measure(world).await?);
    Ok(figures)
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn share(report: &Report) -> f64 {
    report.answered as f64 / (report.answered + report.failed) as f64
}
