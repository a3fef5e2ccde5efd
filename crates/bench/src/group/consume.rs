//! How fast events are worked off: the consumer loop with one small transaction per event, the resolver's own work per
//! event, and how long it takes from a webhook to its committed effect.

mod effect;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use callflow_contract::{
    convert::to_wire_time,
    event::v1::{CallEvent, Envelope},
    schema::seal,
};
use callflow_domain::id::{CallId, CompanyId};
use callflow_queue::{
    Consumer, Delivery, Disposition, Endpoint, Handler, Message, Publisher, Topology, consumer, publisher,
    topology::RESOLVER_CALL,
};
use callflow_store::{Config, Database, call, inbox::Inbox, role::Role};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::corner;
use crate::{figure::Figure, world::World};

const COMPANY: &str = "haarwerk";
const MESSAGES: usize = 10_000;
/// Publishes at a time while a queue is filled.
const TOGETHER: usize = 500;

/// Returns the rates and the time to the effect.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let url = world.endpoints().await?.postgres.get(Role::Resolver.name()).cloned();
    let pool = Config { max_connections: 16, ..Config::new(url.context("the resolver's URL")?) };
    let database = Database::connect(&pool).await?;
    let address = corner::broker(world).await?;
    let topology = corner::topology();
    let endpoint = Endpoint::parse(&address)?;
    topology.declare_only(&endpoint, &[RESOLVER_CALL]).await?;
    let settings = publisher::Config {
        expects: vec![RESOLVER_CALL],
        deadline: Duration::from_secs(60),
        ..publisher::Config::default()
    };
    let publisher = Publisher::start(endpoint.clone(), &topology, settings);
    ensure!(publisher.wait_ready(Duration::from_secs(10)).await, "the broker does not answer");
    let site = Site { endpoint, topology, publisher };
    let mut best = 0.0_f64;
    for _ in 0..3 {
        best = best.max(site.rate(Small { database: database.clone() }).await?);
    }
    let mut figures = vec![Figure::at_least("consume.events_per_second", best, 2_000.0)];
    let cached = world.endpoints().await?.redis.clone();
    let calls = site.rate(resolver(database.clone(), &cached)?).await?;
    figures.push(Figure::known("consume.call_events_per_second", calls));
    site.publisher.close().await;
    corner::clear(&address, &site.topology, &RESOLVER_CALL).await?;
    database.close().await;
    figures.extend(effect::measure(world).await?);
    Ok(figures)
}

/// Where the measured consumers work.
struct Site {
    endpoint: Endpoint,
    topology: Topology,
    publisher: Publisher,
}

impl Site {
    /// Fills the queue, lets a consumer empty it, and returns events per second.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    async fn rate(&self, handler: impl Handler) -> anyhow::Result<f64> {
        for _ in 0..MESSAGES / TOGETHER {
            try_join_all(
                (0..TOGETHER).map(async |_| self.publisher.publish(event()?).await.map_err(anyhow::Error::from)),
            )
            .await?;
        }
        let done = Arc::new(AtomicUsize::new(0));
        let counting = Counting { inner: handler, done: done.clone() };
        let family = self.topology.family(&RESOLVER_CALL);
        let settings = consumer::Config::default();
        let consumer = Consumer::new(self.endpoint.clone(), family, self.publisher.clone(), counting, settings);
        let stop = CancellationToken::new();
        let running = tokio::spawn(consumer.run(stop.clone()));
        // The first hundred warm connections and statements up.
        let warm = reach(&done, 100).await?;
        let began = Instant::now();
        reach(&done, MESSAGES).await?;
        let took = began.elapsed();
        stop.cancel();
        running.await?;
        Ok((MESSAGES - warm) as f64 / took.as_secs_f64())
    }
}

/// Waits until at least `count` are done and returns how many are.
async fn reach(done: &AtomicUsize, count: usize) -> anyhow::Result<usize> {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        match done.load(Ordering::Relaxed) {
            done if done >= count => return Ok(done),
            done => ensure!(Instant::now() < end, "only {done} of {count} events were handled"),
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// Counts what its handler is done with.
struct Counting<H> {
    inner: H,
    done: Arc<AtomicUsize>,
}

impl<H: Handler> Handler for Counting<H> {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        let disposition = self.inner.handle(delivery).await;
        if disposition == Disposition::Done {
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        disposition
    }
}

/// One small transaction per event: the inbox row and one effect.
struct Small {
    database: Database,
}

impl Small {
    async fn take(&self, delivery: &Delivery) -> anyhow::Result<()> {
        let reported: CallEvent = delivery.open()?;
        let kept = call::NewEvent {
            call: CallId::parse(&reported.call_id).context("a call id")?,
            event: reported.event,
            dedup_key: Some(reported.dedup_key),
            occurred_at: Some(delivery.first_seen),
            received_at: Timestamp::now(),
            payload: reported.payload,
            note: String::new(),
            message: delivery.message_id,
        };
        let mut tx = self.database.begin().await?;
        if Inbox::Resolver.take(&mut tx, "bench", delivery.message_id).await? {
            call::note_event(&mut tx, CompanyId::from_slug(COMPANY), &kept).await?;
        }
        Ok(tx.commit().await?)
    }
}

impl Handler for Small {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        match self.take(&delivery).await {
            Ok(()) => Disposition::Done,
            Err(error) => Disposition::Park { reason: error.to_string() },
        }
    }
}

/// Returns the resolver's own handler: record, time line, inbox.
fn resolver(database: Database, redis: &str) -> anyhow::Result<callflow_resolver::consumer::Calls> {
    let mut config = callflow_resolver::Config::default();
    config.redis.url = callflow_runtime::config::Secret::new(redis);
    let deps = callflow_resolver::deps::Deps::build(&config, database, callflow_queue::relay::Wake::default())?;
    Ok(callflow_resolver::consumer::Calls::new(callflow_resolver::app::App::new(deps)))
}

/// Returns the first event of a new call, as ingress publishes it.
fn event() -> anyhow::Result<Message> {
    let (call, now) = (format!("call_{}", Uuid::new_v4().simple()), Timestamp::now());
    let payload = json!({ "event": "call_started", "event_timestamp": now.as_millisecond(), "call": {
        "call_type": "phone_call", "call_id": call, "agent_id": "agent_d5a452934e80ebcca36f0c4656", "call_status": "ongoing",
        "direction": "inbound", "from_number": "+491713920017", "to_number": "+493023125100",
        "start_timestamp": now.as_millisecond(),
    }});
    let body = CallEvent {
        event: "call_started".into(),
        call_id: call.clone(),
        company: COMPANY.into(),
        received_at: Some(to_wire_time(now)),
        payload: payload.to_string().into_bytes(),
        dedup_key: format!("call_started/{call}"),
    };
    let envelope = Envelope {
        message_id: Uuid::now_v7().to_string(),
        company_id: CompanyId::from_slug(COMPANY).to_string(),
        correlation_id: call.clone(),
        ordering_key: call,
        occurred_at: Some(to_wire_time(now)),
        ..Envelope::default()
    };
    Ok(Message::event("call.started", &seal(&body, envelope))?)
}
