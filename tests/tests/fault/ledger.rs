//! What the sender knows: every event noted before it is sent and again when it is answered, on disk and in memory.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write as _,
    path::Path,
    sync::{Mutex, PoisonError},
};

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::json;

/// An event: the call it is about, and its name.
pub(crate) type EventKey = (String, &'static str);

/// How often an event was sent, and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Times it was sent; the platform repeats what is not acknowledged, and at times what is.
    pub(crate) sent: u32,
    /// Times it was answered with 2xx.
    pub(crate) acknowledged: u32,
    /// Times it was answered with something else.
    pub(crate) refused: u32,
}

/// The ledger of one scenario.
#[derive(Debug)]
pub(crate) struct Ledger(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    file: File,
    entries: BTreeMap<EventKey, Entry>,
}

impl Ledger {
    /// Begins a ledger that is also written to `path`, a JSON object a line.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let folder = path.parent().context("the ledger's folder")?;
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        let file = File::create(path).with_context(|| format!("creating {}", path.display()))?;
        Ok(Self(Mutex::new(Inner { file, entries: BTreeMap::new() })))
    }

    /// Notes that an event is about to be sent.
    pub(crate) fn before(&self, key: &EventKey) -> anyhow::Result<()> {
        self.note(key, "sent", |entry| entry.sent += 1)
    }

    /// Notes how it was answered; what is never answered has no such line.
    pub(crate) fn answered(&self, key: &EventKey, status: u16) -> anyhow::Result<()> {
        self.note(key, &status.to_string(), |entry| match status {
            200..300 => entry.acknowledged += 1,
            _ => entry.refused += 1,
        })
    }

    fn note(&self, key: &EventKey, what: &str, change: impl FnOnce(&mut Entry)) -> anyhow::Result<()> {
        let line = json!({ "at": Timestamp::now().to_string(), "call": key.0, "event": key.1, "what": what });
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(inner.file, "{line}").context("writing the ledger")?;
        change(inner.entries.entry(key.clone()).or_default());
        Ok(())
    }

    /// Returns the entries as they are now.
    pub(crate) fn entries(&self) -> BTreeMap<EventKey, Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entries.clone()
    }
}
