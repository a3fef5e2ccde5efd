//! The use cases: count an event, store latencies, read what was counted.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use callflow_domain::id::{CompanyId, MessageId};
use callflow_runtime::CancellationToken;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;

use crate::{
    board::{Board, Company, Minute, WINDOW},
    deps::Deps,
    error::Error,
    latency::{ByBranch, Recorder, unpack},
    metrics,
    tally::{Sign, Tally},
};

/// The name histograms of answers are stored under.
const ANSWERS: &str = "answers";
/// How often latencies are stored. A process that dies loses at most this much of them; counters are never behind.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// Live calls described per company; the number of them is exact however many there are.
const DESCRIBED: u32 = 2_000;
/// Minutes that still change often; older ones are read again once a minute.
const RECENT: i64 = 3;
/// Companies read at the same time.
const TOGETHER: usize = 16;

/// The service's logic over everything it talks to; clones share it.
#[derive(Clone)]
pub struct App {
    deps: Deps,
    recorder: Arc<Recorder>,
    seen: Arc<Mutex<BTreeSet<CompanyId>>>,
    /// Minutes long past were changed.
    outdated: Arc<AtomicBool>,
}

impl App {
    /// Puts the logic on its dependencies.
    #[must_use]
    pub fn new(deps: Deps) -> Self {
        Self { deps, recorder: Arc::default(), seen: Arc::default(), outdated: Arc::default() }
    }

    pub(crate) const fn deps(&self) -> &Deps {
        &self.deps
    }

    /// Says that minutes long past were changed, so that all of them are read next time.
    pub(crate) fn outdate(&self) {
        self.outdated.store(true, Ordering::Relaxed);
    }

    /// Counts an event once, however often it is delivered.
    ///
    /// # Errors
    /// When Redis did not take it; then it may be tried again.
    pub async fn count(&self, company: CompanyId, message: MessageId, tally: &Tally) -> Result<(), Error> {
        // First what may be repeated, last what makes a repeat do nothing: a crash in between loses neither.
        match &tally.sign {
            Some(Sign::Seen { call, branch, phase }) => {
                self.deps.live.seen(company, call, *branch, *phase).await?;
            }
            Some(Sign::Ended { call }) => {
                self.deps.live.ended(company, call).await?;
            }
            None => {}
        }
        let counters: Vec<_> = tally.counters.iter().map(|(counter, by)| (counter.clone(), *by)).collect();
        let first = self.deps.minutes.add(company, tally.minute, &counters, Some(message)).await?;
        if let Some((branch, seconds)) = tally.answer.filter(|_| first) {
            self.recorder.record(company, tally.minute, branch, seconds);
        }
        metrics::event(first);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(company);
        Ok(())
    }

    /// Stores latencies every second until stopped, and once more then.
    pub async fn keep_storing(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(STORE_EVERY)).await.is_some() {
            self.store_and_log().await;
        }
        self.store_and_log().await;
    }

    async fn store_and_log(&self) {
        if let Err(error) = self.store().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "latencies stay in memory for now");
        }
    }

    /// Stores the latencies that are not stored yet.
    ///
    /// # Errors
    /// When Redis did not take them; they are kept for the next time.
    pub async fn store(&self) -> Result<(), Error> {
        let mut failed = None;
        for page in self.recorder.take(minute_of(Timestamp::now()))? {
            let put = self.deps.minutes.put_histogram(page.company, page.minute, ANSWERS, &page.writer, &page.bytes);
            if let Err(error) = put.await {
                self.recorder.put_back(&page);
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Returns the board as it is now; minutes that no longer change are taken from `former`.
    ///
    /// # Errors
    /// When Redis cannot be read.
    pub async fn read(&self, former: &Board, now: Timestamp) -> Result<Board, Error> {
        let mut companies: BTreeSet<_> = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        companies.extend(self.deps.live.companies().await?);
        let anew = self.outdated.swap(false, Ordering::Relaxed);
        let reads = companies.into_iter().map(|id| async move {
            let former_of_it = former.companies.get(&id).filter(|_| !anew);
            Ok::<_, Error>((id, self.read_company(id, former_of_it, former.at, now).await?))
        });
        let companies = stream::iter(reads).buffer_unordered(TOGETHER).try_collect().await?;
        Ok(Board { at: now, companies })
    }

    async fn read_company(
        &self,
        id: CompanyId,
        former: Option<&Company>,
        former_at: Timestamp,
        now: Timestamp,
    ) -> Result<Company, Error> {
        let this = minute_of(now);
        let oldest = this + 1 - WINDOW;
        // Once a minute everything is read again: late events may have reached minutes long past.
        let known = former.filter(|_| minute_of(former_at) == this);
        let from = if known.is_some() { this + 1 - RECENT } else { oldest };
        let (live, counters, histograms) = tokio::try_join!(
            self.deps.live.list(id, DESCRIBED),
            self.deps.minutes.read(id, from..this + 1),
            self.deps.minutes.histograms(id, from..this + 1, ANSWERS),
        )?;
        let mut minutes = known.map(|company| company.minutes.clone()).unwrap_or_default();
        for ((minute, counters), (_, pages)) in counters.into_iter().zip(histograms) {
            let mut answers = ByBranch::new();
            let unread = pages.iter().filter(|page| !unpack(page, &mut answers)).count();
            if unread > 0 {
                tracing::warn!(company.id = %id, minute, unread, "stored histograms cannot be read and are left out");
            }
            minutes.insert(minute, Arc::new(Minute::new(counters, answers)));
        }
        minutes.retain(|minute, _| *minute >= oldest);
        Ok(Company { minutes, live: Arc::new(live) })
    }
}

/// Returns the minute since the epoch that `at` lies in.
#[must_use]
pub fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}
