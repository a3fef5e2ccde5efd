//! `up` and `down`: a fleet that outlives the command that started it.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::park_timeout,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use callflow_fleet::Endpoints;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::Place;

/// Longest wait for everything to be up; installing packages is part of it.
const START: Duration = Duration::from_secs(300);
/// Longest wait for everything to be down.
const STOP: Duration = Duration::from_secs(90);

fn file(place: &Place) -> PathBuf {
    place.folder.join("endpoints.json")
}

/// Returns the process that keeps the fleet, if it lives.
fn keeper(path: &Path) -> Option<Pid> {
    let pid = Pid::from_raw(Endpoints::read(path).ok()?.pid.cast_signed())?;
    test_kill_process(pid).ok().map(|()| pid)
}

/// Starts a process that keeps the fleet, and waits until the fleet is ready.
pub(crate) fn up(place: &Place) -> anyhow::Result<()> {
    let path = file(place);
    if keeper(&path).is_some() {
        anstream::eprintln!("running already; stop it with: make down");
        return Ok(());
    }
    std::fs::create_dir_all(&place.folder).with_context(|| format!("creating {}", place.folder.display()))?;
    let _ = std::fs::remove_file(&path);
    let log = place.folder.join("fleet.log");
    let out = File::create(&log).with_context(|| format!("opening {}", log.display()))?;
    let mut command = Command::new(std::env::current_exe().context("finding our own program")?);
    command.args(["run", "--detached", "--folder"]).arg(&place.folder).env_remove("ONCE");
    command.stdin(Stdio::null()).stderr(out.try_clone().context("opening the log twice")?).stdout(out);
    let mut child = command.spawn().context("starting the fleet's keeper")?;
    let begun = Instant::now();
    while !path.exists() {
        if let Some(status) = child.try_wait().context("looking after the keeper")? {
            bail!("the fleet did not start ({status}):\n{}", std::fs::read_to_string(&log).unwrap_or_default());
        }
        if begun.elapsed() > START {
            bail!("the fleet was not up within {} s; see {}", START.as_secs(), log.display());
        }
        park_timeout(Duration::from_millis(100));
    }
    anstream::eprintln!(
        "up after {:.1} s; {} says where; stop with: make down",
        begun.elapsed().as_secs_f64(),
        path.display()
    );
    Ok(())
}

/// Stops the fleet and waits until it is down.
pub(crate) fn down(place: &Place) -> anyhow::Result<()> {
    let Some(pid) = keeper(&file(place)) else {
        anstream::eprintln!("nothing was running");
        return Ok(());
    };
    kill_process(pid, Signal::TERM).context("telling the fleet to stop")?;
    let begun = Instant::now();
    while test_kill_process(pid).is_ok() {
        if begun.elapsed() > STOP {
            bail!("the fleet is still running after {} s", STOP.as_secs());
        }
        park_timeout(Duration::from_millis(100));
    }
    anstream::eprintln!("down after {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}
