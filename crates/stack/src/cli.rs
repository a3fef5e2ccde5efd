//! The subcommands and what they have in common.

mod detach;
mod exec;
mod servers;

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use callflow_stack::{Kinds, Mode, Progress, StackOptions};
use clap::{Args, Parser, Subcommand, ValueEnum};
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

/// What to start.
#[derive(Debug, Clone, Args)]
struct Setup {
    /// Starts these servers only.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SERVERS")]
    only: Vec<Kind>,
    /// Never installs packages; says what is missing instead.
    #[arg(long)]
    no_install: bool,
}

/// A server to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Postgres,
    Redis,
    Rabbitmq,
}

impl Setup {
    fn options(&self, folder: &Path, mode: Mode, progress: Progress) -> StackOptions {
        let wanted = |kind| self.only.is_empty() || self.only.contains(&kind);
        let kinds =
            Kinds { postgres: wanted(Kind::Postgres), redis: wanted(Kind::Redis), rabbitmq: wanted(Kind::Rabbitmq) };
        StackOptions { mode, kinds, install: !self.no_install, progress, ..StackOptions::run(folder) }
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
