//! Parked messages: looked at, sent back to work, or dropped, by a person, one queue at a time.
//!
//! Looking takes messages out of the queue and puts them back unharmed when the look ends, also when it ends in a crash.

use std::{sync::Arc, time::Duration};

use callflow_contract::event::v1::Envelope;
use jiff::Timestamp;
use lapin::{Acker, Channel, Connection};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep};

use crate::{
    Endpoint, Error, Message, Publisher, connection,
    topology::{Family, goodbye, message_count, route},
};

/// Longest wait for the broker to have put messages back; it takes milliseconds unless somebody else takes them at once.
const PUTTING_BACK: Duration = Duration::from_secs(1);
/// Pause between two looks whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Which parked messages are meant; every part that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The message's id.
    pub id: Option<String>,
    /// Part of the reason: its code or words of its detail.
    pub reason: Option<String>,
    /// Parked at least this long ago.
    pub older_than: Option<Duration>,
    /// Parked at most this long ago.
    pub younger_than: Option<Duration>,
}

impl Filter {
    fn fits(&self, parked: &Parked, now: Timestamp) -> bool {
        let age = Duration::try_from(now.duration_since(parked.parked_at)).unwrap_or_default();
        let reason = |wanted: &String| parked.reason.contains(wanted) || parked.detail.contains(wanted);
        self.id.as_ref().is_none_or(|id| *id == parked.id)
            && self.reason.as_ref().is_none_or(reason)
            && self.older_than.is_none_or(|least| age >= least)
            && self.younger_than.is_none_or(|most| age <= most)
    }
}

/// A parked message.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// Its id; when it never had one, `body-` and the beginning of its body's SHA-256, so that it can be named all the same.
    pub id: String,
    /// Code of the reason; see [`ParkReason`](crate::disposition::ParkReason).
    pub reason: String,
    /// What happened.
    pub detail: String,
    /// Number of the attempt after which it was parked.
    pub attempt: u32,
    /// How often it was sent back before.
    pub redriven: u32,
    /// When the event happened.
    pub first_seen: Timestamp,
    /// When it was parked; for what the broker itself set aside, when the event happened.
    pub parked_at: Timestamp,
    /// The key it was published under.
    pub routing_key: String,
    /// The schema its publisher named.
    pub schema: String,
    /// The company its publisher named; a UUID.
    pub company_id: String,
    /// The call it belongs to, where it belongs to one.
    pub correlation_id: String,
    /// Where its trace can be found.
    pub trace_id: Option<String>,
    /// Size of its body.
    pub body_bytes: usize,
    /// Its envelope, where it has one. The body within is personal data: show it to nobody who did not ask.
    pub envelope: Option<Envelope>,
}

impl Parked {
    fn of(message: &Message) -> Self {
        let trail = &message.trail;
        // Without our reason it was the broker that set it aside, after too many returns.
        let parking = trail.parked.as_ref();
        let reason = parking.map_or("returned_too_often", |parking| &parking.code);
        let trace_id = trail.traceparent.as_ref().and_then(|text| text.split('-').nth(1)).map(str::to_owned);
        Self {
            id: if message.id.is_empty() { nameless(&message.body) } else { message.id.clone() },
            reason: reason.to_owned(),
            detail: parking.map(|parking| parking.detail.clone()).unwrap_or_default(),
            attempt: trail.attempt,
            redriven: trail.redriven,
            first_seen: trail.first_seen,
            parked_at: parking.map_or(trail.first_seen, |parking| parking.at),
            routing_key: trail.key.clone(),
            schema: message.schema.clone(),
            company_id: trail.company_id.clone(),
            correlation_id: message.correlation_id.clone(),
            trace_id,
            body_bytes: message.body.len(),
            envelope: Envelope::decode(message.body.as_slice()).ok(),
        }
    }
}

fn nameless(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let beginning = u64::from_be_bytes(std::array::from_fn(|nth| digest[nth]));
    format!("body-{beginning:016x}")
}

/// The parked queue of one family.
pub struct ParkedQueue {
    connection: Connection,
    publisher: Publisher,
    family: Family,
}

/// What is to be done with a message that fits.
#[derive(Clone, Copy)]
enum Action {
    Look,
    Redrive,
    Drop,
}

impl ParkedQueue {
    /// Connects to the parked queue of a family; `publisher` carries what is sent back.
    ///
    /// # Errors
    /// When the broker cannot be reached.
    pub async fn open(endpoint: &Endpoint, family: Family, publisher: Publisher) -> Result<Self, Error> {
        let connection = connection::connect(endpoint, "parked").await?;
        Ok(Self { connection, publisher, family })
    }

    /// Returns up to `limit` messages that fit, in the order in which they were parked.
    ///
    /// # Errors
    /// When the queue is missing or the broker fails.
    pub async fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<Parked>, Error> {
        self.visit(filter, limit, Action::Look).await
    }

    /// Sends up to `limit` fitting messages back to the main queue with their ids kept and their attempts begun anew, and
    /// returns them. Broken off in between, a message is in both queues; what its second run would do, the inbox knows
    /// to have been done.
    ///
    /// # Errors
    /// When the queue is missing or the broker fails; what was sent back by then stays so.
    pub async fn redrive(&self, filter: &Filter, limit: usize) -> Result<Vec<Parked>, Error> {
        self.visit(filter, limit, Action::Redrive).await
    }

