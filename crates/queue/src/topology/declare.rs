//! Makes the topology at the broker, or checks it, and says what differs in words an operator can act on.

use lapin::{
    Channel, Connection, ErrorKind as Reported, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    protocol::{AMQPErrorKind, AMQPSoftError},
    types::{AMQPValue, FieldTable},
};

use super::{
    Family, SUBSCRIPTIONS, Subscription, Topology,
    plan::{Argument, ExchangePlan, Plan, QueuePlan},
};
use crate::{Endpoint, Error, connection};

impl Topology {
    /// Makes the whole fleet's topology; what exists already and is the same stays untouched.
    ///
    /// For installers and tests. Services make their own family only, when their consumer starts.
    ///
    /// # Errors
    /// When something exists and differs, naming the argument; when the user may not do this; when the broker is away.
    pub async fn declare(&self, endpoint: &Endpoint) -> Result<(), Error> {
        self.declare_only(endpoint, &SUBSCRIPTIONS).await
    }

    /// Makes the topic exchange and the families of some subscriptions; see [`declare`](Self::declare).
    ///
    /// # Errors
    /// As [`declare`](Self::declare).
    pub async fn declare_only(&self, endpoint: &Endpoint, subscriptions: &[Subscription]) -> Result<(), Error> {
        let connection = connection::connect(endpoint, "topology").await?;
        let outcome = declare_plan(&connection, &self.plan(subscriptions)).await;
        connection::close(&connection).await;
        outcome
    }

    /// Checks that the topic exchange and the main queues expected exist: a publisher that skipped this could be confirmed by one
    /// queue while another, not made yet, misses the event.
    pub(crate) async fn check_main_queues(
        &self,
        connection: &Connection,
        expected: &[Subscription],
    ) -> Result<(), Error> {
        let mut channel = connection::open_channel(connection, false).await?;
        let looked = exists_exchange(&channel, &self.exchange_plan()).await;
        if is_hidden(looked)? {
            channel = connection::open_channel(connection, false).await?;
        }
        for subscription in expected {
            let looked = exists_queue(&channel, self.family(subscription).main()).await;
            if is_hidden(looked)? {
                channel = connection::open_channel(connection, false).await?;
            }
        }
        goodbye(&channel).await;
        Ok(())
    }
}

impl Family {
    /// Makes the family, or, without the right to, checks that it exists.
    pub(crate) async fn ensure(&self, connection: &Connection) -> Result<(), Error> {
        let channel = connection::open_channel(connection, false).await?;
        is_hidden(exists_exchange(&channel, &ExchangePlan { name: self.exchange.clone(), kind: "topic" }).await)?;
        match declare_plan(connection, &self.plan()).await {
            Err(Error::Topology { problem, .. }) if problem == MAY_NOT => {
                let channel = connection::open_channel(connection, false).await?;
                for queue in self.queues() {
                    exists_queue(&channel, &queue).await?;
                }
            }
            outcome => outcome?,
        }
        goodbye(&channel).await;
        Ok(())
    }
}

async fn declare_plan(connection: &Connection, plan: &Plan) -> Result<(), Error> {
    let channel = connection::open_channel(connection, false).await?;
    for exchange in &plan.exchanges {
        declare_exchange(&channel, exchange).await?;
    }
    for queue in &plan.queues {
        declare_queue(&channel, queue).await?;
    }
    for binding in &plan.bindings {
        let (queue, source, key) = (&*binding.queue, &*binding.source, &*binding.key);
        let options = QueueBindOptions::default();
        let bound = channel.queue_bind(queue.into(), source.into(), key.into(), options, FieldTable::default());
        connection::within_reply(bound).await.map_err(|error| explain("binding of queue", queue, error))?;
    }
    goodbye(&channel).await;
    Ok(())
}

async fn declare_exchange(channel: &Channel, plan: &ExchangePlan) -> Result<(), Error> {
    let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
    let kind = if plan.kind == "topic" { ExchangeKind::Topic } else { ExchangeKind::Direct };
    let declared = channel.exchange_declare(plan.name.as_str().into(), kind, options, FieldTable::default());
    connection::within_reply(declared).await.map_err(|error| explain("exchange", &plan.name, error))
}

