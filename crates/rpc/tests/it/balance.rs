//! Several addresses behind one channel.

use std::sync::atomic::Ordering;

use callflow_rpc::{Channel, client, idempotent, server::Config};

use crate::probe::{Running, ask, call, channel, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_spread_and_the_loss_of_one_address_is_bridged() {
    let (one, two) = (Running::start(&Config::default()), Running::start(&Config::default()));
    let channel = channel(&[one.address, two.address], client::Config::default());
    wait_for("both to be asked", async || {
        ask(&channel, "Echo", "x").await.unwrap();
        [&one, &two].iter().all(|server| server.seen.begun.load(Ordering::SeqCst) > 5)
    })
    .await;
    one.stop().await;
    for nth in 0..20 {
        let answer = call(&channel, "Echo", idempotent(nth.to_string())).await;
        assert_eq!(answer.as_deref(), Ok(nth.to_string().as_str()), "call {nth}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_made_before_its_server_works_as_soon_as_that_is_there() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let channel = channel(&[address], client::Config::default());
    assert!(channel.ping().await.is_err());
    let _server = Running::start_on(address, &Config::default());
    wait_for("the ping", async || channel.ping().await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_looked_up_fails_calls_and_not_the_start() {
    let config = client::Config {
        endpoints: vec!["http://no-such-host.invalid:9090".into()],
        timeout_ms: 150,
        ..Default::default()
    };
    let channel = Channel::new("probe", &config).unwrap();
    assert!(ask(&channel, "Echo", "x").await.unwrap_err().kind.is_transient());
}
