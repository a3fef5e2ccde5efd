//! A consumer's life on one connection: look carefully, take messages, and leave without leaving work behind.

use std::sync::Arc;

use futures::StreamExt;
use lapin::{
    Channel, Connection,
    options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Handler, Readiness, suspect,
    work::{Source, Worker},
};
use crate::{Endpoint, Error, connection, topology::goodbye};

/// Consumes over one connection until `shutdown` (then `Ok`) or until the connection or the queues fail.
pub(super) async fn run<H: Handler>(
    worker: &Arc<Worker<H>>,
    endpoint: &Endpoint,
    readiness: &Readiness,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let connecting = async {
        let connection = connection::connect(endpoint, worker.family.main()).await?;
        worker.family.ensure(&connection).await?;
        Ok(connection)
    };
    let connection = tokio::select! {
        () = shutdown.cancelled() => return Ok(()),
        connection = connecting => connection?,
    };
    let events = connection.events_listener();
    let outcome = consume(worker, &connection, readiness, shutdown).await;
    connection::close(&connection).await;
    // Whoever was waiting for the broker knows only that it went; the connection knows why.
    outcome.map_err(|error| connection::unreadable(events).unwrap_or(error))
}

async fn consume<H: Handler>(
    worker: &Arc<Worker<H>>,
    connection: &Connection,
    readiness: &Readiness,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let broken = CancellationToken::new();
    careful(worker, connection, shutdown, &broken).await?;
    let stream = Stream::open(connection, worker.family.main(), worker.config.concurrency).await?;
    // Kept to the end: a channel whose last handle goes is closed, and what is unacknowledged on it delivered again.
    let _channel = stream.channel.clone();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let side = connection::open_channel(connection, false).await?;
    tasks.spawn(suspect::watch(Arc::clone(worker), side, stop.clone(), broken.clone()));
    tracing::info!(queue = worker.family.main(), "consuming");
    readiness.set(true, worker.family.label());
    let outcome = intake(worker, stream, &tasks, shutdown, &broken).await;
    stop.cancel();
    tasks.close();
    // On a lost connection the handlers go on by themselves; there is nothing to wait for here.
    if outcome.is_ok() && timeout(worker.config.grace, tasks.wait()).await.is_err() {
        tracing::warn!(queue = worker.family.main(), "grace is over; unfinished messages will be delivered again");
    }
    outcome
}

/// Takes messages one at a time until one comes that no process held before.
///
/// What was in hand when a process died is delivered first, and may kill again before our code even sees it (headers our
/// client library cannot parse). Alone in hand it harms no neighbour, and the broker's own limit sets it aside.
async fn careful<H: Handler>(
    worker: &Arc<Worker<H>>,
    connection: &Connection,
    shutdown: &CancellationToken,
    broken: &CancellationToken,
) -> Result<(), Error> {
    let channel = connection::open_channel(connection, false).await?;
    while !shutdown.is_cancelled() {
        let Ok(_permit) = worker.permits.acquire().await else { break };
        let got = connection::fetch(&channel, worker.family.main()).await;
        let got = got.map_err(Error::broker("looking into the queue"))?;
        let Some(got) = got else { break };
        let fresh = !got.delivery.redelivered;
        worker.process(got.delivery, Source::Main, broken).await;
        if fresh {
            break;
        }
    }
    goodbye(&channel).await;
    Ok(())
}

async fn intake<H: Handler>(
    worker: &Arc<Worker<H>>,
    mut stream: Stream,
    tasks: &TaskTracker,
    shutdown: &CancellationToken,
    broken: &CancellationToken,
) -> Result<(), Error> {
    let spawn = |arrival, permit| {
        let (worker, broken) = (Arc::clone(worker), broken.clone());
        tasks.spawn(async move {
            worker.process(arrival, Source::Main, &broken).await;
            drop(permit);
        });
    };
    loop {
        let taking = async {
            let permit = worker.permits.clone().acquire_owned().await.map_err(|_| Error::Closed)?;
            worker.throttle.pass().await;
            Ok::<_, Error>((stream.next().await?, permit))
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            () = broken.cancelled() => return Err(Error::Disconnected),
            // A suspect waits for all permits, also for the one we hold while there is nothing to take.
            () = worker.yield_permit.notified() => {}
            taken = taking => {
                let (arrival, permit) = taken?;
                spawn(arrival, permit);
            }
        }
    }
    // Delivered but not begun: finished, too, so that the next process finds nothing that looks like a crash. (What is
    // still on its way inside the broker when it reads our cancel comes back as a redelivery, and does no harm.)
    for arrival in stream.cancel().await? {
        let Ok(permit) = worker.permits.clone().acquire_owned().await else { break };
        spawn(arrival, permit);
    }
    Ok(())
}

/// A subscription to a queue.
struct Stream {
    channel: Channel,
    deliveries: lapin::Consumer,
}

impl Stream {
    async fn open(connection: &Connection, queue: &str, prefetch: u16) -> Result<Self, Error> {
        let channel = connection::open_channel(connection, false).await?;
        let subscribing = async {
            channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
            let options = BasicConsumeOptions::default();
            channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await
        };
        let deliveries = connection::within_reply(subscribing).await.map_err(Error::broker("subscribing"))?;
        Ok(Self { channel, deliveries })
    }

    /// Returns the next delivery. Safe to drop while waiting.
    async fn next(&mut self) -> Result<lapin::message::Delivery, Error> {
        match self.deliveries.next().await {
            Some(delivery) => delivery.map_err(Error::broker("receiving")),
            // The broker ends a subscription when its queue is deleted or its node goes.
            None => Err(Error::Disconnected),
        }
    }

    /// Ends the subscription and returns what was delivered and not taken.
    async fn cancel(&mut self) -> Result<Vec<lapin::message::Delivery>, Error> {
        let cancelling = self.channel.basic_cancel(self.deliveries.tag(), BasicCancelOptions::default());
        connection::within_reply(cancelling).await.map_err(Error::broker("unsubscribing"))?;
        let mut left = Vec::new();
        let end = Instant::now() + connection::REPLY;
        while let Ok(Some(delivery)) = timeout_at(end, self.deliveries.next()).await {
            left.push(delivery.map_err(Error::broker("receiving"))?);
        }
        Ok(left)
    }
}
