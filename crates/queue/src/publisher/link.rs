//! The publisher's connection: made, checked, watched and made again, forever.

use std::{sync::Arc, time::Duration};

use lapin::Connection;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Endpoint, Error, Topology,
    connection::{self, Backoff},
    metric,
    topology::Subscription,
};

/// How often a silent connection is looked at; failed publishes are reported at once.
pub(super) const LOOK: Duration = Duration::from_millis(250);
/// A connection that lived this long was a good one: the next attempt need not be careful.
const SETTLED: Duration = Duration::from_secs(10);

/// The state of the connection as lanes and callers see it.
#[derive(Clone)]
pub(super) enum Link {
    /// None yet, or none any more; `failures` attempts have failed since.
    Down { failures: u32 },
    /// Connected; generations count up, so that a complaint about an old connection does not end a new one.
    Up { connection: Arc<Connection>, generation: u64 },
}

/// One end of the connection's state: read it, and complain when it does not work.
#[derive(Clone)]
pub(super) struct Line {
    link: watch::Receiver<Link>,
    broken: Arc<watch::Sender<u64>>,
}

impl Line {
    /// Waits for a connection newer than `generation`; `None` when there will be none.
    pub(super) async fn newer_than(&mut self, generation: u64) -> Option<(Arc<Connection>, u64)> {
        let newer = |link: &Link| matches!(link, Link::Up { generation: current, .. } if *current > generation);
        match &*self.link.wait_for(newer).await.ok()? {
            Link::Up { connection, generation } => Some((connection.clone(), *generation)),
            Link::Down { .. } => None,
        }
    }

    /// Reports that connection number `generation` does not work.
    pub(super) fn report_broken(&self, generation: u64) {
        self.broken.send_if_modified(|newest| {
            let newer = generation > *newest;
            *newest = generation.max(*newest);
            newer
        });
    }

    /// Refuses at once what could only wait in vain: the broker is known to be away, or to take nothing.
    pub(super) fn admit(&self) -> Result<(), Error> {
        match &*self.link.borrow() {
            Link::Down { failures: 0 } => Ok(()),
            Link::Down { .. } => Err(Error::Disconnected),
            Link::Up { connection, .. } if connection.status().blocked() => Err(Error::Blocked),
            Link::Up { .. } => Ok(()),
        }
    }

    /// Says what a publish that missed its deadline most likely waited for.
    pub(super) fn why_late(&self) -> Error {
        match &*self.link.borrow() {
            Link::Down { .. } => Error::Disconnected,
            Link::Up { connection, .. } if connection.status().blocked() => Error::Blocked,
            Link::Up { .. } => Error::Timeout,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(&*self.link.borrow(), Link::Up { connection, .. } if !connection.status().blocked())
    }
}

/// Keeps the connection alive.
pub(super) struct Supervisor {
    endpoint: Endpoint,
    topology: Topology,
    expects: Vec<Subscription>,
    link: watch::Sender<Link>,
    broken: watch::Receiver<u64>,
    stop: CancellationToken,
}

impl Supervisor {
    pub(super) fn new(
        endpoint: Endpoint,
        topology: Topology,
        expects: Vec<Subscription>,
        stop: CancellationToken,
    ) -> (Self, Line) {
        let (link, seen) = watch::channel(Link::Down { failures: 0 });
        let (broken, complaints) = watch::channel(0);
        let line = Line { link: seen, broken: Arc::new(broken) };
        (Self { endpoint, topology, expects, link, broken: complaints, stop }, line)
    }

    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        let (mut generation, mut failures) = (0, 0);
        loop {
            metric::connected("publisher", false);
            self.link.send_replace(Link::Down { failures });
            let attempt = tokio::select! {
                () = stop.cancelled() => return,
                attempt = self.establish() => attempt,
            };
            match attempt {
                Ok(connection) => {
                    (generation, failures) = (generation + 1, 0);
                    let began = Instant::now();
                    self.keep(connection, generation).await;
                    if began.elapsed() > SETTLED {
                        backoff.reset();
                    }
                }
                Err(error) => {
                    failures += 1;
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, failures, broker = %self.endpoint, "no connection to publish over");
                    self.link.send_replace(Link::Down { failures });
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(backoff.pause()) => {}
            }
        }
    }

    async fn establish(&self) -> Result<Arc<Connection>, Error> {
        let connection = connection::connect(&self.endpoint, "publisher").await?;
        let checked = self.topology.check_main_queues(&connection, &self.expects).await;
        if checked.is_err() {
            connection::close(&connection).await;
        }
        checked.map(|()| Arc::new(connection))
    }

    /// Offers the connection until it breaks, or until the publisher ends.
    async fn keep(&mut self, connection: Arc<Connection>, generation: u64) {
        tracing::info!(broker = %self.endpoint, "connected to publish");
        metric::connected("publisher", true);
        self.link.send_replace(Link::Up { connection: connection.clone(), generation });
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                complaint = self.broken.wait_for(|broken| *broken >= generation) => {
                    // The sender lives in the publisher, which ends by stopping us.
                    drop(complaint);
                    break;
                }
                () = sleep(LOOK) => if !connection.status().connected() { break },
            }
        }
        self.link.send_replace(Link::Down { failures: 0 });
        if self.stop.is_cancelled() {
            connection::close(&connection).await;
        } else {
            // A connection that has fallen silent may take its time; the next one is not kept waiting.
            tokio::spawn(async move { connection::close(&connection).await });
        }
    }
}
