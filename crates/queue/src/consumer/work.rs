//! One message through the handler: opened, judged, handled within its time, and settled.

use std::{panic::AssertUnwindSafe, sync::Arc};

use callflow_telemetry::carrier;
use futures::FutureExt;
use jiff::Timestamp;
use lapin::message;
use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{Config, Handler, MAX_CONCURRENCY, flight::Flight, settle::Outcome, throttle::Throttle};
use crate::{
    Delivery, Disposition, Message, Publisher, disposition::ParkReason, metric, retry::Step, topology::Family,
};

/// After this many deaths over one message it is parked.
const CRASHES: u32 = 3;

/// Everything the handling of one message needs; outlives connections.
pub(super) struct Worker<H> {
    pub(super) family: Family,
    pub(super) publisher: Publisher,
    pub(super) config: Config,
    pub(super) flight: Flight,
    pub(super) throttle: Throttle,
    /// One permit per message in hand; a suspect takes all of them.
    pub(super) permits: Arc<Semaphore>,
    /// A message was set aside.
    pub(super) suspects: Notify,
    /// A suspect waits for all permits.
    pub(super) yield_permit: Notify,
    handler: H,
}

/// Where a delivery came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The main queue: others were in hand beside it.
    Main,
    /// The queue of suspects: it was alone.
    Suspect,
}

impl<H: Handler> Worker<H> {
    pub(super) fn new(family: Family, publisher: Publisher, handler: H, mut config: Config) -> Self {
        config.concurrency = config.concurrency.clamp(1, MAX_CONCURRENCY);
        Self {
            permits: Arc::new(Semaphore::new(usize::from(config.concurrency))),
            flight: Flight::default(),
            throttle: Throttle::new(),
            suspects: Notify::new(),
            yield_permit: Notify::new(),
            family,
            publisher,
            config,
            handler,
        }
    }

    /// Sees one delivery through to its end. `broken` is told when the queues are not as they should be.
    pub(super) async fn process(&self, arrival: message::Delivery, source: Source, broken: &CancellationToken) {
        let message::Delivery { routing_key, redelivered, properties, data, acker, .. } = arrival;
        let message = Message::arrived(routing_key.as_str(), &properties, data, Timestamp::now());
        let _seat = self.flight.board(&message);
        if redelivered {
            metric::redelivered(self.family.label());
        }
        let outcome = self.judge(&message, redelivered, source).await;
        if !self.settle(message, outcome, &acker).await {
            broken.cancel();
        }
    }

    async fn judge(&self, message: &Message, redelivered: bool, source: Source) -> Outcome {
        let envelope = match self.config.registry.open(message) {
            Ok(envelope) => envelope,
            Err(reason) => return Outcome::Park(reason),
        };
        if redelivered && !self.flight.survived(&message.id) {
            return suspicion(message, source);
        }
        let disposition = self.attempt(Delivery::new(message, envelope)).await;
        self.decide(message, disposition)
    }

    /// Runs the handler in a span below the publisher's.
    async fn attempt(&self, delivery: Delivery) -> Disposition {
        let queue = self.family.label();
        let span = tracing::info_span!("consume", queue, key = delivery.routing_key, attempt = delivery.attempt,
            message.id = %delivery.message_id, schema = delivery.envelope.schema, disposition = tracing::field::Empty);
        if let Some(traceparent) = &delivery.traceparent {
            carrier::set_parent(&span, traceparent);
        }
        let began = Instant::now();
        // The call itself is inside, so that a handler that panics before its first await is caught, too.
        let run = AssertUnwindSafe(async { self.handler.handle(delivery).await }).catch_unwind();
        let limit = self.config.handler_timeout;
        let failed = |reason: String| Disposition::Retry { after: None, reason };
        let disposition = match timeout(limit, run.instrument(span.clone())).await {
            Ok(Ok(disposition)) => disposition,
            // The panic's text is left out: it may quote what the message says about a person.
            Ok(Err(_)) => failed("handler panicked".into()),
            Err(_) => failed(format!("handler took longer than {} s", limit.as_secs_f32())),
        };
        metric::handled(queue, began.elapsed());
        span.record("disposition", disposition.label());
        disposition
    }

    fn decide(&self, message: &Message, disposition: Disposition) -> Outcome {
        let (policy, dice) = (self.config.policy, rand::random::<f64>());
        match disposition {
            Disposition::Done => {
                self.throttle.present();
                Outcome::Done
            }
            Disposition::Wait { reason } => {
                self.throttle.away();
                Outcome::Wait(policy.while_away(message.trail.waits, None, dice), reason)
            }
            Disposition::Park { reason } => Outcome::Park(ParkReason::new(ParkReason::REFUSED, reason)),
            Disposition::Retry { after, reason } => match policy.after_failure(message.trail.attempt, after, dice) {
                Step::Wait(tier) => Outcome::Retry(tier, reason),
                Step::GiveUp => {
                    let detail = format!("attempt {}: {reason}", message.trail.attempt);
                    Outcome::Park(ParkReason::new(ParkReason::EXHAUSTED, detail))
                }
            },
        }
    }
}

/// What to do with a message that some process held and did not finish.
///
/// From the main queue it may have been any of those in hand, so it is only set aside. A suspect was alone: the death
/// was its own.
fn suspicion(message: &Message, source: Source) -> Outcome {
    let crashes = message.trail.crashes.saturating_add(1);
    if source == Source::Suspect && crashes >= CRASHES {
        Outcome::Park(ParkReason::new(ParkReason::CRASHED, format!("{crashes} processes ended while handling it")))
    } else {
        Outcome::Suspect
    }
}

#[cfg(test)]
mod tests {
    use callflow_contract::event::v1::Envelope;
    use uuid::Uuid;

    use super::*;

    fn message(crashes: u32) -> Message {
        let envelope = Envelope { message_id: Uuid::from_u128(7).to_string(), ..Envelope::default() };
        let message = Message::event("call.started", &envelope).unwrap();
        (0..crashes).fold(message, |message, _| message.after_crash())
    }

    #[test]
    fn only_a_message_that_was_alone_is_parked_for_a_crash() {
        assert!(matches!(suspicion(&message(0), Source::Main), Outcome::Suspect));
        assert!(matches!(suspicion(&message(9), Source::Main), Outcome::Suspect));
        assert!(matches!(suspicion(&message(1), Source::Suspect), Outcome::Suspect));
        assert!(
            matches!(suspicion(&message(2), Source::Suspect), Outcome::Park(reason) if reason.code == ParkReason::CRASHED)
        );
    }
}
