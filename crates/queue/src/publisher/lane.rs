//! A lane: one channel, one batch at a time, and the verdict on each message of it.

use std::collections::HashSet;

use futures::{StreamExt, stream::FuturesUnordered};
use lapin::{Channel, Confirmation, Connection, ErrorKind as Reported, options::BasicPublishOptions};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    Outgoing,
    link::{LOOK, Line},
};
use crate::{Error, connection};

/// A message on its way, and who waits for its outcome.
pub(super) struct Job {
    pub(super) outgoing: Outgoing,
    pub(super) deadline: Instant,
    pub(super) done: oneshot::Sender<Result<(), Error>>,
}

impl Job {
    fn is_wanted(&self) -> bool {
        !self.done.is_closed() && Instant::now() < self.deadline
    }

    fn finish(self, outcome: Result<(), Error>) {
        // The caller may have given up meanwhile.
        let _ = self.done.send(outcome);
    }
}

/// Publishes what callers drop into the common queue.
pub(super) struct Lane {
    waiting: async_channel::Receiver<Job>,
    line: Line,
    closing: CancellationToken,
    batch: usize,
    /// Messages whose fate is unknown because the channel broke; sent again first.
    carried: Vec<Job>,
    /// The broker closed the channel over one message of a batch: send one by one to find out which.
    singly: bool,
}

/// Why a lane stopped using its channel.
enum End {
    /// There is nothing more to publish.
    Finished,
    /// The channel is of no use any more.
    ChannelBroken,
    /// The broker has fallen silent.
    Silent,
}

impl Lane {
    pub(super) fn new(
        waiting: async_channel::Receiver<Job>,
        line: Line,
        closing: CancellationToken,
        batch: usize,
    ) -> Self {
        Self { waiting, line, closing, batch, carried: Vec::new(), singly: false }
    }

    pub(super) async fn run(mut self) {
        let mut broken = 0;
        while let Some((connection, generation)) = self.line.newer_than(broken).await {
            match self.use_connection(&connection).await {
                End::Finished => return,
                End::ChannelBroken | End::Silent => {
                    broken = generation;
                    self.line.report_broken(generation);
                }
            }
        }
    }

    /// Publishes over one connection, with a new channel whenever the broker closes one.
    async fn use_connection(&mut self, connection: &Connection) -> End {
        loop {
            // Under an alarm silence is what to expect; a new connection would meet the same, and the old one cannot
            // even be closed before the alarm is over.
            while connection.status().blocked() && connection.status().connected() {
                sleep(LOOK).await;
            }
            let end = match connection::open_channel(connection, true).await {
                Ok(channel) => self.use_channel(&channel).await,
                Err(_) => End::Silent,
            };
            match end {
                End::ChannelBroken if connection.status().connected() => {}
                End::Silent if connection.status().blocked() => {}
                end => return end,
            }
        }
    }

    async fn use_channel(&mut self, channel: &Channel) -> End {
        loop {
            let batch = self.next_batch().await;
            if batch.is_empty() {
                return End::Finished;
            }
            let answers = send(channel, &batch).await;
            if let Some(end) = self.conclude(batch, answers) {
                return end;
            }
        }
    }

    /// Waits for work; empty means there will be no more.
    async fn next_batch(&mut self) -> Vec<Job> {
        loop {
            let mut batch = if self.carried.is_empty() {
                self.singly = false;
                let Some(batch) = self.receive().await else { return Vec::new() };
                batch
            } else {
                let end = if self.singly { 1 } else { self.carried.len() };
                self.carried.drain(..end).collect()
            };
            batch.retain(Job::is_wanted);
            if !batch.is_empty() {
                return batch;
            }
        }
    }

    async fn receive(&self) -> Option<Vec<Job>> {
        let first = tokio::select! {
            biased;
            job = self.waiting.recv() => job,
            () = self.closing.cancelled() => {
                // No more are let in; those already in are still published.
                self.waiting.close();
                self.waiting.recv().await
            }
        };
        let more = std::iter::from_fn(|| self.waiting.try_recv().ok());
        Some(std::iter::once(first.ok()?).chain(more).take(self.batch).collect())
    }

