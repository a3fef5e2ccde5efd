//! Each fault of a link, seen from both of its ends.

use std::{io::ErrorKind, time::Duration};

use callflow_testkit::{Fault, FaultProxy, wait_for};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, timeout},
};

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(5);

/// A server that answers each byte with itself, and tells the test what it has received.
async fn echo() -> (u16, mpsc::UnboundedReceiver<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let told = told.clone();
            tokio::spawn(async move {
                let mut byte = [0];
                while client.read_exact(&mut byte).await.is_ok() {
                    let _ = told.send(byte[0]);
                    let _ = client.write_all(&byte).await;
                }
            });
        }
    });
    (port, received)
}

async fn open(proxy: &FaultProxy) -> TcpStream {
    TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap()
}

async fn ask(client: &mut TcpStream, byte: u8) -> std::io::Result<u8> {
    client.write_all(&[byte]).await?;
    client.read_u8().await
}

#[tokio::test]
async fn without_a_fault_everything_passes_and_connections_are_counted() {
    let (port, _) = echo().await;
    let proxy = FaultProxy::start(port).await;
    let mut client = open(&proxy).await;
    assert_eq!(ask(&mut client, 7).await.unwrap(), 7);
    assert_eq!(proxy.connections(), 1);
    drop(client);
    wait_for("the connection to end", LONG, async || match proxy.connections() {
        0 => Ok(()),
        open => Err(open),
    })
    .await;
}

#[tokio::test]
async fn a_cut_resets_open_connections_and_lets_new_ones_pass() {
    let (port, _) = echo().await;
    let proxy = FaultProxy::start(port).await;
    let mut old = open(&proxy).await;
    ask(&mut old, 1).await.unwrap();
    proxy.cut();
    assert_eq!(old.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(ask(&mut open(&proxy).await, 2).await.unwrap(), 2);
}

#[tokio::test]
async fn a_refusing_link_turns_everybody_away_until_it_heals() {
    let (port, _) = echo().await;
    let proxy = FaultProxy::start(port).await;
    let mut old = open(&proxy).await;
    ask(&mut old, 1).await.unwrap();
    proxy.set(Fault::Refuse);
    assert_eq!(old.read_u8().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    wait_for("a refusal", LONG, async || match TcpStream::connect(("127.0.0.1", proxy.port())).await {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
        other => Err(other),
    })
    .await;
    proxy.heal();
    wait_for("an answer", LONG, async || {
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port())).await?;
        ask(&mut client, 3).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_delay_is_paid_in_both_directions() {
    let (port, _) = echo().await;
    let proxy = FaultProxy::start(port).await;
    let mut client = open(&proxy).await;
    proxy.set(Fault::Delay(SHORT));
    let begun = Instant::now();
    assert_eq!(ask(&mut client, 9).await.unwrap(), 9);
    assert!(begun.elapsed() >= SHORT * 2, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_black_hole_says_nothing_and_gives_everything_back_later() {
    let (port, mut received) = echo().await;
    let proxy = FaultProxy::start(port).await;
    let mut old = open(&proxy).await;
    ask(&mut old, 1).await.unwrap();
    received.recv().await.unwrap();
    proxy.set(Fault::Blackhole);
    let mut new = open(&proxy).await;
    assert!(timeout(SHORT, ask(&mut old, 2)).await.is_err());
    assert!(timeout(SHORT, ask(&mut new, 3)).await.is_err());
    assert!(received.try_recv().is_err(), "something fell through");
    proxy.heal();
    assert_eq!(timeout(LONG, old.read_u8()).await.unwrap().unwrap(), 2);
    assert_eq!(timeout(LONG, new.read_u8()).await.unwrap().unwrap(), 3);
}

#[tokio::test]
async fn held_replies_mean_that_the_server_has_done_it_and_the_client_does_not_know() {
    let (port, mut received) = echo().await;
    let proxy = FaultProxy::start(port).await;
    let mut client = open(&proxy).await;
    proxy.set(Fault::HoldReplies);
    assert!(timeout(SHORT, ask(&mut client, 5)).await.is_err());
    assert_eq!(received.recv().await, Some(5));
    proxy.heal();
    assert_eq!(timeout(LONG, client.read_u8()).await.unwrap().unwrap(), 5);
}

#[tokio::test]
async fn a_cut_on_reply_loses_the_answer_of_a_request_that_was_served() {
    let (port, mut received) = echo().await;
    let proxy = FaultProxy::start(port).await;
    let mut client = open(&proxy).await;
    proxy.set(Fault::CutOnReply);
    let answer = timeout(LONG, ask(&mut client, 6)).await.unwrap();
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(received.recv().await, Some(6));
}

#[tokio::test]
async fn a_dropped_proxy_resets_its_connections() {
    let (port, _) = echo().await;
    let proxy = FaultProxy::start(port).await;
    let mut client = open(&proxy).await;
    ask(&mut client, 1).await.unwrap();
    drop(proxy);
    assert_eq!(timeout(LONG, client.read_u8()).await.unwrap().unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_url_is_led_through_the_proxy() {
    let (port, _) = echo().await;
    let (proxy, url) = FaultProxy::before(&format!("amqp://user:secret@localhost:{port}/vhost")).await;
    assert_eq!(url, format!("amqp://user:secret@127.0.0.1:{}/vhost", proxy.port()));
}
