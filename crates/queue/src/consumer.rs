//! The loop that feeds a handler: a permit before each message, one place that acknowledges, and an end for every message.
//!
//! What the handler returns decides; a panic or a missed deadline counts as a failed attempt. The loop reconnects forever.
//! A message that was in hand when a process died is set aside and tried again alone, so that the third death is
//! certainly its own; see `design.md`.

mod flight;
mod session;
mod settle;
mod suspect;
mod throttle;
mod work;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

pub use self::flight::Backlog;
use self::work::Worker;
use crate::{
    Delivery, Disposition, Endpoint, Error, Publisher, connection::Backoff, envelope::Registry, metric, retry::Policy,
    topology::Family,
};

/// Most messages in hand at once. All of them are delivered again when a process dies, so there should be few.
pub const MAX_CONCURRENCY: u16 = 16;

/// Does the work that events ask for.
///
/// May see a message again after it returned `Done`, and messages in any order. Its future is dropped when it takes too
/// long: what it has not committed by then must roll back by itself.
pub trait Handler: Send + Sync + 'static {
    /// Handles one delivery and says what is to become of the message.
    fn handle(&self, delivery: Delivery) -> impl Future<Output = Disposition> + Send;
}

impl<H: Handler> Handler for Arc<H> {
    fn handle(&self, delivery: Delivery) -> impl Future<Output = Disposition> + Send {
        (**self).handle(delivery)
    }
}

/// Settings of a consumer.
#[derive(Debug, Clone)]
pub struct Config {
    /// Messages in hand at once, 1 to [`MAX_CONCURRENCY`]: the number of permits and the prefetch are this one number.
    pub concurrency: u16,
    /// How long a handler may take before the attempt counts as failed. RabbitMQ takes a message back after 30 minutes.
    pub handler_timeout: Duration,
    /// How long finishing what is in hand may take when the consumer is told to end.
    pub grace: Duration,
    /// How patient it is.
    pub policy: Policy,
    /// What it accepts.
    pub registry: Registry,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            concurrency: MAX_CONCURRENCY,
            handler_timeout: Duration::from_secs(60),
            grace: Duration::from_secs(10),
            policy: Policy::default(),
            registry: Registry::default(),
        }
    }
}

/// A consumer of one main queue.
pub struct Consumer<H> {
    endpoint: Endpoint,
    worker: Arc<Worker<H>>,
    readiness: Readiness,
}

/// Tells whether a consumer is receiving.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Returns whether the consumer is connected and receiving.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, ready: bool, queue: &'static str) {
        self.0.store(ready, Ordering::Relaxed);
        metric::connected(queue, ready);
    }
}

impl<H: Handler> Consumer<H> {
    /// Prepares a consumer; `publisher` carries what is retried or parked, over a connection of its own, because a broker
    /// that blocks publishing must not keep acknowledgements from it.
    #[must_use]
    pub fn new(endpoint: Endpoint, family: Family, publisher: Publisher, handler: H, config: Config) -> Self {
        let worker = Arc::new(Worker::new(family, publisher, handler, config));
        Self { endpoint, worker, readiness: Readiness::default() }
    }

    /// Returns a view of whether it is receiving.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// Returns a view of how far behind it is.
    #[must_use]
    pub fn backlog(&self) -> Backlog {
        Backlog::of(self.worker.flight.clone())
    }

    /// Consumes until `shutdown`, then finishes what is in hand and returns; nothing finished is delivered again.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::select! {
            () = self.consume(&shutdown) => {}
            () = self.worker.flight.report(self.worker.family.label()) => {}
        }
    }

    async fn consume(&self, shutdown: &CancellationToken) {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
        while !shutdown.is_cancelled() {
            let began = Instant::now();
            let outcome = session::run(&self.worker, &self.endpoint, &self.readiness, shutdown).await;
            self.readiness.set(false, self.worker.family.label());
            let Err(error) = outcome else { continue };
            self.log(&error);
            self.worker.flight.connection_lost();
            // A connection that lived for a while was a good one: begin with short pauses again. And a message that
            // ends connections is got rid of by meeting it often: each time brings it closer to the broker's limit.
            if began.elapsed() > Duration::from_secs(30) || error.is_unreadable() {
                backoff.reset();
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = sleep(backoff.pause()) => {}
            }
        }
    }

    fn log(&self, error: &Error) {
        let error = error as &dyn std::error::Error;
        tracing::warn!(error, queue = self.worker.family.main(), broker = %self.endpoint, "not consuming");
    }
}
