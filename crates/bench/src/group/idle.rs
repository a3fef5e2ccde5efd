//! What a service costs while nobody calls: its resident memory, after one sample call.

use std::{fs, time::Duration};

use anyhow::Context as _;
use callflow_fleet::sample;

use crate::{figure::Figure, world::World};

/// Mebibytes a service may keep resident.
const MOST: f64 = 40.0;
/// How long nothing is asked before looking.
const QUIET: Duration = Duration::from_secs(5);

/// Returns the resident memory of each service, in MiB.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let endpoints = world.endpoints().await?;
    sample::place(endpoints, |_| ()).await?;
    tokio::time::sleep(QUIET).await;
    let services = endpoints.services.iter();
    services
        .map(|(name, service)| Ok(Figure::under(&format!("idle.{name}_mib"), resident(service.pid)?, MOST)))
        .collect()
}

fn resident(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("looking at a service")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("finding its resident memory")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().context("reading its resident memory")?;
    Ok(kib / 1024.0)
}
