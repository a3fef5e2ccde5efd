//! One service as a child process: its settings in, its addresses out.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

/// Longest wait for a service to be ready.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest wait for a service to end by itself; it promises less than 20 s.
const GRACE: Duration = Duration::from_secs(20);

/// What a service writes once it is ready.
#[derive(Debug, Deserialize)]
pub(crate) struct Ready {
    pub(crate) http: Option<String>,
    pub(crate) grpc: Option<String>,
    pub(crate) admin: String,
    pub(crate) pid: u32,
}

/// A running service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) log: PathBuf,
    child: Child,
    program: PathBuf,
    settings: Vec<(String, String)>,
    ready_file: PathBuf,
}

impl Service {
    /// Starts `callflow-<name>` from `bin` with these settings.
    pub(crate) fn start(
        name: &'static str,
        bin: &Path,
        folder: &Path,
        settings: &[(String, String)],
    ) -> anyhow::Result<Self> {
        let program = bin.join(format!("callflow-{name}"));
        if !program.exists() {
            bail!("{} is not built; run: cargo build --workspace --bins", program.display());
        }
        let (log, ready_file) = (folder.join(format!("{name}.log")), folder.join(format!("{name}.ready.json")));
        File::create(&log).with_context(|| format!("opening {}", log.display()))?;
        let settings = settings.to_vec();
        let child = spawn(&program, &settings, &log, &ready_file)?;
        Ok(Self { name, log, child, program, settings, ready_file })
    }

    /// Starts another process like it, with its log and addresses in `folder`.
    pub(crate) fn twin(&self, folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        let bin = self.program.parent().context("a program lies in a folder")?;
        Self::start(self.name, bin, folder, &self.settings)
    }

    /// Kills the service, as a crash would, and waits until it is gone. Does nothing when it has ended.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.with_context(|| format!("killing {}", self.name))
    }

    /// Starts the service again after its end; `more` settings stay for later starts, too.
    pub(crate) fn again(&mut self, more: &[(String, String)]) -> anyhow::Result<()> {
        self.settings.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        self.settings.extend(more.iter().cloned());
        self.child = spawn(&self.program, &self.settings, &self.log, &self.ready_file)?;
        Ok(())
    }

    /// Waits until the service says that it is ready.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<Ready> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Ok(text) = fs::read_to_string(&self.ready_file) {
                return serde_json::from_str(&text).with_context(|| format!("reading where {} is", self.name));
            }
            if let Some(status) = self.child.try_wait().context("looking after a service")? {
                bail!("{} ended with {status}:\n{}", self.name, self.last_words());
            }
            if Instant::now() > until {
                bail!("{} was not ready within {} s:\n{}", self.name, PATIENCE.as_secs(), self.last_words());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns how it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks the service to stop and waits until it has.
    pub(crate) async fn stop(mut self) {
        let pid = self.child.id().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()));
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

/// Starts a program with these settings and nothing else of the environment; its output is added to the log.
fn spawn(program: &Path, settings: &[(String, String)], log: &Path, ready_file: &Path) -> anyhow::Result<Child> {
    let _ = fs::remove_file(ready_file);
    let out = OpenOptions::new().append(true).open(log).with_context(|| format!("opening {}", log.display()))?;
    let err = out.try_clone().context("opening the log twice")?;
    // setpriv has the kernel tell the service to stop when we die, and then becomes the service.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig=TERM", "--"]).arg(program).env_clear();
    command.envs(std::env::vars().filter(|(name, _)| name == "PATH" || name == "RUST_BACKTRACE"));
    command.envs(settings.iter().cloned()).env("CALLFLOW_READY_FILE", ready_file);
    command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0).kill_on_drop(true);
    command.spawn().with_context(|| format!("starting {}", program.display()))
}
