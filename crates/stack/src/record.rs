//! The list of processes a run has started, kept in the stack's folder so that a crash leaves no riddles.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    folder,
    process::{self, Identity},
};

/// How long servers of a crashed run get to stop in order before they are killed.
const GRACE: Duration = Duration::from_secs(10);

/// What is written to `run.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    /// Id of the run; every process of it carries it in its environment.
    run: String,
    /// The process that started the servers and waits to stop them.
    owner: Identity,
    /// The servers it has started.
    servers: BTreeMap<String, Identity>,
}

/// The record of the present run; written anew with each change.
pub(crate) struct Record {
    path: PathBuf,
    content: Mutex<Content>,
}

impl Record {
    /// Begins the record of run `run`, owned by this process.
    pub(crate) fn begin(path: PathBuf, run: String) -> Result<Self, Error> {
        let owner = Identity::own().map_err(Error::folder("reading", "/proc/self/stat"))?;
        let content = Content { run, owner, servers: BTreeMap::new() };
        let record = Self { path, content: Mutex::new(content) };
        record.change(|_| {})?;
        Ok(record)
    }

    /// Notes that `server` runs as `identity` now.
    pub(crate) fn put(&self, server: &str, identity: &Identity) -> Result<(), Error> {
        self.change(|content| {
            content.servers.insert(server.to_owned(), identity.clone());
        })
    }

    /// Removes the record; the run has left nothing behind.
    pub(crate) fn finish(&self) {
        // A record that stays names processes that are gone, which the next run finds out by itself.
        let _ = fs::remove_file(&self.path);
    }

    fn change(&self, change: impl FnOnce(&mut Content)) -> Result<(), Error> {
        let mut content = self.content.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut content);
        let text = serde_json::to_vec_pretty(&*content).map_err(io::Error::other);
        text.and_then(|text| folder::write_private(&self.path, &text)).map_err(Error::folder("writing", &self.path))
    }
}

/// Ends every process a former run has left behind and returns how many there were. Blocks.
///
/// Must be called with the folder's lock held, so that the former owner is known to be gone.
pub(crate) fn clean_up(path: &Path) -> usize {
    let Some(content) = read(path) else { return 0 };
    let servers: Vec<_> = content.servers.into_values().filter(Identity::alive).collect();
    // Postgres reads INT as "stop now, in order" (TERM would wait for its clients); the others do the
    // same, and were told to stop by the kernel already when their parent died.
    process::end(&servers, Signal::INT, GRACE);
    let strays = process::marked(&content.run);
    process::end(&strays, Signal::TERM, Duration::from_secs(2));
    servers.len() + strays.len()
}

/// Returns the process that owns the run recorded at `path`, if it still lives.
pub(crate) fn owner(path: &Path) -> Option<Identity> {
    read(path).map(|content| content.owner).filter(Identity::alive)
}

fn read(path: &Path) -> Option<Content> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
