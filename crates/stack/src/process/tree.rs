//! Finding and ending whole families of processes.

use std::{collections::HashMap, fs, time::Duration};

use rustix::process::Signal;

use super::{
    MARKER,
    identity::{Identity, Stat},
};
use crate::wait;

/// Returns the process and all its descendants, parents first.
pub(crate) fn family(root: &Identity) -> Vec<Identity> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for pid in pids() {
        if let Ok(stat) = Stat::read(pid) {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut family = vec![root.clone()];
    let mut next = 0;
    while let Some(parent) = family.get(next).map(|parent: &Identity| parent.pid) {
        let born = children.remove(&parent).unwrap_or_default();
        family.extend(born.into_iter().filter_map(|pid| Identity::of(pid).ok()));
        next += 1;
    }
    family
}

/// Returns every process whose environment carries the id of `run`.
pub(crate) fn marked(run: &str) -> Vec<Identity> {
    let mark = format!("{MARKER}={run}");
    let has_mark = |pid: i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
    };
    // Identified before the environment is read: a process that takes over the id in between has
    // another start time and is then not signalled.
    let candidates = pids().filter_map(|pid| Identity::of(pid).ok());
    candidates.filter(|process| has_mark(process.pid) && process.alive()).collect()
}

/// Signals each process, waits up to `grace` for all to end, then kills those that are left. Blocks.
pub(crate) fn end(processes: &[Identity], polite: Signal, grace: Duration) {
    for process in processes {
        process.signal(polite);
    }
    let gone = || processes.iter().all(|process| !process.alive());
    if wait::until(grace, gone) {
        return;
    }
    for process in processes {
        process.signal(Signal::KILL);
    }
    // The kernel needs a moment to take down a large process.
    wait::until(Duration::from_secs(5), gone);
}

/// Returns the ids of all processes that can be seen.
fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
