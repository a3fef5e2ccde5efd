//! `servers`: in the foreground, detached, and `servers stop`.

use std::{process::ExitCode, time::Duration};

use anyhow::bail;
use callflow_stack::{Endpoints, Progress, Stack};
use clap::{Args, Subcommand};
use tokio::time::{Instant, sleep};

use super::{Place, Stop, block_on, detach};

/// How often a running stack looks after its servers and its users.
const ROUND: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Servers {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    place: Place,
    /// Returns once the servers are ready, and leaves them running.
    #[arg(long)]
    detach: bool,
    /// Stops once nobody has used the servers for so many seconds.
    #[arg(long, value_name = "SECONDS")]
    idle_secs: Option<u64>,
    /// Set for the process that `--detach` leaves behind.
    #[arg(long, hide = true)]
    detached: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Stops detached servers.
    Stop {
        /// Folder of the stack.
        #[arg(long, default_value = ".callflow/stack", value_name = "FOLDER")]
        folder: std::path::PathBuf,
    },
}

pub(super) fn run(servers: Servers) -> anyhow::Result<ExitCode> {
    match &servers.action {
        Some(Action::Stop { folder }) => detach::stop(folder)?,
        None if servers.detach => detach::start(&servers.place, servers.idle_secs)?,
        None => block_on(stay(&servers))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts the servers and keeps them until a signal, the end of one of them, or idleness.
async fn stay(servers: &Servers) -> anyhow::Result<()> {
    if servers.detached {
        detach::leave_session()?;
    }
    let mut stop = Stop::listen()?;
    let progress = if servers.detached { detach::progress() } else { Progress::lines() };
    let stack = tokio::select! {
        started = Stack::start(servers.place.options(progress)) => started?,
        // The half-started servers end with the future that was starting them.
        _ = stop.asked() => bail!("stopped while starting"),
    };
    if servers.detached {
        detach::tell_ready()?;
    } else {
        eprintln!("ready; URLs are in {}; Ctrl-C stops", Endpoints::path(&stack.endpoints().folder).display());
    }
    watch(stack, stop, servers.idle_secs.map(Duration::from_secs)).await
}

/// Waits until it is time to stop, and stops.
async fn watch(mut stack: Stack, mut stop: Stop, limit: Option<Duration>) -> anyhow::Result<()> {
    let mut used = Instant::now();
    loop {
        tokio::select! {
            _ = stop.asked() => break,
            () = sleep(ROUND) => {}
        }
        if let Some((server, status)) = stack.ended().await {
            stack.stop().await;
            bail!("{server} ended with {status}; everything was stopped");
        }
        if stack.in_use() {
            used = Instant::now();
        } else if limit.is_some_and(|limit| used.elapsed() >= limit) {
            match stack.stop_if_unused().await {
                None => return Ok(()),
                Some(needed) => stack = needed,
            }
        }
    }
    stack.stop().await;
    Ok(())
}
