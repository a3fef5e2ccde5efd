//! Opening and closing connections, each step with a limit in time; pauses between attempts.

use std::{io, pin::pin, time::Duration};

use futures::{FutureExt, Stream, StreamExt};
use lapin::{
    Acker, Channel, Connection, ConnectionProperties, Event,
    message::BasicGetMessage,
    options::{BasicAckOptions, BasicGetOptions, BasicRejectOptions, ConfirmSelectOptions},
    tcp::AMQPUriTcpExt,
};
use tokio::time::{sleep, timeout};

use crate::{Endpoint, Error, error::Cause};

/// How long connecting, including TLS and login, may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the broker may take over one small question: opening a channel, declaring a queue.
pub(crate) const REPLY: Duration = Duration::from_secs(10);
/// How long a polite goodbye may take; a blocked connection never answers one.
const GOODBYE: Duration = Duration::from_secs(2);

/// Opens a connection named after the endpoint and its use.
pub(crate) async fn connect(endpoint: &Endpoint, purpose: &str) -> Result<Connection, Error> {
    let failed = |source: lapin::Error| Error::Connect { address: endpoint.address(), source: Cause(source) };
    let properties =
        ConnectionProperties::default().with_connection_name(format!("{} {purpose}", endpoint.name).into());
    let runtime = lapin::runtime::default_runtime().map_err(failed)?;
    let tls = endpoint.tls();
    let opening = Connection::connector(
        endpoint.uri.clone(),
        runtime,
        // The dial runs on the client's own thread, which a limit around the whole would not stop.
        async move |uri, runtime| {
            let dial = uri.connect_with_config_async(tls.as_ref(), &runtime);
            Ok(timeout(CONNECT, dial).await.map_err(|_| timed_out())??)
        },
        properties,
    );
    timeout(CONNECT, opening).await.unwrap_or_else(|_| Err(timed_out().into())).map_err(failed)
}

/// Opens a channel; with `confirms`, one that proves what it took.
pub(crate) async fn open_channel(connection: &Connection, confirms: bool) -> Result<Channel, Error> {
    let opening = async {
        let channel = connection.create_channel().await?;
        if confirms {
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
        }
        Ok(channel)
    };
    within_reply(opening).await.map_err(Error::broker("opening a channel"))
}

/// Waits for an answer of the broker no longer than [`REPLY`].
pub(crate) async fn within_reply<T>(answer: impl Future<Output = lapin::Result<T>>) -> lapin::Result<T> {
    timeout(REPLY, answer).await.unwrap_or_else(|_| Err(timed_out().into()))
}

/// Takes one message out of a queue.
pub(crate) async fn fetch(channel: &Channel, queue: &str) -> lapin::Result<Option<BasicGetMessage>> {
    watched(channel.basic_get(queue.into(), BasicGetOptions::default()), ended(channel)).await
}

/// Acknowledges a delivery; returns `false` when its channel had ended before.
pub(crate) async fn acknowledge(acker: &Acker) -> lapin::Result<bool> {
    watched(acker.ack(BasicAckOptions::default()), until(|| acker.poisoned())).await
}

/// Gives a delivery back to its queue; returns `false` when its channel had ended before.
pub(crate) async fn give_back(acker: &Acker) -> lapin::Result<bool> {
    watched(acker.reject(BasicRejectOptions { requeue: true }), until(|| acker.poisoned())).await
}

/// Returns when a channel is of no use any more.
pub(crate) async fn ended(channel: &Channel) {
    until(|| !channel.status().connected()).await;
}

async fn until(is: impl Fn() -> bool) {
    while !is() {
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits for an answer of the broker no longer than [`REPLY`], and only until `end`.
///
/// The client library never answers what it was asked in the moment its connection ends: the question stays in a queue
/// that nobody empties any more. So the end is watched beside it.
async fn watched<T>(answer: impl Future<Output = lapin::Result<T>>, end: impl Future<Output = ()>) -> lapin::Result<T> {
    tokio::select! {
        biased;
        answer = within_reply(answer) => answer,
        () = end => Err(io::Error::from(io::ErrorKind::ConnectionAborted).into()),
    }
}

/// Returns the error over which a connection ended because what the broker sent could not be read, if it did.
pub(crate) fn unreadable(events: impl Stream<Item = Event>) -> Option<Error> {
    let mut events = pin!(events);
    while let Some(Some(event)) = events.next().now_or_never() {
        if let Event::Error(source) = event
            && matches!(source.kind(), lapin::ErrorKind::ParsingError(_))
        {
            return Some(Error::Broker { doing: "reading a message", source: Cause(source) });
        }
    }
    None
}

/// Says goodbye and returns once the broker has heard it, or soon after.
pub(crate) async fn close(connection: &Connection) {
    // The outcome changes nothing: dropping the connection ends it, too, only less politely.
    let _ = timeout(GOODBYE, connection.close(200, "done".into())).await;
}

fn timed_out() -> io::Error {
    io::Error::from(io::ErrorKind::TimedOut)
}

/// Pauses that double from attempt to attempt, with full jitter so that a fleet does not return in step.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    limit: Duration,
    attempts: u32,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, limit: Duration) -> Self {
        Self { first, limit, attempts: 0 }
    }

    /// Returns the next pause, between half of the doubled step and all of it.
    pub(crate) fn pause(&mut self) -> Duration {
        let step = self.first.saturating_mul(1 << self.attempts.min(16)).min(self.limit);
        self.attempts = self.attempts.saturating_add(1);
        step.mul_f64(rand::random_range(0.5..=1.0))
    }

    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_limit_and_begin_anew() {
        let (first, limit) = (Duration::from_millis(100), Duration::from_secs(5));
        let mut backoff = Backoff::new(first, limit);
        for attempt in 0..40_u32 {
            let step = first.saturating_mul(1 << attempt.min(16)).min(limit);
            let pause = backoff.pause();
            assert!(pause >= step / 2 && pause <= step, "attempt {attempt}: {pause:?} for {step:?}");
        }
        backoff.reset();
        assert!(backoff.pause() <= first);
    }
}
