//! What all who ask for directories share: which catalogs changed since when, and whether the database is left alone.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use callflow_domain::id::CompanyId;
use tokio::time::Instant;

/// How long a database that did not answer is not asked again while there is a last good answer.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Counts the changes heard of.
    clock: AtomicU64,
    /// When each company, or every one, was changed last, on that clock.
    changed: Mutex<(u64, HashMap<CompanyId, u64>)>,
    /// Until when the database is left alone.
    pause: Mutex<Option<Instant>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Returns the present moment on the clock that changes turn.
    pub(super) fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Notes a change of one company's catalog, or of anybody's.
    pub(super) fn note(&self, company: Option<CompanyId>) {
        let mut changed = lock(&self.changed);
        let now = self.clock.fetch_add(1, Ordering::SeqCst) + 1;
        match company {
            Some(company) => drop(changed.1.insert(company, now)),
            None => *changed = (now, HashMap::new()),
        }
    }

    /// Returns whether the database is left alone for now.
    pub(super) fn is_paused(&self) -> bool {
        lock(&self.pause).is_some_and(|until| Instant::now() < until)
    }

    /// Begins a pause, unless one is under way: then the database was not asked.
    pub(super) fn pause(&self) {
        let mut pause = lock(&self.pause);
        if pause.is_none_or(|until| until <= Instant::now()) {
            *pause = Some(Instant::now() + PAUSE);
        }
    }

    /// Returns when a company's catalog changed last, as far as was heard.
    pub(super) fn changed_at(&self, company: CompanyId) -> u64 {
        let changed = lock(&self.changed);
        changed.1.get(&company).copied().unwrap_or_default().max(changed.0)
    }
}
