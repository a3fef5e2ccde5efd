//! Leaving servers running behind the command that started them.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, bail};
use callflow_stack::{Endpoints, Progress, Stack};
use clap::ValueEnum;

use super::servers::Servers;

/// What the process left behind says when its servers can be used.
const READY: &str = "ready";

/// Starts a process that keeps the servers, and waits until they are ready. Does nothing when they run already.
pub(super) fn start(servers: &Servers) -> anyhow::Result<()> {
    let folder = &servers.place.folder;
    if Endpoints::of(folder).is_none() {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        let log = folder.join("stack.log");
        let mut keeper = spawn(servers, &log)?;
        let told = keeper.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
        let ready = told.map_while(Result::ok).inspect(|line| eprintln!("{line}")).any(|line| line == READY);
        if !ready {
            let status = keeper.wait().context("waiting for the servers' keeper")?;
            bail!("the servers did not start ({status}):\n{}", fs::read_to_string(&log).unwrap_or_default().trim_end());
        }
    }
    eprintln!("running; URLs are in {}; stop with: callflow-stack servers stop", Endpoints::path(folder).display());
    Ok(())
}

/// Stops the servers in `folder`.
pub(super) fn stop(folder: &Path) -> anyhow::Result<()> {
    let stopped = Stack::stop_other(folder)?;
    eprintln!("{}", if stopped { "stopped" } else { "nothing was running" });
    Ok(())
}

/// Lets go of everything of whoever started us: of files that happened to be open, and of the terminal's session, so
/// that closing the terminal does not end us.
pub(super) fn let_go() -> anyhow::Result<()> {
    callflow_stack::close_inherited().context("closing what was inherited")?;
    rustix::process::setsid().context("leaving the session")?;
    Ok(())
}

/// Tells the waiting command, and the log, about each step.
pub(super) fn progress() -> Progress {
    Progress::new(|event| {
        // The command may have been interrupted; the servers are wanted all the same.
        let _ = writeln!(io::stdout(), "{event}");
        let _ = writeln!(io::stderr(), "{event}");
    })
}

/// Tells the waiting command that the servers are ready, and lets go of it.
pub(super) fn tell_ready() -> anyhow::Result<()> {
    let _ = writeln!(io::stdout(), "{READY}");
    let nowhere = File::options().write(true).open("/dev/null").context("opening /dev/null")?;
    rustix::stdio::dup2_stdout(&nowhere).context("letting go of standard output")?;
    Ok(())
}

fn spawn(Servers { place, setup, idle_secs, .. }: &Servers, log: &Path) -> anyhow::Result<Child> {
    let log = OpenOptions::new().create(true).write(true).truncate(true).open(log).context("opening the log")?;
    let mut command = Command::new(env::current_exe().context("finding our own program")?);
    command.args(["servers", "--detached", "--folder"]).arg(&place.folder);
    for (wanted, flag) in [(place.test, "--test"), (place.fresh, "--fresh"), (setup.no_install, "--no-install")] {
        command.args(wanted.then_some(flag));
    }
    for kind in setup.only.iter().filter_map(ValueEnum::to_possible_value) {
        command.arg("--only").arg(kind.get_name());
    }
    if let Some(secs) = idle_secs {
        command.arg("--idle-secs").arg(secs.to_string());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().context("starting the servers' keeper")
}
