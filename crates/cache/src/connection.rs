//! The way to Redis: a few shared connections, short time limits, and a memory of Redis being away.
//!
//! Commands of many callers travel together over each connection, so a slow caller blocks nobody and a burst
//! costs few packets. Once Redis is known to be away, operations fail at once instead of each waiting for its
//! time limit; a task in the background asks until it answers again.

mod breaker;
mod lane;
mod reply;
mod script;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool_redis::redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value, cmd};
use tokio::time::timeout;

use self::{breaker::Breaker, lane::Lanes};
pub(crate) use self::{
    reply::Reply,
    script::{Call, Script},
};
use crate::{Config, Error, error::Cause, key::Keys, metric};

/// A handle on Redis; clones share connections and what is known about Redis being there.
#[derive(Clone)]
pub struct Cache {
    inner: Arc<Inner>,
}

struct Inner {
    keys: Keys,
    lanes: Lanes,
    breaker: Breaker,
    command: Duration,
    probe: Duration,
}

impl Cache {
    /// Prepares the handle without touching the network: a service starts whether Redis is there or not.
    pub fn new(config: &Config) -> Result<Self, Error> {
        if let Some(problem) = config.problems().into_iter().next() {
            return Err(problem);
        }
        metric::up(true);
        let inner = Inner {
            keys: Keys::new(&config.prefix),
            lanes: Lanes::new(config)?,
            breaker: Breaker::default(),
            command: config.command(),
            probe: config.probe(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Asks Redis for a sign of life and returns how long it took; `Error::Away` at once while it is known to be away.
    pub async fn ping(&self) -> Result<Duration, Error> {
        let started = Instant::now();
        self.send("ping", true, &cmd("PING")).await?;
        Ok(started.elapsed())
    }

    /// Returns whether Redis answered when it was last asked.
    #[must_use]
    pub fn is_up(&self) -> bool {
        !self.inner.breaker.is_open()
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Runs a script; all its keys share one hash slot.
    pub(crate) async fn run(&self, script: &Script, call: Call) -> Result<Reply, Error> {
        let answer = match self.send(script.op, script.repeatable, &script.by_hash(&call)).await {
            // A restart or a fail-over forgets scripts; sending the text once teaches it again.
            Err(Error::Refused { source, .. }) if source.is_unknown_script() => {
                self.send(script.op, script.repeatable, &script.by_text(&call)).await?
            }
            other => other?,
        };
        Reply::new(script.op, answer)
    }

    /// Sends one command. A `repeatable` one is sent a second time when the connection turns out to be dead.
    pub(crate) async fn send(&self, op: &'static str, repeatable: bool, command: &Cmd) -> Result<Value, Error> {
        if self.inner.breaker.is_open() {
            metric::command(op, "away", Duration::ZERO);
            return Err(Error::Away);
        }
        let started = Instant::now();
        let lane = self.inner.lanes.turn();
        let result = match self.attempt(lane, op, command).await {
            // On the same lane, which is closed now: the other ones may be just as dead after a restart.
            Err(Error::Lost { .. }) if repeatable => self.attempt(lane, op, command).await,
            other => other,
        };
        metric::command(op, result.as_ref().map_or_else(|error| error.kind().as_str(), |_| "ok"), started.elapsed());
        self.judge(result.as_ref().err(), repeatable);
        result
    }

    async fn attempt(&self, lane: usize, op: &'static str, command: &Cmd) -> Result<Value, Error> {
        let (ticket, mut link) = self.inner.lanes.link(lane).await?;
        match timeout(self.inner.command, link.send(command)).await {
            Err(_) => Err(Error::Timeout { op }),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let error = translate(op, &error);
                if matches!(error, Error::Lost { .. }) {
                    self.inner.lanes.close(ticket);
                }
                Err(error)
            }
        }
    }

    /// Learns from an outcome whether Redis is there.
    fn judge(&self, error: Option<&Error>, repeated: bool) {
        // One lost connection may be a restart long over, or one node of a cluster; a fresh one lost as well is an outage.
        let lost_for_good = repeated && !self.inner.lanes.is_cluster();
        let away = match error {
            None => {
                self.inner.breaker.succeeded();
                false
            }
            Some(Error::Connect(_)) => self.inner.breaker.trip(),
            Some(Error::Lost { .. }) => lost_for_good && self.inner.breaker.trip(),
            Some(Error::Timeout { .. }) => self.inner.breaker.strike(),
            Some(_) => false,
        };
        if away {
            metric::up(false);
            tracing::warn!(error = error.map(tracing::field::display), "redis is away, going on without it");
            self.inner.lanes.close_all();
            tokio::spawn(probe(Arc::downgrade(&self.inner)));
        }
    }
}

/// Asks a Redis that is away until it answers or nobody holds the handle any more.
async fn probe(inner: std::sync::Weak<Inner>) {
    let since = Instant::now();
    loop {
        let Some(pause) = inner.upgrade().map(|inner| inner.probe) else { return };
        // Spread over ±25 %, so that the replicas of a service do not all knock at once.
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.75..1.25))).await;
        let Some(inner) = inner.upgrade() else { return };
        let Ok((ticket, mut link)) = inner.lanes.link(inner.lanes.turn()).await else { continue };
        if let Ok(Ok(_)) = timeout(inner.command, link.send(&cmd("PING"))).await {
            inner.breaker.close();
            metric::up(true);
            tracing::info!(away_ms = since.elapsed().as_millis(), "redis is back");
            return;
        }
        inner.lanes.close(ticket);
    }
}

/// Sorts what the library reports into what a caller can do about it.
fn translate(op: &'static str, error: &RedisError) -> Error {
    let source = Cause::from(error);
    match error.kind() {
        _ if error.is_timeout() => Error::Timeout { op },
        ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => Error::Lost { op, source },
        ErrorKind::Server(
            ServerErrorKind::BusyLoading
            | ServerErrorKind::MasterDown
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::ReadOnly
            | ServerErrorKind::TryAgain,
        ) => Error::Unable { op, source },
        ErrorKind::Extension if matches!(error.code(), Some("OOM" | "BUSY" | "NOREPLICAS")) => {
            Error::Unable { op, source }
        }
        _ => Error::Refused { op, source },
    }
}
