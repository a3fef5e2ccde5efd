//! Loading what nobody else loads: once, then stored if nothing changed meanwhile, then shared with who waits for it.

use std::{future::Future, hash::Hash, sync::Arc, time::Instant};

use bytes::Bytes;

use super::{Claim, Found, LEASE, Leads, Shelf, Ticket, Values};
use crate::{
    flight::{Landing, Lead},
    metric,
};

/// Loads what is due, stores it and lets the followers know; returns keys deleted meanwhile when they may be loaded again.
pub(super) async fn settle<K, E, S, F, Fut>(
    shelf: &S,
    due: Vec<(K, Claim)>,
    load: &F,
    again: bool,
    leads: &mut Leads<'_, K, E>,
    values: &mut Values<K>,
) -> Result<Vec<K>, Arc<E>>
where
    K: Clone + Ord + Hash + Send + Sync,
    E: Send + Sync,
    S: Shelf<K>,
    F: Fn(Vec<K>) -> Fut + Sync,
    Fut: Future<Output = Result<Vec<Bytes>, E>> + Send,
{
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let began = Instant::now();
    let mut claims = Claims::of(shelf, &due);
    // A load without a claim shows what was so when it began, and nothing later.
    close(&due, leads, |claim| matches!(claim, Claim::Others));
    let loaded = match load(due.iter().map(|(key, _)| key.clone()).collect()).await {
        Ok(loaded) => loaded,
        Err(error) => {
            metric::load(shelf.tier(), "failed", due.len());
            return Err(fail(&due, error, leads));
        }
    };
    claims.keep();
    assert_eq!(loaded.len(), due.len(), "a load returns one value per key");
    // A claim that stands when this is stored has stood until now: nothing was deleted that those who wait can know of.
    close(&due, leads, |claim| matches!(claim, Claim::Ours(_)));
    let verdicts = store(shelf, &due, &loaded).await;
    // A load slower than its claim would be refused each time; its answer stands.
    let again = again && began.elapsed() < LEASE;
    let mut outdated = Vec::new();
    for (((key, claim), bytes), verdict) in due.into_iter().zip(loaded).zip(verdicts) {
        metric::load(shelf.tier(), verdict.as_str(), 1);
        if verdict == Verdict::Refused && again {
            if let Some(lead) = leads.get(&key) {
                lead.open();
            }
            outdated.push(key);
            continue;
        }
        if let Some(lead) = leads.remove(&key) {
            // A claim that is gone, or of which nobody knows, proves nothing to who joined since; who loaded has asked before.
            let shared = verdict == Verdict::Stored || claim.ticket().is_none();
            lead.land(if shared { Landing::Loaded(bytes.clone()) } else { Landing::LookAgain });
        }
        values.insert(key, Found::Loaded(bytes));
    }
    Ok(outdated)
}

/// Closes the doors of the flights for keys with such a claim.
fn close<K: Clone + Ord + Hash, E>(due: &[(K, Claim)], leads: &Leads<'_, K, E>, which: impl Fn(&Claim) -> bool) {
    let such = due.iter().filter(|(_, claim)| which(claim));
    such.filter_map(|(key, _)| leads.get(key)).for_each(Lead::close);
}

/// The claims of a load under way, given back when it fails or its task is cancelled, so that nobody waits for them.
struct Claims<'a, K, S: Shelf<K>> {
    shelf: &'a S,
    claims: Vec<(K, Ticket)>,
}

impl<'a, K: Clone, S: Shelf<K>> Claims<'a, K, S> {
    fn of(shelf: &'a S, due: &[(K, Claim)]) -> Self {
        let claims = due.iter().filter_map(|(key, claim)| Some((key.clone(), claim.ticket()?.clone()))).collect();
        Self { shelf, claims }
    }
}

impl<K, S: Shelf<K>> Claims<'_, K, S> {
    /// Leaves the claims standing: the load has succeeded.
    fn keep(&mut self) {
        self.claims.clear();
    }
}

impl<K, S: Shelf<K>> Drop for Claims<'_, K, S> {
    fn drop(&mut self) {
        if !self.claims.is_empty() {
            self.shelf.abandon(std::mem::take(&mut self.claims));
        }
    }
}

/// What became of a loaded value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Stored,
    Refused,
    /// Redis is away, or the key was loaded without a claim.
    Unstored,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Refused => "refused",
            Self::Unstored => "unstored",
        }
    }
}

async fn store<K: Clone, S: Shelf<K>>(shelf: &S, due: &[(K, Claim)], loaded: &[Bytes]) -> Vec<Verdict> {
    let claimed = due.iter().zip(loaded);
    let entries: Vec<_> = claimed
        .filter_map(|((key, claim), bytes)| Some((key.clone(), claim.ticket()?.clone(), bytes.clone())))
        .collect();
    let answers = if entries.is_empty() { Ok(Vec::new()) } else { shelf.store(&entries).await };
    let mut answers = answers.unwrap_or_default().into_iter();
    let verdict = |(_, claim): &(K, Claim)| match claim.ticket().and_then(|_| answers.next()) {
        Some(true) => Verdict::Stored,
        Some(false) => Verdict::Refused,
        None => Verdict::Unstored,
    };
    due.iter().map(verdict).collect()
}

/// Shares a failed load with everybody who waits for it.
fn fail<K: Clone + Ord + Hash, E>(due: &[(K, Claim)], error: E, leads: &mut Leads<'_, K, E>) -> Arc<E> {
    let error = Arc::new(error);
    for (key, _) in due {
        if let Some(lead) = leads.remove(key) {
            lead.land(Landing::Failed(Arc::clone(&error)));
        }
    }
    error
}
