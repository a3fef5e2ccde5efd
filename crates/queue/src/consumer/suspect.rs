//! Tries messages that were in hand when a process died: one at a time, and with nothing else in hand.

use std::{pin::pin, sync::Arc, task::Poll, time::Duration};

use lapin::Channel;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Handler,
    work::{Source, Worker},
};
use crate::{Error, connection, metric, retry::TIERS, topology::message_count};

/// How often other processes' suspects are looked for; our own are announced.
const LOOK: Duration = Duration::from_secs(2);
/// How often the queues' lengths are asked for.
const MEASURE: Duration = Duration::from_secs(15);

/// Looks after suspects, and measures the family's queues, until told to stop; `broken` is told when it cannot.
pub(super) async fn watch<H: Handler>(
    worker: Arc<Worker<H>>,
    channel: Channel,
    stop: CancellationToken,
    broken: CancellationToken,
) {
    if let Err(error) = rounds(&worker, &channel, &stop, &broken).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, queue = worker.family.main(), "cannot look after suspects");
        broken.cancel();
    }
}

async fn rounds<H: Handler>(
    worker: &Worker<H>,
    channel: &Channel,
    stop: &CancellationToken,
    broken: &CancellationToken,
) -> Result<(), Error> {
    let mut measured: Option<Instant> = None;
    while !stop.is_cancelled() {
        if measured.is_none_or(|at| at.elapsed() > MEASURE) {
            measure(worker, channel).await.map_err(Error::broker("measuring queues"))?;
            measured = Some(Instant::now());
        }
        while !stop.is_cancelled() && try_one(worker, channel, stop, broken).await? {}
        tokio::select! {
            () = stop.cancelled() => {}
            () = worker.suspects.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
    Ok(())
}

/// Tries one suspect; returns whether there was one.
async fn try_one<H: Handler>(
    worker: &Worker<H>,
    channel: &Channel,
    stop: &CancellationToken,
    broken: &CancellationToken,
) -> Result<bool, Error> {
    let queue = worker.family.suspect();
    let waiting = message_count(channel, &queue).await.map_err(Error::broker("counting suspects"))?;
    metric::waiting(worker.family.label(), "suspect", waiting);
    if waiting == 0 {
        return Ok(false);
    }
    // All permits first, the message second: while it is in hand nothing else is, and while anything else is in hand,
    // a death does not find this message delivered.
    let mut all = pin!(worker.permits.acquire_many(u32::from(worker.config.concurrency)));
    let _alone = match futures::poll!(&mut all) {
        Poll::Ready(alone) => alone,
        Poll::Pending => {
            // Asked only now that we stand in line: whoever gives way queues up behind us.
            worker.yield_permit.notify_one();
            tokio::select! {
                () = stop.cancelled() => return Ok(false),
                // Handlers may take long to notice; whoever waits for them holds up everybody else.
                () = connection::ended(channel) => return Err(Error::Disconnected),
                alone = all => alone,
            }
        }
    };
    let got = connection::fetch(channel, &queue).await.map_err(Error::broker("fetching a suspect"))?;
    let Some(suspect) = got else { return Ok(false) };
    worker.process(suspect.delivery, Source::Suspect, broken).await;
    Ok(true)
}

async fn measure<H: Handler>(worker: &Worker<H>, channel: &Channel) -> lapin::Result<()> {
    let (family, label) = (&worker.family, worker.family.label());
    let main = message_count(channel, family.main()).await?;
    metric::waiting(label, "main", main);
    metric::waiting(label, "parked", message_count(channel, &family.parked()).await?);
    let mut delayed = 0_u32;
    for tier in TIERS {
        delayed = delayed.saturating_add(message_count(channel, &family.retry(tier)).await?);
    }
    metric::waiting(label, "retry", delayed);
    worker.flight.measured(main.saturating_add(delayed));
    Ok(())
}
