//! The definitions file is what the services expect, and gives each user what it needs and nothing else.

use std::time::Duration;

use callflow_queue::parked::{Filter, ParkedQueue};
use callflow_queue::{
    Consumer, Endpoint, Error, Message, Publisher, Topology, publisher,
    topology::{Definitions, OPERATOR, RESOLVER_CALL, Secret, USERS, VHOST},
};
use callflow_testkit::TestBroker;
use lapin::{
    Connection, ConnectionProperties,
    options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueueBindOptions, QueueDeleteOptions},
    types::FieldTable,
};
use tokio_util::sync::CancellationToken;

use crate::support::{discreet, envelope, handler::done, wait_for};

/// The file operators import is the one these constants make; users and passwords are theirs to make first.
/// `CALLFLOW_DEFINITIONS_WRITE=1` writes it.
#[test]
fn the_file_beside_the_charts_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/rabbitmq/definitions.json");
    let names = USERS.iter().map(|user| user.name).chain([OPERATOR]);
    let file = names.fold(Definitions::new(Topology::new(), VHOST), Definitions::known_user).to_json();
    if std::env::var_os("CALLFLOW_DEFINITIONS_WRITE").is_some() {
        std::fs::write(path, &file).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == file, "deploy/rabbitmq/definitions.json is not current");
}

fn as_user(address: &str, user: &str) -> String {
    let (_, server) = address.split_once('@').unwrap();
    format!("amqp://{user}:secret-of-{user}@{server}")
}

#[tokio::test]
async fn users_of_the_definitions_file_can_do_their_work_and_nothing_else() {
    let stack = TestBroker::private().await;
    let mut file = Definitions::new(Topology::new(), VHOST);
    for user in USERS.iter().map(|user| user.name).chain([OPERATOR]) {
        file = file.user(user, Secret::Password(format!("secret-of-{user}")));
    }
    stack.rabbitmq().apply_definitions(file.to_json().as_bytes()).await.unwrap();
    let address = stack.rabbitmq().admin_url();
    // What was imported is what the services would make themselves.
    Topology::new().declare(&Endpoint::parse(&address).unwrap()).await.unwrap();
    resolver_works(&address).await;
    ingress_is_confined(&address).await;
    operator_sees_parked_messages_only(&address).await;
    nobody_binds_the_queues_of_others(&address).await;
    // RabbitMQ 4.2.6 and 4.3.0 show a thing to those who may make it, later ones to those who have any right to it.
    resolver_works(&discreet::before(&address, |name| !name.starts_with("resolver.")).await).await;
    resolver_works(&discreet::before(&address, is_hidden_from_ingress).await).await;
    a_missing_queue_is_noticed_behind_a_discreet_broker(&address).await;
}

/// What ingress has no right to at all, as far as it is not the resolver's own, which works over the same link.
fn is_hidden_from_ingress(name: &str) -> bool {
    !["callflow.events", "resolver.call.v1", "booking.wish.v1", "metrics.all.v1"].contains(&name)
        && !name.starts_with("resolver.")
}

async fn nobody_binds_the_queues_of_others(address: &str) {
    for (user, queue, source, key) in [
        ("callflow_ingress", "booking.wish.v1", "callflow.events", "catalog.changed"),
        ("callflow_resolver", "booking.wish.v1", "callflow.events", "appointment.requested"),
        ("callflow_metrics", "booking.wish.v1", "metrics.all.v1.route", "main"),
        (OPERATOR, "booking.wish.v1", "resolver.call.v1.route", "parked"),
    ] {
        let connection = Connection::connect(&as_user(address, user), ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let options = QueueBindOptions::default();
        let bound = channel.queue_bind(queue.into(), source.into(), key.into(), options, FieldTable::default()).await;
        assert!(bound.unwrap_err().to_string().contains("ACCESS"), "{user} binds {queue} to {source}");
    }
}

async fn a_missing_queue_is_noticed_behind_a_discreet_broker(address: &str) {
    let connection = Connection::connect(address, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.queue_delete("booking.wish.v1".into(), QueueDeleteOptions::default()).await.unwrap();
    let discreet = discreet::before(&as_user(address, "callflow_ingress"), is_hidden_from_ingress).await;
    let publisher =
        Publisher::start(Endpoint::parse(&discreet).unwrap(), &Topology::new(), publisher::Config::default());
    assert!(!publisher.wait_ready(Duration::from_secs(1)).await, "booking would miss what ingress publishes");
    Topology::new().declare(&Endpoint::parse(address).unwrap()).await.unwrap();
    wait_for("ingress connects", async || publisher.is_ready()).await;
}

async fn resolver_works(address: &str) {
    let (handler, seen) = done();
    let endpoint = Endpoint::parse(&as_user(address, "callflow_resolver")).unwrap();
    let publisher = Publisher::start(endpoint.clone(), &Topology::new(), publisher::Config::default());
    let family = Topology::new().family(&RESOLVER_CALL);
    let consumer = Consumer::new(endpoint, family, publisher.clone(), handler, Default::default());
    let stop = CancellationToken::new();
    let task = tokio::spawn(consumer.run(stop.clone()));
    let ingress = Endpoint::parse(&as_user(address, "callflow_ingress")).unwrap();
    let ingress = Publisher::start(ingress, &Topology::new(), publisher::Config::default());
    wait_for("ingress connects", async || ingress.is_ready()).await;
    ingress.publish(Message::event("call.started", &envelope("call_1")).unwrap()).await.unwrap();
    wait_for("the resolver handles it", async || seen.count() == 1).await;
    let changed = Message::event("catalog.changed", &envelope("call_1")).unwrap();
    publisher.publish(changed).await.unwrap();
    let booked = Message::event("appointment.booked", &envelope("call_1")).unwrap();
    let refused = publisher.publish(booked).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "only booking says so: {refused:?}");
    stop.cancel();
    task.await.unwrap();
}

async fn ingress_is_confined(address: &str) {
    let connection =
        Connection::connect(&as_user(address, "callflow_ingress"), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let consumed = channel
        .basic_consume("resolver.call.v1".into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
        .await;
    assert!(consumed.unwrap_err().to_string().contains("ACCESS"), "reads no queue");
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let options = BasicPublishOptions::default();
    let published = channel.basic_publish("".into(), "booking.wish.v1".into(), options, b"", Default::default()).await;
    let refused = match published {
        Ok(confirm) => confirm.await.is_err(),
        Err(_) => true,
    };
    assert!(refused, "writes to no queue directly");
}

async fn operator_sees_parked_messages_only(address: &str) {
    let endpoint = Endpoint::parse(&as_user(address, OPERATOR)).unwrap();
    let settings = publisher::Config { expects: Vec::new(), ..publisher::Config::default() };
    let publisher = Publisher::start(endpoint.clone(), &Topology::new(), settings);
    wait_for("the operator connects", async || publisher.is_ready()).await;
    let family = Topology::new().family(&RESOLVER_CALL);
    let queue = ParkedQueue::open(&endpoint, family, publisher.clone()).await.unwrap();
    assert!(queue.list(&Filter::default(), 10).await.unwrap().is_empty());
    let event = Message::event("call.started", &envelope("call_1")).unwrap();
    assert!(matches!(publisher.publish(event).await, Err(Error::Refused { .. })), "invents no events");
}
