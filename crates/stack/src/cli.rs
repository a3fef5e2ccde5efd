//! The subcommands and what they have in common.

mod detach;
mod exec;
mod servers;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use callflow_stack::{Mode, Progress, StackOptions};
use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Private Postgres, Redis and RabbitMQ for development and tests.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the servers and keeps them until Ctrl-C; `servers stop` ends detached ones.
    Servers(servers::Servers),
    /// Starts servers for tests, runs a command that uses them, stops them, returns the command's exit status.
    Exec(exec::Exec),
}

/// Where the stack lives and how it treats its data.
#[derive(Debug, Clone, Args)]
struct Place {
    /// Folder of the stack.
    #[arg(long, default_value = ".callflow/stack", value_name = "FOLDER")]
    folder: PathBuf,
    /// Servers for tests: nothing is flushed to disk, and data is new each time.
    #[arg(long)]
    test: bool,
    /// Removes the data of former runs first.
    #[arg(long)]
    fresh: bool,
    /// Never installs packages; says what is missing instead.
    #[arg(long)]
    no_install: bool,
}

impl Place {
    fn options(&self, progress: Progress) -> StackOptions {
        let mut options = StackOptions::run(&self.folder).with_progress(progress);
        options.mode = if self.test { Mode::Test } else { Mode::Run };
        (options.fresh, options.install) = (self.fresh, !self.no_install);
        options
    }
}

/// Runs the subcommand.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Servers(servers) => servers::run(servers),
        Command::Exec(exec) => exec::run(exec),
    }
}

/// The signals that ask us to stop. Taken before servers are started, so that none is ever left behind.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        let open = |kind| signal(kind).context("listening for signals");
        Ok(Self {
            interrupt: open(SignalKind::interrupt())?,
            terminate: open(SignalKind::terminate())?,
            hangup: open(SignalKind::hangup())?,
        })
    }

    /// Waits for one of them and returns its number.
    async fn asked(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt().as_raw_value(),
            _ = self.terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = self.hangup.recv() => SignalKind::hangup().as_raw_value(),
        }
    }
}

/// Runs `work` on a runtime of two threads: one waits for signals while the other works.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("starting the runtime")?.block_on(work)
}
