//! Knows whether the service lives and whether it should be given work.
//!
//! Each dependency is probed in the background, so that asking costs nothing and a change is logged once,
//! when it happens. A check either blocks readiness or only degrades it: an ingress without Redis is slower,
//! and taking it out of service would turn slower into silent.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Time between two probes of a dependency, and the age of an answer at most.
const INTERVAL: Duration = Duration::from_secs(2);
/// Time for one probe; slower is as good as away.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Silence of the runtime's heart after which the process counts as hung.
const HEART_STOPS_AFTER: Duration = Duration::from_secs(10);

/// What a failing check means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// The service cannot work without it and is not ready.
    Blocks,
    /// The service works without it, worse; it stays ready and says so.
    Degrades,
}

/// Where the service is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Building its dependencies.
    Starting,
    /// Working.
    Serving,
    /// Finishing what it has, taking nothing new.
    Draining,
}

/// The last known state of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct State {
    /// Whether the last probe passed.
    pub ok: bool,
    /// What a failure means.
    pub impact: Impact,
    /// Why it failed, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The answer of `/readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether the service should be given work.
    pub ready: bool,
    /// Whether it works without one of its dependencies.
    pub degraded: bool,
    /// Where it is in its life.
    pub phase: Phase,
    /// Every check by name.
    pub checks: BTreeMap<&'static str, State>,
}

/// The registry; clones share it.
#[derive(Debug, Clone)]
pub struct Health(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    service: &'static str,
    interval: Duration,
    born: Instant,
    last_beat_ms: AtomicU64,
    inner: Mutex<Inner>,
    stop: CancellationToken,
    probes: TaskTracker,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    checks: BTreeMap<&'static str, State>,
}

impl Health {
    /// Begins in [`Phase::Starting`]; must be called on the runtime whose health it watches.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        Self::probing_every(service, INTERVAL)
    }

    /// As [`new`](Self::new), with another interval between probes; for tests.
    #[must_use]
    pub fn probing_every(service: &'static str, interval: Duration) -> Self {
        let health = Self(Arc::new(Shared {
            service,
            interval,
            born: Instant::now(),
            last_beat_ms: AtomicU64::new(0),
            inner: Mutex::new(Inner { phase: Phase::Starting, checks: BTreeMap::new() }),
            stop: CancellationToken::new(),
            probes: TaskTracker::new(),
        }));
        health.repeat(Duration::from_secs(1), |health| async move { health.beat() });
        health
    }

    /// Returns the service this is about.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// Probes a dependency for as long as the service lives; until the first probe passed, the check fails.
    pub fn probe<F, Fut, E>(&self, name: &'static str, impact: Impact, probe: F)
    where
        F: Fn() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display,
    {
        self.set(name, impact, Err("not probed yet".into()));
        self.repeat(self.0.interval, move |health| {
            let probe = probe();
            async move {
                let outcome = match tokio::time::timeout(PROBE_TIMEOUT, probe).await {
                    Ok(outcome) => outcome.map_err(|error| error.to_string()),
                    Err(_) => Err(format!("no answer within {} ms", PROBE_TIMEOUT.as_millis())),
                };
                health.set(name, impact, outcome);
            }
        });
    }

    /// Sets a check directly, for parts that know their state better than any probe.
    pub fn set(&self, name: &'static str, impact: Impact, outcome: Result<(), String>) {
        let error = outcome.err().map(|error| callflow_telemetry::mask::mask(&error).into_owned());
        let ok = error.is_none();
        metrics::gauge!("health_check_up", "check" => name).set(f64::from(u8::from(ok)));
        let state = State { ok, impact, error };
        let before = self.inner().checks.insert(name, state.clone());
        match (before, &state.error) {
            (Some(before), None) if !before.ok => tracing::info!(check = name, "check passes"),
            (Some(before), Some(error)) if before.ok => tracing::warn!(check = name, error, "check fails"),
            _ => {}
        }
    }

    /// Says that the service works now.
    pub fn serving(&self) {
        self.inner().phase = Phase::Serving;
    }

    /// Says that the service takes nothing new; there is no way back.
    pub fn draining(&self) {
        self.inner().phase = Phase::Draining;
    }

    /// Ends all probes; called last, after the drain.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    /// Returns whether the service should be given work, and why not.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let inner = self.inner();
        let fails = |impact| inner.checks.values().any(|check| !check.ok && check.impact == impact);
        Readiness {
            ready: inner.phase == Phase::Serving && !fails(Impact::Blocks),
            degraded: fails(Impact::Degrades),
            phase: inner.phase,
            checks: inner.checks.clone(),
        }
    }

    /// Returns whether the runtime still turns: false means only a restart helps.
    #[must_use]
    pub fn alive(&self) -> bool {
        self.alive_at(self.0.born.elapsed())
    }

    fn alive_at(&self, age: Duration) -> bool {
        let last = Duration::from_millis(self.0.last_beat_ms.load(Ordering::Relaxed));
        age.saturating_sub(last) < HEART_STOPS_AFTER
    }

    fn beat(&self) {
        let age = u64::try_from(self.0.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_beat_ms.store(age, Ordering::Relaxed);
    }

    /// Runs `work` now and then every `interval`, until [`stop`](Self::stop).
    fn repeat<F, Fut>(&self, interval: Duration, work: F)
    where
        F: Fn(Self) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let health = self.clone();
        let stop = self.0.stop.clone();
        let repeat = async move {
            loop {
                work(health.clone()).await;
                tokio::time::sleep(interval).await;
            }
        };
        self.0.probes.spawn(stop.run_until_cancelled_owned(repeat));
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
