//! Virtual hosts of their own.

use callflow_testkit::TestBroker;
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};

async fn channel(url: &str) -> (Connection, Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    (connection, channel)
}

async fn declare(channel: &Channel, queue: &str, kind: &str) {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString(kind.into()));
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(queue.into(), options, arguments).await.unwrap();
}

async fn publish(channel: &Channel, queue: &str) {
    let confirm = channel
        .basic_publish("".into(), queue.into(), BasicPublishOptions::default(), b"hello", Default::default())
        .await
        .unwrap();
    assert!(confirm.await.unwrap().is_ack());
}

#[tokio::test]
async fn queues_of_two_tests_do_not_meet() {
    let (one, two) = tokio::join!(TestBroker::start(), TestBroker::start());
    let ((_first, to_first), (_second, to_second)) = (channel(one.url()).await, channel(two.url()).await);
    declare(&to_first, "same.v1", "quorum").await;
    declare(&to_second, "same.v1", "quorum").await;
    declare(&to_first, "classic", "classic").await;
    publish(&to_first, "same.v1").await;
    publish(&to_first, "classic").await;
    callflow_testkit::wait_for("the message", std::time::Duration::from_secs(5), async || {
        let depths = one.depths().await;
        if depths == [("classic".to_owned(), 1), ("same.v1".to_owned(), 1)] { Ok(()) } else { Err(depths) }
    })
    .await;
    assert_eq!(two.depths().await, [("same.v1".to_owned(), 0)]);
}

#[tokio::test]
async fn a_virtual_host_without_queues_has_no_depths() {
    let broker = TestBroker::start().await;
    assert_eq!(broker.depths().await, []);
}

#[tokio::test]
async fn a_virtual_host_is_gone_after_its_test() {
    let broker = TestBroker::start().await;
    let url = broker.url().to_owned();
    let (open, _channel) = channel(&url).await;
    drop(broker);
    assert!(Connection::connect(&url, ConnectionProperties::default()).await.is_err());
    callflow_testkit::wait_for("the connection to end", std::time::Duration::from_secs(5), async || {
        if open.status().connected() { Err("still open") } else { Ok(()) }
    })
    .await;
}

#[tokio::test]
async fn a_disk_alarm_blocks_publishers_until_it_ends() {
    let stack = TestBroker::private().await;
    let url = stack.rabbitmq().admin_url();
    let (_connection, channel) = channel(&url).await;
    declare(&channel, "alarm.v1", "quorum").await;
    publish(&channel, "alarm.v1").await;
    stack.rabbitmq().control().unwrap().set_disk_alarm(true).await.unwrap();
    let blocked = tokio::time::timeout(std::time::Duration::from_millis(500), publish(&channel, "alarm.v1")).await;
    assert!(blocked.is_err(), "published in spite of the alarm");
    stack.rabbitmq().control().unwrap().set_disk_alarm(false).await.unwrap();
    publish(&channel, "alarm.v1").await;
}