async fn declare_queue(channel: &Channel, plan: &QueuePlan) -> Result<(), Error> {
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    let mut arguments = FieldTable::default();
    for (name, argument) in &plan.arguments {
        let value = match argument {
            Argument::Text(text) => AMQPValue::LongString(text.as_str().into()),
            Argument::Number(number) => AMQPValue::LongLongInt(*number),
        };
        arguments.insert((*name).into(), value);
    }
    let declared = channel.queue_declare(plan.name.as_str().into(), options, arguments);
    connection::within_reply(declared).await.map_err(|error| explain("queue", &plan.name, error))?;
    Ok(())
}

/// Returns whether the broker would not say, which closes the channel that asked.
///
/// From 4.2.6 on RabbitMQ tells only those who have some right to a thing whether it is there (4.2.6 and 4.3.0: only those
/// who may make it). A publisher has a right to each queue that its events reach (`permission.rs`), so what is hidden from
/// it is none of its business; under rights older than the broker it is taken to be there, as installers make everything.
fn is_hidden(looked: Result<(), Error>) -> Result<bool, Error> {
    match looked {
        Err(Error::Topology { object, problem }) if problem == MAY_NOT => {
            tracing::info!(object, "may not be looked at by this user; taken to be there");
            Ok(true)
        }
        seen => seen.map(|()| false),
    }
}

async fn exists_exchange(channel: &Channel, plan: &ExchangePlan) -> Result<(), Error> {
    let options = ExchangeDeclareOptions { passive: true, durable: true, ..Default::default() };
    let kind = ExchangeKind::Topic;
    let declared = channel.exchange_declare(plan.name.as_str().into(), kind, options, FieldTable::default());
    connection::within_reply(declared).await.map_err(|error| explain("exchange", &plan.name, error))
}

async fn exists_queue(channel: &Channel, name: &str) -> Result<(), Error> {
    message_count(channel, name).await.map(|_| ()).map_err(|error| explain("queue", name, error))
}

/// Returns how many messages wait in a queue, not counting those being handled.
pub(crate) async fn message_count(channel: &Channel, queue: &str) -> lapin::Result<u32> {
    let options = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
    let declared = channel.queue_declare(queue.into(), options, FieldTable::default());
    connection::within_reply(declared).await.map(|queue| queue.message_count())
}

/// Closes a channel that has served its purpose; its end changes nothing for us.
pub(crate) async fn goodbye(channel: &Channel) {
    let _ = connection::within_reply(channel.close(200, "done".into())).await;
}

const MAY_NOT: &str = "may not be changed by this user";
const MISSING: &str = "is missing at the broker: import the definitions file, or start its owner first";

fn explain(what: &'static str, name: &str, error: lapin::Error) -> Error {
    let Reported::ProtocolError(reported) = error.kind() else {
        return Error::broker("checking the topology")(error);
    };
    let words = reported.get_message().as_str();
    let problem = match reported.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => MISSING.to_owned(),
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => MAY_NOT.to_owned(),
        _ => difference(words).unwrap_or_else(|| words.to_owned()),
    };
    Error::Topology { object: format!("{what} {name}"), problem }
}

/// Reads the broker's sentence about an argument that differs, as in
/// `… inequivalent arg 'x-message-ttl' for queue … : received '1000' but current is '5000'`.
fn difference(words: &str) -> Option<String> {
    let (_, rest) = words.split_once("inequivalent arg '")?;
    let (argument, rest) = rest.split_once('\'')?;
    let (_, rest) = rest.split_once("received ")?;
    let (here, there) = rest.split_once(" but current is ")?;
    Some(format!("differs in {argument}: {there} at the broker, {here} expected; delete it once it is empty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_differing_argument_is_named_with_both_values() {
        let words = "PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'a.retry.1s' in vhost '/': \
                     received '1000' but current is '5000'";
        let expected = "differs in x-message-ttl: '5000' at the broker, '1000' expected; delete it once it is empty";
        assert_eq!(difference(words).as_deref(), Some(expected));
        let words = "PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-exchange' for queue 'a' in vhost '/': \
                     received the value 'b' of type 'longstr' but current is none";
        assert!(difference(words).is_some_and(|text| text.contains("none at the broker, the value 'b'")));
        assert_eq!(difference("something else entirely"), None);
    }
}
