//! A fleet that is left behind keeps nothing of whoever started it.
#![allow(clippy::unwrap_used)]

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// Waits until `seen` returns something.
fn wait<T>(what: &str, mut seen: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(value) = seen() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited half a minute for {what}");
        thread::park_timeout(Duration::from_millis(20));
    }
}

/// Returns the process that `up` leaves behind for a fleet in `folder`, if it lives.
fn keeper(folder: &Path) -> Option<Pid> {
    let wanted = format!("run\0--detached\0--folder\0{}\0", folder.display());
    let of_ours =
        |pid: &i32| fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.ends_with(&wanted));
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(of_ours).and_then(Pid::from_raw)
}

/// The process left behind; ends with its test.
struct Left(Pid);

impl Drop for Left {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = kill_process(self.0, Signal::TERM);
    }
}

#[test]
fn a_fleet_that_is_left_behind_keeps_no_file_of_whoever_started_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let (lock, fleet) = (folder.path().join("lock"), folder.path().join("fleet"));
    // As `flock LOCK command` does it: the lock lives as long as somebody has the file open.
    let script = r#"exec 9>>"$1" && flock -n 9 && shift && exec "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(&lock).arg(env!("CARGO_BIN_EXE_callflow-fleet"));
    command.args(["up", "--folder"]).arg(&fleet).stdin(Stdio::null()).stderr(Stdio::null());
    let mut up = command.spawn().unwrap();
    let left = Left(wait("the fleet's keeper", || keeper(&fleet)));
    // `up` has the lock itself while it waits; what it left behind outlives it and has not.
    up.kill().unwrap();
    up.wait().unwrap();
    wait("the lock", || File::open(&lock).unwrap().try_lock().ok());
    assert_eq!(keeper(&fleet), Some(left.0), "the keeper is alive and does not have the lock");
    drop(left);
    wait("the keeper's end", || keeper(&fleet).is_none().then_some(()));
}
