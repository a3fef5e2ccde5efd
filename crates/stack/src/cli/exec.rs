//! `exec`: a command with servers of its own.

use std::{ffi::OsString, os::unix::process::ExitStatusExt, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use callflow_stack::{Mode, Progress, Stack};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use super::{Setup, Stop, block_on};

#[derive(Debug, Args)]
pub(super) struct Exec {
    /// Folder of the stack.
    #[arg(long, default_value = ".callflow/test", value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    setup: Setup,
    /// The command and its arguments.
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) fn run(exec: Exec) -> anyhow::Result<ExitCode> {
    block_on(async {
        let mut stop = Stop::listen()?;
        let options = exec.setup.options(&exec.folder, Mode::Test, Progress::lines());
        let stack = tokio::select! {
            started = Stack::start(options) => started?,
            _ = stop.asked() => bail!("stopped while starting"),
        };
        let code = command(&exec.command, &stack, &mut stop).await;
        stack.stop().await;
        code.map(ExitCode::from)
    })
}

/// Runs the command to its end and returns its exit status as a shell would say it.
async fn command(words: &[OsString], stack: &Stack, stop: &mut Stop) -> anyhow::Result<u8> {
    let [program, args @ ..] = words else { bail!("no command") };
    let mut command = Command::new(program);
    command.args(args).envs(stack.endpoints().env()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
    let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.context("waiting for the command")?,
            number = stop.asked() => forward(number, pid),
        }
    };
    // 128 + n: ended by signal n.
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}

/// Hands a signal on. An interrupt comes from the terminal, which has sent it to the command as well.
fn forward(number: i32, pid: Option<Pid>) {
    let signal = Signal::from_named_raw(number).filter(|signal| *signal != Signal::INT);
    if let (Some(signal), Some(pid)) = (signal, pid) {
        // The command has ended meanwhile: its status comes next.
        let _ = kill_process(pid, signal);
    }
}
