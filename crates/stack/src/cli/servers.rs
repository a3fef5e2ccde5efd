//! `servers`: in the foreground, detached, and `servers stop`.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::bail;
use callflow_stack::{Endpoints, Mode, Progress, Stack};
use clap::{Args, Subcommand};
use tokio::time::{Instant, sleep};

use super::{Setup, Stop, block_on, detach};

/// Where a stack lives when nothing else is said.
const FOLDER: &str = ".callflow/stack";

/// How often a running stack looks after its servers and its users.
const ROUND: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct Servers {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) setup: Setup,
    /// Returns once the servers are ready, and leaves them running.
    #[arg(long)]
    detach: bool,
    /// Stops once nobody has used the servers for so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub(super) idle_secs: Option<u64>,
    /// Set for the process that `--detach` leaves behind.
    #[arg(long, hide = true)]
    detached: bool,
}

/// Where the stack lives and how it treats its data.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// Folder of the stack.
    #[arg(long, default_value = FOLDER, value_name = "FOLDER")]
    pub(super) folder: PathBuf,
    /// Servers for tests: nothing is flushed to disk, and data is new each time.
    #[arg(long)]
    pub(super) test: bool,
    /// Removes the data of former runs first.
    #[arg(long)]
    pub(super) fresh: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Stops detached servers.
    Stop {
        /// Folder of the stack.
        #[arg(long, default_value = FOLDER, value_name = "FOLDER")]
        folder: PathBuf,
    },
}

pub(super) fn run(servers: Servers) -> anyhow::Result<ExitCode> {
    match &servers.action {
        Some(Action::Stop { folder }) => detach::stop(folder)?,
        None if servers.detach => detach::start(&servers)?,
        None => {
            if servers.detached {
                detach::let_go()?;
            }
            block_on(stay(&servers))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts the servers and keeps them until a signal, the end of one of them, or idleness.
async fn stay(servers: &Servers) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let progress = if servers.detached { detach::progress() } else { Progress::lines() };
    let Place { folder, test, fresh } = &servers.place;
    let mode = if *test { Mode::Test } else { Mode::Run };
    let mut options = servers.setup.options(folder, mode, progress);
    options.fresh = *fresh;
    let stack = tokio::select! {
        started = Stack::start(options) => started?,
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
