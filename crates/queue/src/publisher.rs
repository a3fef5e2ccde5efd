//! Publishing with proof: a message counts as published when the broker has confirmed it and did not hand it back.
//!
//! Callers drop messages into one queue; a few *lanes* empty it, each with a channel of its own, a batch at a time. The
//! batch is what makes pipelining sound: the client library gives a returned message to whichever confirm comes next, so
//! only when all confirms of a batch are in is it known which of its messages nobody took. See `design.md`.

mod lane;
mod link;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::oneshot,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use self::{
    lane::{Job, Lane},
    link::{Line, Supervisor},
};
use crate::{
    Endpoint, Error, Message, Topology, metric,
    topology::{SUBSCRIPTIONS, Subscription},
};

/// Messages waiting for a lane; beyond that, callers wait.
const WAITING: usize = 1_024;

/// Settings of a publisher.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a publish may take in all, reconnecting and sending again included.
    pub deadline: Duration,
    /// Channels in use side by side.
    pub lanes: usize,
    /// Messages a lane has on the way at once.
    pub batch: usize,
    /// Main queues that must exist before anything is published, lest one of them misses it.
    pub expects: Vec<Subscription>,
}

impl Default for Config {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(2), lanes: 8, batch: 64, expects: SUBSCRIPTIONS.to_vec() }
    }
}

/// What is to be published, and where to.
#[derive(Debug, Clone)]
struct Outgoing {
    exchange: String,
    key: String,
    message: Arc<Message>,
}

/// A handle to publish with; clones share one connection. Connects and reconnects by itself, for as long as it lives.
#[derive(Clone)]
pub struct Publisher {
    inner: Arc<Inner>,
}

struct Inner {
    exchange: String,
    deadline: Duration,
    jobs: async_channel::Sender<Job>,
    line: Line,
    closing: CancellationToken,
    lanes: TaskTracker,
    supervisor: TaskTracker,
    stop_supervisor: CancellationToken,
    _stop: [DropGuard; 2],
}

impl Publisher {
    /// Starts connecting and returns at once. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(endpoint: Endpoint, topology: &Topology, config: Config) -> Self {
        let (closing, stop_supervisor) = (CancellationToken::new(), CancellationToken::new());
        let (supervisor, lanes) = (TaskTracker::new(), TaskTracker::new());
        let (watcher, line) = Supervisor::new(endpoint, topology.clone(), config.expects, stop_supervisor.clone());
        supervisor.spawn(watcher.run());
        let (jobs, waiting) = async_channel::bounded(WAITING);
        for _ in 0..config.lanes.max(1) {
            let lane = Lane::new(waiting.clone(), line.clone(), closing.clone(), config.batch.max(1));
            lanes.spawn(lane.run());
        }
        let _stop = [closing.clone().drop_guard(), stop_supervisor.clone().drop_guard()];
        let (exchange, deadline) = (topology.exchange(), config.deadline);
        let inner = Inner { exchange, deadline, jobs, line, closing, lanes, supervisor, stop_supervisor, _stop };
        Self { inner: Arc::new(inner) }
    }

    /// Publishes an event and returns when the broker has it on disk.
    ///
    /// Safe to repeat after any error: consumers know the message by its id. Dropping the future leaves open whether the
    /// message was published.
    ///
    /// # Errors
    /// `Unroutable`, `Refused` when the broker will not have this message; `Nacked`, `Blocked`, `Disconnected`, `Timeout`
    /// when it will not have it now. While the broker is known to be away or blocked this says so at once.
    pub async fn publish(&self, message: Message) -> Result<(), Error> {
        let key = message.trail.key.clone();
        self.send(self.inner.exchange.clone(), key, Arc::new(message)).await
    }

    /// Publishes a message to any exchange.
    pub(crate) async fn send(&self, exchange: String, key: String, message: Arc<Message>) -> Result<(), Error> {
        let started = Instant::now();
        let outcome = self.deliver(Outgoing { exchange, key, message }, started + self.inner.deadline).await;
        metric::published(started.elapsed(), outcome.as_ref().err());
        outcome
    }

    async fn deliver(&self, outgoing: Outgoing, deadline: Instant) -> Result<(), Error> {
        let Inner { jobs, line, .. } = &*self.inner;
        line.admit()?;
        let (done, outcome) = oneshot::channel();
        let job = Job { outgoing, deadline, done };
        let answer = async {
            jobs.send(job).await.map_err(|_| Error::Closed)?;
            // A lane drops a job only when it was too late for it.
            outcome.await.unwrap_or_else(|_| Err(line.why_late()))
        };
        timeout_at(deadline, answer).await.unwrap_or_else(|_| Err(line.why_late()))
    }

    /// Returns whether there is a connection over which the broker takes messages.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.inner.line.is_open()
    }

    /// Waits until the broker takes messages; returns whether it did within `limit`.
    pub async fn wait_ready(&self, limit: Duration) -> bool {
        let open = async {
            while !self.is_ready() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(limit, open).await.is_ok()
    }

    /// Takes no more messages, finishes those it has, and says goodbye to the broker; within the deadline of a publish.
    pub async fn close(&self) {
        self.inner.closing.cancel();
        self.inner.lanes.close();
        // Whoever still waits gets its answer at the deadline anyway.
        let _ = timeout(self.inner.deadline, self.inner.lanes.wait()).await;
        self.inner.stop_supervisor.cancel();
        self.inner.supervisor.close();
        self.inner.supervisor.wait().await;
    }
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher").field("exchange", &self.inner.exchange).field("ready", &self.is_ready()).finish()
    }
}
