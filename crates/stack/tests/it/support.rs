//! What the tests have in common: folders, a word with Redis and Postgres, and looking for processes.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use callflow_stack::{Endpoints, Kinds, StackOptions};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Returns a folder that the servers' account can pass through.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

/// Returns options for a test that may not install anything.
pub(crate) fn options(folder: &Path, kinds: Kinds) -> StackOptions {
    StackOptions { install: false, ..StackOptions::test(folder, kinds) }
}

/// Sends commands to Redis, the login first, and returns all answers.
pub(crate) async fn redis(url: &str, commands: &[&str]) -> std::io::Result<String> {
    let url = url::Url::parse(url).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", url.port().unwrap())).await?;
    let login = format!("AUTH default {}\r\n{}\r\nQUIT\r\n", url.password().unwrap(), commands.join("\r\n"));
    stream.write_all(login.as_bytes()).await?;
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await?;
    Ok(answers)
}

/// Returns whether Postgres lets us in.
pub(crate) async fn postgres(url: &str) -> Result<(), callflow_store::Error> {
    let database = callflow_store::Database::connect(&callflow_store::Config::new(url)).await?;
    database.close().await;
    Ok(())
}

/// Returns where the data of a stack in `folder` may lie: in it, in memory, elsewhere on disk.
pub(crate) fn places(folder: &Path) -> [PathBuf; 3] {
    let folder = folder.canonicalize().unwrap();
    let name = hex::encode(&Sha256::digest(folder.as_os_str().as_encoded_bytes())[..8]);
    let elsewhere = |place: &str| Path::new(place).join(format!("callflow-stack-{name}"));
    [folder.join("data"), elsewhere("/dev/shm"), elsewhere("/var/tmp")]
}

/// Lists the processes of a stack in `folder`: servers work in its data, with all their children.
pub(crate) fn processes(folder: &Path) -> Vec<i32> {
    let places = places(folder);
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let inside = |pid: &i32| {
        let cwd = fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
        places.iter().any(|place| cwd.starts_with(place))
    };
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(inside).collect()
}

/// Counts the pieces of shared memory that one of `creators` has made and nobody has removed.
pub(crate) fn shared_memory(creators: &[i32]) -> usize {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    // key, id, permissions, size, creator, …
    let creator = |line: &str| line.split_whitespace().nth(4).and_then(|pid| pid.parse().ok());
    table.lines().filter_map(creator).filter(|pid| creators.contains(pid)).count()
}

/// Checks that no process works in `folder` any more.
#[track_caller]
pub(crate) fn assert_none_left(folder: &Path) {
    let left = processes(folder);
    let names: Vec<_> = left.iter().map(|pid| fs::read_to_string(format!("/proc/{pid}/comm"))).collect();
    assert!(left.is_empty(), "left behind: {left:?} {names:?}");
}

/// Waits until `seen` returns something.
pub(crate) async fn wait<T>(what: &str, mut seen: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(value) = seen() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited a minute for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The program, to be started with arguments; it may not install anything.
pub(crate) fn program(args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callflow-stack"));
    command.args(args).arg("--no-install").arg("--folder").arg(folder).stdin(Stdio::null());
    for given in ["CALLFLOW_POSTGRES_URL", "CALLFLOW_REDIS_URL", "CALLFLOW_AMQP_URL"] {
        command.env_remove(given);
    }
    command
}

/// A running program that does not outlive its test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Starts it and waits until its servers are ready.
    pub(crate) async fn ready(mut command: Command, folder: &Path) -> (Self, Endpoints) {
        let mut running = Self(command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
        let ready = || match running.0.try_wait().unwrap() {
            Some(status) => panic!("ended with {status} before it was ready"),
            None => Endpoints::of(folder),
        };
        let endpoints = wait("the endpoints", ready).await;
        (running, endpoints)
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
