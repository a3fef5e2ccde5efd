//! The little of AMQP 0-9-1 it takes to publish what no client library would: properties that are no text.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Publishes to a queue with `message_id` as the id, byte for byte, and returns when the broker has it.
pub(crate) async fn publish(address: &str, queue: &str, message_id: &[u8], body: &[u8]) {
    let uri: lapin::uri::AMQPUri = address.parse().unwrap();
    let mut stream = TcpStream::connect((&*uri.authority.host, uri.authority.port)).await.unwrap();
    stream.write_all(b"AMQP\x00\x00\x09\x01").await.unwrap();
    expect(&mut stream, 10, 10).await;
    let user = uri.authority.userinfo;
    let login = format!("\0{}\0{}", user.username, user.password);
    let start_ok = [&[0; 4], &*short(b"PLAIN"), &long(login.as_bytes()), &short(b"en_US")].concat();
    method(&mut stream, 0, 10, 11, &start_ok).await;
    expect(&mut stream, 10, 30).await;
    method(&mut stream, 0, 10, 31, &[0, 9, 0, 2, 0, 0, 0, 0]).await;
    method(&mut stream, 0, 10, 40, &[&*short(uri.vhost.as_bytes()), &[0, 0]].concat()).await;
    expect(&mut stream, 10, 41).await;
    method(&mut stream, 1, 20, 10, &[0]).await;
    expect(&mut stream, 20, 11).await;
    method(&mut stream, 1, 60, 40, &[&[0, 0, 0], &*short(queue.as_bytes()), &[0]].concat()).await;
    // Delivery mode and message id are bits 12 and 7.
    let size = u64::try_from(body.len()).unwrap().to_be_bytes();
    let header = [&[0, 60, 0, 0], &size[..], &[0b0001_0000, 0b1000_0000, 2], &short(message_id)].concat();
    frame(&mut stream, 2, 1, &header).await;
    frame(&mut stream, 3, 1, body).await;
    // The broker answers this only after it has dealt with everything before it.
    method(&mut stream, 1, 20, 40, &[0, 200, 0, 0, 0, 0, 0]).await;
    expect(&mut stream, 20, 41).await;
}

async fn method(stream: &mut TcpStream, channel: u8, class: u8, method: u8, arguments: &[u8]) {
    frame(stream, 1, channel, &[&[0, class, 0, method], arguments].concat()).await;
}

async fn frame(stream: &mut TcpStream, kind: u8, channel: u8, payload: &[u8]) {
    let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
    stream.write_all(&[&[kind, 0, channel], &size[..], payload, &[0xce]].concat()).await.unwrap();
}

async fn expect(stream: &mut TcpStream, class: u16, method: u16) {
    let mut head = [0; 7];
    stream.read_exact(&mut head).await.unwrap();
    let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
    let mut payload = vec![0; usize::try_from(size).unwrap() + 1];
    stream.read_exact(&mut payload).await.unwrap();
    let answer = (u16::from_be_bytes([payload[0], payload[1]]), u16::from_be_bytes([payload[2], payload[3]]));
    assert_eq!(answer, (class, method), "the broker's answer");
}

fn short(text: &[u8]) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()], text].concat()
}

fn long(text: &[u8]) -> Vec<u8> {
    [&u32::try_from(text.len()).unwrap().to_be_bytes()[..], text].concat()
}
