//! The one place that acknowledges. Whatever a message becomes, its successor is confirmed first: a crash in between
//! leaves two copies, which the inbox makes one, and never none.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use lapin::Acker;
use tokio::time::sleep;

use super::{Handler, work::Worker};
use crate::{
    Error, Message,
    connection::{self, Backoff},
    disposition::ParkReason,
    metric,
    retry::Tier,
    topology::{retry_route, route},
};

/// What is to become of a message.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It may go.
    Done,
    /// It comes back as another attempt; the reason is logged.
    Retry(Tier, String),
    /// It comes back when what was away may be there again.
    Wait(Tier, String),
    /// It waits for a person.
    Park(ParkReason),
    /// It is tried again alone.
    Suspect,
}

impl Outcome {
    const fn label(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry(..) => "retry",
            Self::Wait(..) => "wait",
            Self::Park(_) => "parked",
            Self::Suspect => "suspect",
        }
    }

    /// Returns how long the message is away, if it comes back.
    fn delay(&self) -> Option<Duration> {
        match self {
            Self::Retry(tier, _) | Self::Wait(tier, _) => Some(tier.delay()),
            Self::Done | Self::Park(_) | Self::Suspect => None,
        }
    }
}

impl<H: Handler> Worker<H> {
    /// Carries out the outcome; returns whether there were queues, and a connection, to do it with.
    pub(super) async fn settle(&self, message: Message, outcome: Outcome, acker: &Acker) -> bool {
        let (id, label) = (message.id.clone(), outcome.label());
        let (suspect, delay) = (matches!(outcome, Outcome::Suspect), outcome.delay());
        let first_seen = message.trail.first_seen;
        if let Some((key, successor)) = self.successor(message, outcome)
            && let Err(error) = self.forward(&key, successor, acker).await
        {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                message.id = id,
                queue = self.family.main(),
                "not settled; it will be delivered again"
            );
            self.flight.not_acknowledged(&id);
            return false;
        }
        if let Some(delay) = delay {
            self.flight.delayed(id.clone(), first_seen, delay, Timestamp::now());
        }
        if suspect {
            self.suspects.notify_one();
        }
        if let Ok(true) = connection::acknowledge(acker).await {
            metric::settled(self.family.label(), label);
            return true;
        }
        self.flight.not_acknowledged(&id);
        metric::settled(self.family.label(), "not_acknowledged");
        // A connection that has ended says so itself, and better; one that lives and takes nothing is given up.
        acker.poisoned()
    }

    /// Returns the copy that lives on, and the key of the queue it lives on in.
    fn successor(&self, message: Message, outcome: Outcome) -> Option<(String, Message)> {
        let (id, attempt, queue) = (message.id.clone(), message.trail.attempt, self.family.label());
        match outcome {
            Outcome::Done => None,
            Outcome::Retry(tier, reason) => {
                tracing::info!(message.id = id, queue, attempt, reason, after = tier.name(), "attempt failed");
                Some((retry_route(tier), message.after_failure()))
            }
            Outcome::Wait(tier, reason) => {
                tracing::info!(message.id = id, queue, attempt, reason, after = tier.name(), "something is away");
                Some((retry_route(tier), message.after_wait()))
            }
            Outcome::Park(reason) => {
                tracing::warn!(message.id = id, queue, attempt, code = reason.code, reason = reason.detail, "parked");
                metric::parked(queue, reason.code);
                Some((route::PARKED.into(), message.parked(reason, Timestamp::now())))
            }
            Outcome::Suspect => {
                tracing::warn!(
                    message.id = id,
                    queue,
                    crashes = message.trail.crashes + 1,
                    "in hand when a process died"
                );
                Some((route::SUSPECT.into(), message.after_crash()))
            }
        }
    }

    /// Publishes the successor, as often as it takes. Holding the message meanwhile is what slows the intake down.
    async fn forward(&self, key: &str, successor: Message, acker: &Acker) -> Result<(), Error> {
        let successor = Arc::new(successor);
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        loop {
            match self.publisher.send(self.family.route(), key.to_owned(), successor.clone()).await {
                Err(error) if error.is_about_the_message() => return Err(error),
                // Without its connection the message is the broker's again, and will be delivered again.
                Err(error) if !acker.usable() => return Err(error),
                Err(_) => sleep(backoff.pause()).await,
                Ok(()) => return Ok(()),
            }
        }
    }
}