    /// Tells the callers what became of their messages; keeps those to be sent again.
    fn conclude(&mut self, batch: Vec<Job>, answers: Vec<Option<lapin::Result<Confirmation>>>) -> Option<End> {
        let complete = answers.iter().all(Option::is_some);
        let alone = batch.len() == 1;
        let returned: HashSet<_> = answers.iter().filter_map(returned).collect();
        let mut end = (!complete).then_some(End::Silent);
        for (job, answer) in batch.into_iter().zip(&answers) {
            match answer {
                None => job.finish(Err(self.line.why_late())),
                Some(Ok(_)) if returned.contains(&address(&job.outgoing)) => {
                    let routing_key = job.outgoing.key.clone();
                    job.finish(Err(Error::Unroutable { routing_key }));
                }
                Some(Ok(Confirmation::Ack(_))) if complete => job.finish(Ok(())),
                // Confirmed, but while others of the batch are open it may yet turn out to be the one returned.
                Some(Ok(Confirmation::Ack(_) | Confirmation::NotRequested)) => job.finish(Err(Error::Timeout)),
                Some(Ok(Confirmation::Nack(_))) => job.finish(Err(Error::Nacked)),
                Some(Err(error)) => {
                    end = Some(End::ChannelBroken);
                    match refusal(error) {
                        Some(problem) if alone => job.finish(Err(Error::Refused { problem })),
                        refusal => {
                            self.singly |= refusal.is_some();
                            self.carried.push(job);
                        }
                    }
                }
            }
        }
        end
    }
}

/// Publishes a batch and waits for all of its confirms, or until nobody wants to know any more.
///
/// One task alone may publish on a channel: the client library numbers a message and queues its frames in two steps, and
/// two tasks between them would swap each other's confirms.
async fn send(channel: &Channel, batch: &[Job]) -> Vec<Option<lapin::Result<Confirmation>>> {
    let mut answers: Vec<_> = batch.iter().map(|_| None).collect();
    let latest = batch.iter().map(|job| job.deadline).max().unwrap_or_else(Instant::now);
    let mut open: FuturesUnordered<_> = batch
        .iter()
        .enumerate()
        .map(|(index, job)| async move { (index, publish(channel, &job.outgoing).await) })
        .collect();
    let all = async {
        while let Some((index, answer)) = open.next().await {
            answers[index] = Some(answer);
        }
    };
    // Late is told apart from answered by the answers themselves.
    let _ = timeout_at(latest, all).await;
    drop(open);
    answers
}

async fn publish(channel: &Channel, outgoing: &Outgoing) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions { mandatory: true, immediate: false };
    let (exchange, key) = (outgoing.exchange.as_str().into(), outgoing.key.as_str().into());
    let message = &outgoing.message;
    channel.basic_publish(exchange, key, options, &message.body, message.properties()).await?.await
}

type Address<'a> = (&'a str, &'a str, &'a str);

fn address(outgoing: &Outgoing) -> Address<'_> {
    (&outgoing.exchange, &outgoing.key, &outgoing.message.id)
}

fn returned(answer: &Option<lapin::Result<Confirmation>>) -> Option<Address<'_>> {
    let (Confirmation::Ack(Some(message)) | Confirmation::Nack(Some(message))) = answer.as_ref()?.as_ref().ok()? else {
        return None;
    };
    let id = message.properties.message_id().as_ref().map_or("", |id| id.as_str());
    Some((message.exchange.as_str(), message.routing_key.as_str(), id))
}

/// Returns the broker's words when it closed the channel over what was published on it.
fn refusal(error: &lapin::Error) -> Option<String> {
    match error.kind() {
        Reported::ProtocolError(reported) if error.is_amqp_soft_error() => {
            Some(reported.get_message().as_str().to_owned())
        }
        _ => None,
    }
}