    /// Removes up to `limit` fitting messages for good and returns them.
    ///
    /// # Errors
    /// When the queue is missing or the broker fails; what was removed by then is gone.
    pub async fn drop(&self, filter: &Filter, limit: usize) -> Result<Vec<Parked>, Error> {
        self.visit(filter, limit, Action::Drop).await
    }

    /// Says goodbye to the broker.
    pub async fn close(self) {
        connection::close(&self.connection).await;
    }

    async fn visit(&self, filter: &Filter, limit: usize, action: Action) -> Result<Vec<Parked>, Error> {
        let channel = connection::open_channel(&self.connection, false).await?;
        let mut held = Vec::new();
        let outcome = self.walk(&channel, filter, limit, action, &mut held).await;
        self.put_back(&channel, &held).await.map_err(Error::broker("putting parked messages back"))?;
        goodbye(&channel).await;
        outcome
    }

    /// Puts messages back, and waits until they lie there: the broker takes a rejection without an answer, and whoever looks next
    /// would miss what it has not worked off. Others may take them meanwhile, so the wait has an end.
    async fn put_back(&self, channel: &Channel, held: &[Acker]) -> lapin::Result<()> {
        if held.is_empty() {
            return Ok(());
        }
        let queue = self.family.parked();
        let others = message_count(channel, &queue).await?;
        // What is put back first is delivered first, so this keeps the order.
        for acker in held {
            connection::give_back(acker).await?;
        }
        let all = others.saturating_add(u32::try_from(held.len()).unwrap_or(u32::MAX));
        let until = Instant::now() + PUTTING_BACK;
        while message_count(channel, &queue).await? < all && Instant::now() < until {
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Takes each message once: all stay taken until the walk is over, and it ends after as many as lay there when it
    /// began. What is parked meanwhile, perhaps because the walk itself sent it back, lies behind those. Counted, not told by
    /// the time of parking: that is another machine's clock.
    async fn walk(
        &self,
        channel: &Channel,
        filter: &Filter,
        limit: usize,
        action: Action,
        held: &mut Vec<Acker>,
    ) -> Result<Vec<Parked>, Error> {
        let (queue, began) = (self.family.parked(), Timestamp::now());
        let lying = message_count(channel, &queue).await.map_err(Error::broker("counting parked messages"))?;
        let mut found = Vec::new();
        for _ in 0..lying {
            if found.len() >= limit {
                break;
            }
            let got = connection::fetch(channel, &queue).await.map_err(Error::broker("reading parked messages"))?;
            let Some(got) = got else { break };
            let lapin::message::Delivery { routing_key, properties, data, acker, .. } = got.delivery;
            let message = Message::arrived(routing_key.as_str(), &properties, data, began);
            let parked = Parked::of(&message);
            if filter.fits(&parked, began) {
                found.push(parked);
                self.act(action, message, acker, held).await?;
            } else {
                held.push(acker);
            }
        }
        Ok(found)
    }

    async fn act(&self, action: Action, message: Message, acker: Acker, held: &mut Vec<Acker>) -> Result<(), Error> {
        match action {
            Action::Look => {
                held.push(acker);
                return Ok(());
            }
            Action::Drop => {}
            Action::Redrive => {
                let again = Arc::new(message.redriven());
                // Confirmed before the parked copy goes: a crash in between leaves two copies, never none.
                let sent = self.publisher.send(self.family.route(), route::MAIN.into(), again).await;
                if let Err(error) = sent {
                    held.push(acker);
                    return Err(error);
                }
            }
        }
        let gone = connection::acknowledge(&acker).await.map_err(Error::broker("removing a parked message"))?;
        if gone { Ok(()) } else { Err(Error::Disconnected) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disposition::ParkReason;

    fn parked(seconds_ago: i64) -> (Parked, Timestamp) {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let envelope = Envelope { message_id: uuid::Uuid::from_u128(7).to_string(), ..Envelope::default() };
        let reason = ParkReason::new(ParkReason::REFUSED, "no such branch");
        let at = Timestamp::from_second(1_000_000 - seconds_ago).unwrap();
        (Parked::of(&Message::event("call.started", &envelope).unwrap().parked(reason, at)), now)
    }

    #[test]
    fn every_given_part_of_a_filter_must_fit() {
        let (parked, now) = parked(3_600);
        let fits = |filter: Filter| filter.fits(&parked, now);
        assert!(fits(Filter::default()));
        assert!(fits(Filter { reason: Some("refused".into()), ..Filter::default() }));
        assert!(fits(Filter { reason: Some("branch".into()), ..Filter::default() }));
        assert!(!fits(Filter { reason: Some("crashed".into()), ..Filter::default() }));
        let (half, double) = (Some(Duration::from_secs(1_800)), Some(Duration::from_secs(7_200)));
        assert!(fits(Filter { older_than: half, younger_than: double, ..Filter::default() }));
        assert!(!fits(Filter { older_than: double, ..Filter::default() }));
        assert!(!fits(Filter { younger_than: half, ..Filter::default() }));
        assert!(!fits(Filter { id: Some("other".into()), reason: Some("refused".into()), ..Filter::default() }));
    }

    #[test]
    fn the_trace_is_named_by_its_id_alone() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let envelope = Envelope { message_id: uuid::Uuid::from_u128(7).to_string(), ..Envelope::default() };
        let mut message = Message::event("call.started", &envelope).unwrap();
        message.trail.traceparent = Some(format!("00-{trace}-b7ad6b7169203331-01"));
        assert_eq!(Parked::of(&message).trace_id.as_deref(), Some(trace));
    }
}
