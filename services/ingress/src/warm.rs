//! Warming up: what the first caller would otherwise wait for is done before the service says that it is ready.

use std::time::Duration;

use callflow_contract::resolver::v1::ResolveCallRequest;
use callflow_rpc::{Deadline, idempotent};
use futures::future::join_all;

use crate::app::App;

/// Longest wait for all of it. Whoever is away is done without: the service starts all the same.
const PATIENCE: Duration = Duration::from_secs(3);
/// Companies whose directories are asked for; those beyond are loaded by their first caller.
const MOST: usize = 50;

/// Opens every connection and has the services behind load what the first call of each company needs.
pub(crate) async fn up(app: &App) {
    let deps = &app.deps;
    let connect = async {
        let pings = join_all(deps.channels.iter().map(callflow_rpc::Channel::ping));
        let cache = async {
            if let Some(cache) = &deps.cache {
                let _ = cache.ping().await;
            }
        };
        let (reached, _, _, _) = tokio::join!(pings, deps.publisher.wait_ready(PATIENCE), deps.database.ping(), cache);
        reached.iter().filter(|pong| pong.is_ok()).count()
    };
    let all = async {
        let reached = connect.await;
        let companies = deps.keys.companies().unwrap_or_default();
        join_all(companies.iter().take(MOST).map(|company| rehearse(app, company))).await;
        tracing::info!(services = reached, companies = companies.len(), "warmed up");
    };
    if tokio::time::timeout(PATIENCE, Deadline::after(PATIENCE).scope(all)).await.is_err() {
        tracing::info!("not everything could be warmed up in time");
    }
}

/// Asks what a first call of the company would ask; nothing of it is recorded or held.
async fn rehearse(app: &App, company: &str) {
    let question = ResolveCallRequest { company: company.to_owned(), ..ResolveCallRequest::default() };
    let found = app.deps.resolver.clone().resolve_call(idempotent(question)).await;
    let Ok(Some(branch)) = found.map(|found| found.into_inner().branch) else { return };
    app.rehearse_branch(company, &branch.branch_id).await;
}
