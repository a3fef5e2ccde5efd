//! A server's process: how it is launched so that it never outlives us, and how it is ended.
//!
//! Four things together keep processes from being left behind or foreign ones from being hit: the kernel
//! signals each server when its parent dies; each runs in a process group of its own, out of the terminal's
//! reach; all carry the run's id in their environment, so that daemons they fork are found too; and a
//! process is only ever signalled through a descriptor opened before its identity was checked.

mod identity;
mod spawner;
mod token;
mod tree;

use std::{
    ffi::OsString,
    fs::OpenOptions,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

pub(crate) use identity::Identity;
use rustix::process::Signal;
pub use token::Token;
pub(crate) use tree::{end, marked};

use crate::{error::Error, user::User, wait};

/// Environment variable that marks every process of a run with the run's id.
pub(crate) const MARKER: &str = "CALLFLOW_STACK_RUN";

/// Where programs of the system are looked for; the caller's own `PATH` may hold wrappers.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How long a process gets to follow a signal before it is killed.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Everything needed to start a server.
pub(crate) struct Launch {
    /// Name of the server in messages.
    pub(crate) name: &'static str,
    /// The program itself.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Its whole environment, apart from `PATH`, `LANG` and the marker.
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// Its working folder.
    pub(crate) dir: PathBuf,
    /// Takes what it prints.
    pub(crate) log: PathBuf,
    /// The account to switch to.
    pub(crate) user: Option<User>,
    /// Asks it to stop quickly but in order.
    pub(crate) stop: Signal,
    /// Ends it at once when its data is not needed any more.
    pub(crate) discard: Signal,
    /// The run it belongs to.
    pub(crate) run: String,
}

impl Launch {
    /// Returns the command: `setpriv` drops the account and asks for the signal at the parent's death, then
    /// becomes the program, so that the process id stays the same.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("setpriv");
        if let Some(User { uid, gid }) = &self.user {
            command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]);
        }
        // setpriv knows signals by name only.
        let stop = if self.stop == Signal::INT { "INT" } else { "TERM" };
        command.arg(format!("--pdeathsig={stop}")).arg("--").arg(&self.program).args(&self.args);
        command.env_clear().env("PATH", PATH).env("LANG", "C.UTF-8").env(MARKER, &self.run);
        command.envs(self.env.iter().map(|(name, value)| (*name, value))).current_dir(&self.dir).process_group(0);
        command
    }
}

/// A server's running process. Dropping it ends it at once with all its children.
pub(crate) struct Process {
    child: Child,
    identity: Identity,
    stop: Signal,
    discard: Signal,
}

impl Process {
    /// Starts the program with its output going to the log.
    pub(crate) fn launch(launch: &Launch) -> Result<Self, Error> {
        let open = || OpenOptions::new().create(true).append(true).open(&launch.log);
        let out = open().map_err(Error::folder("opening", &launch.log))?;
        let err = open().map_err(Error::folder("opening", &launch.log))?;
        let mut command = launch.command();
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let spawned = spawner::spawn(command).and_then(|mut child| match Identity::of(child.id().cast_signed()) {
            Ok(identity) => Ok((child, identity)),
            Err(error) => {
                // Cannot be watched, so it must not run.
                let _ = child.kill().and_then(|()| child.wait());
                Err(error)
            }
        });
        let (child, identity) =
            spawned.map_err(|source| Error::Spawn { program: format!("{} (setpriv)", launch.name), source })?;
        Ok(Self { child, identity, stop: launch.stop, discard: launch.discard })
    }

    /// Returns who the process is, to be recorded.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns how it ended, if it did. Its children are gone then as well.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks the process to stop, waits for up to `grace`, then kills what is left. Blocks.
    pub(crate) fn stop(mut self, grace: Duration) {
        self.finish(self.stop, grace);
    }

    /// Ends a process whose data is not needed any more, with whatever it leaves outside of it. Blocks.
    pub(crate) fn discard(mut self) {
        self.finish(self.discard, GRACE);
    }

    /// Kills the process and its children at once. Blocks until they are gone.
    pub(crate) fn kill(mut self) {
        self.finish(Signal::KILL, Duration::ZERO);
    }

    fn finish(&mut self, signal: Signal, grace: Duration) {
        // Listed before the parent dies, because orphans no longer tell whose they were.
        let mut family = tree::family(&self.identity);
        self.identity.signal(signal);
        if !wait::until(grace, || self.ended().is_some()) {
            // Some may have been born meanwhile.
            family.extend(tree::family(&self.identity));
        }
        tree::end(&family, Signal::KILL, Duration::ZERO);
        wait::until(Duration::from_secs(5), || self.ended().is_some());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.finish(self.discard, GRACE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// A process with a child and a daemon, as RabbitMQ has them.
    fn launch(script: &str, dir: &std::path::Path) -> Launch {
        Launch {
            name: "shell",
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: Vec::new(),
            dir: dir.to_owned(),
            log: dir.join("log"),
            user: None,
            stop: Signal::TERM,
            discard: Signal::KILL,
            run: uuid::Uuid::new_v4().to_string(),
        }
    }

    #[test]
    fn killing_a_process_takes_its_children_along() {
        let dir = tempfile::tempdir().unwrap();
        let launch = launch("sleep 600 & sleep 600; true", dir.path());
        let process = Process::launch(&launch).unwrap();
        assert!(wait::until(Duration::from_secs(5), || marked(&launch.run).len() == 3), "{:?}", marked(&launch.run));
        process.kill();
        assert_eq!(marked(&launch.run), []);
    }

    #[test]
    fn a_daemon_that_left_the_family_is_found_by_its_mark() {
        let dir = tempfile::tempdir().unwrap();
        let launch = launch("setsid sleep 600 & sleep 0.2", dir.path());
        let mut process = Process::launch(&launch).unwrap();
        assert!(wait::until(Duration::from_secs(5), || process.ended().is_some()));
        let left = marked(&launch.run);
        assert_eq!(left.len(), 1, "{left:?}");
        end(&left, Signal::TERM, Duration::from_secs(2));
        assert_eq!(marked(&launch.run), []);
    }

    #[test]
    fn a_process_that_ignores_the_signal_is_killed_after_its_grace() {
        let dir = tempfile::tempdir().unwrap();
        let launch = launch("trap '' TERM; touch deaf; while :; do :; done", dir.path());
        let process = Process::launch(&launch).unwrap();
        assert!(wait::until(Duration::from_secs(10), || dir.path().join("deaf").exists()));
        let begun = Instant::now();
        process.stop(Duration::from_millis(300));
        assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
        assert_eq!(marked(&launch.run), []);
    }
}
