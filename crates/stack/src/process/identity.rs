//! Who a process is: its id together with when it began, because ids are used again.

use std::{fs, io, os::fd::OwnedFd};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// A process that cannot be confused with a later one of the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Process id.
    pub(crate) pid: i32,
    /// When it began, in clock ticks since the machine started.
    pub(crate) started: u64,
    /// Which start of the machine that was.
    pub(crate) boot: String,
}

impl Identity {
    /// Reads who process `pid` is.
    pub(crate) fn of(pid: i32) -> io::Result<Self> {
        Ok(Self { pid, started: Stat::read(pid)?.started, boot: boot()? })
    }

    /// Reads who this process is.
    pub(crate) fn own() -> io::Result<Self> {
        Self::of(std::process::id().cast_signed())
    }

    /// Returns whether the process still runs; one that ended and waits to be collected does not.
    pub(crate) fn alive(&self) -> bool {
        let same = |stat: Stat| stat.started == self.started && stat.state != 'Z' && stat.state != 'X';
        boot().is_ok_and(|boot| boot == self.boot) && Stat::read(self.pid).is_ok_and(same)
    }

    /// Sends `signal` to this very process; returns whether it was there to receive it.
    pub(crate) fn signal(&self, signal: Signal) -> bool {
        self.open().is_some_and(|process| pidfd_send_signal(process, signal).is_ok())
    }

    /// Opens the process. Checked after opening: from then on the descriptor means one process for ever.
    fn open(&self) -> Option<OwnedFd> {
        let opened = pidfd_open(Pid::from_raw(self.pid)?, PidfdFlags::empty()).ok()?;
        self.alive().then_some(opened)
    }
}

/// What is read of `/proc/<pid>/stat`.
pub(crate) struct Stat {
    pub(crate) state: char,
    pub(crate) parent: i32,
    pub(crate) started: u64,
}

impl Stat {
    /// Reads the line of process `pid`.
    pub(crate) fn read(pid: i32) -> io::Result<Self> {
        let line = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::parse(&line).ok_or_else(|| io::Error::other(format!("unexpected form of /proc/{pid}/stat")))
    }

    /// The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.rsplit_once(')')?.1.split_whitespace().collect();
        // Counted from the third field of proc(5): state, parent, …; the start time is the 22nd.
        Some(Self {
            state: fields.first()?.chars().next()?,
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
        })
    }
}

/// Returns the id of this start of the machine.
fn boot() -> io::Result<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_parentheses_does_not_shift_the_fields() {
        let line = "7 (a) b (c) S 3 7 7 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 4711 100 1";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.state, stat.parent, stat.started), ('S', 3, 4711));
    }

    #[test]
    fn a_process_of_the_same_id_but_another_start_is_not_the_one() {
        let own = Identity::own().unwrap();
        assert!(own.alive());
        let former = Identity { started: own.started - 1, ..own.clone() };
        assert!(!former.alive() && !former.signal(Signal::CONT));
        let before_reboot = Identity { boot: "another".to_owned(), ..own };
        assert!(!before_reboot.alive() && !before_reboot.signal(Signal::CONT));
    }
}
