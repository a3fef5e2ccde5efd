//! One server: started until it is ready, stopped, killed, started again on the same port with its data.

mod ours;
pub(crate) mod postgres;
pub(crate) mod rabbitmq;
pub(crate) mod redis;

use std::{fmt, fs, path::Path, process::ExitStatus, sync::Arc, time::Duration};

use async_trait::async_trait;
use ours::Ours;
use tokio::task;
use url::Url;

use crate::{
    error::Error,
    folder::Folder,
    options::Mode,
    process::{GRACE, Launch, Process},
    record::Record,
};

/// What all servers of a run have in common.
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) mode: Mode,
    pub(crate) folder: Folder,
    pub(crate) record: Record,
    /// The administrators' password, from which those of the roles are derived.
    pub(crate) secret: String,
}

/// Where a server comes from.
pub(crate) enum Source<P> {
    /// Somebody else runs it.
    Given(Url),
    /// We start these programs.
    Own(P),
}

impl<P> Source<P> {
    /// Prefers a given URL; `None` when there is neither.
    pub(crate) fn pick(given: Option<Url>, programs: Option<P>) -> Option<Self> {
        given.map(Self::Given).or(programs.map(Self::Own))
    }
}

/// What differs between the servers.
#[async_trait]
pub(crate) trait Recipe: Send + Sync {
    /// Returns the name in messages and of the data folder.
    fn name(&self) -> &'static str;

    /// Returns how many ports it listens on; the first is the one clients use.
    fn ports(&self) -> usize {
        1
    }

    /// Returns how long a start may take on a busy machine.
    fn patience(&self) -> Duration;

    /// Writes everything the server reads at its start, creating its data if there is none.
    async fn prepare(&self, run: &Run, ports: &[u16]) -> Result<(), Error>;

    /// Returns what to start.
    fn launch(&self, run: &Run, ports: &[u16]) -> Result<Launch, Error>;

    /// Asks the server whether it is ready, in a way only our own server can answer; `Err` says what is missing.
    async fn ready(&self, run: &Run, ports: &[u16]) -> Result<(), String>;

    /// Called when the server ended before it was ready although its ports are free; returns whether another
    /// try would be a different one.
    fn simplify(&self) -> bool {
        false
    }
}

/// A server of the stack. One that was given by its URL can be used, but not stopped or started.
pub struct Server {
    name: &'static str,
    ours: Option<Ours>,
}

impl Server {
    /// Wraps a server that somebody else runs.
    pub(crate) fn given(name: &'static str) -> Self {
        Self { name, ours: None }
    }

    /// Starts a server of our own, on `wanted` if that port is free.
    pub(crate) async fn create(recipe: Box<dyn Recipe>, run: Arc<Run>, wanted: Option<u16>) -> Result<Self, Error> {
        let name = recipe.name();
        let ours = Ours::new(recipe, run);
        let mut wanted = wanted;
        let process = ours.bring_up(|| ours.choose(wanted.take())).await?;
        *ours.process.lock().await = Some(process);
        Ok(Self { name, ours: Some(ours) })
    }

    /// Returns what the server is called: `postgres`, `redis` or `rabbitmq`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the port clients connect to, or `None` for a server given by its URL.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.ours.as_ref().and_then(|ours| ours.ports().first().copied())
    }

    /// Returns all ports of a server of ours.
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.ours.as_ref().map(Ours::ports).unwrap_or_default()
    }

    /// Starts the server again on the same port, with its data, and waits until it is ready.
    /// Does nothing when it is running.
    pub async fn start(&self) -> Result<(), Error> {
        let ours = self.ours()?;
        let mut process = ours.process.lock().await;
        if process.as_mut().is_none_or(|process| process.ended().is_some()) {
            *process = None;
            *process = Some(ours.bring_up(|| Ok(ours.ports())).await?);
        }
        Ok(())
    }

    /// Stops the server in order and waits until it is gone. Does nothing when it is not running.
    pub async fn stop(&self) -> Result<(), Error> {
        self.end(|process| process.stop(GRACE)).await
    }

    /// Kills the server and its children at once, as a crash would, and waits until they are gone.
    pub async fn kill(&self) -> Result<(), Error> {
        self.end(Process::kill).await
    }

    /// Stops the server in order and starts it again on the same port.
    pub async fn restart(&self) -> Result<(), Error> {
        self.stop().await?;
        self.start().await
    }

    /// Returns how the server ended, when it did so without being asked to.
    pub async fn ended(&self) -> Option<ExitStatus> {
        self.ours.as_ref()?.process.lock().await.as_mut()?.ended()
    }

    /// Takes the process out, to be ended when nobody can wait for it.
    pub(crate) fn take(&mut self) -> Option<Process> {
        self.ours.as_mut().and_then(|ours| ours.process.get_mut().take())
    }

    fn ours(&self) -> Result<&Ours, Error> {
        self.ours.as_ref().ok_or(Error::NotOurs { server: self.name })
    }

    async fn end(&self, how: impl FnOnce(Process) + Send + 'static) -> Result<(), Error> {
        let taken = self.ours()?.process.lock().await.take();
        if let Some(process) = taken {
            // Ending waits for the process and must not hold up the runtime meanwhile.
            task::spawn_blocking(move || how(process)).await.unwrap_or_default();
        }
        Ok(())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("name", &self.name).field("port", &self.port()).finish_non_exhaustive()
    }
}

/// Returns the last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
