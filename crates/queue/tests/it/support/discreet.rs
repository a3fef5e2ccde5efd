//! A link to a broker that is as discreet as RabbitMQ 4.2.6 and later: who has no right to a thing may not even look
//! whether it is there.
//!
//! The broker behind it lets everybody look. So the link turns a look (a passive declaration) at what is to be hidden into
//! a declaration, which needs the right to configure: the broker refuses it in the words it has for that.

use std::net::SocketAddr;

use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Class and method of a queue's declaration, and of an exchange's.
const QUEUE: [u8; 4] = [0, 50, 0, 10];
const EXCHANGE: [u8; 4] = [0, 40, 0, 10];

/// Returns the address by which the broker at `address` hides the names for which `hides` is true.
pub(crate) async fn before(address: &str, hides: fn(&str) -> bool) -> String {
    let uri: lapin::uri::AMQPUri = address.parse().unwrap();
    let server = format!("{}:{}", uri.authority.host, uri.authority.port);
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let link = listener.local_addr().unwrap().to_string();
    let through = address.replace(&server, &link);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(&server).await else { return };
            let (requests, mut replies) = client.into_split();
            let (mut answers, broker) = server.into_split();
            tokio::spawn(async move { io::copy(&mut answers, &mut replies).await });
            tokio::spawn(pass(requests, broker, hides));
        }
    });
    through
}

/// Passes what the client says on, frame by frame, until either side ends.
async fn pass(mut client: OwnedReadHalf, mut broker: OwnedWriteHalf, hides: fn(&str) -> bool) -> io::Result<()> {
    let mut greeting = [0; 8];
    client.read_exact(&mut greeting).await?;
    broker.write_all(&greeting).await?;
    loop {
        let mut frame = vec![0; 7];
        client.read_exact(&mut frame).await?;
        let size = u32::from_be_bytes([frame[3], frame[4], frame[5], frame[6]]);
        frame.resize(frame.len() + usize::try_from(size).unwrap() + 1, 0);
        client.read_exact(&mut frame[7..]).await?;
        if frame[0] == 1 {
            declare_instead(&mut frame[7..], hides);
        }
        broker.write_all(&frame).await?;
    }
}

/// Takes the passive bit from a look at something hidden: method, two reserved bytes, name, an exchange's type, bits.
fn declare_instead(payload: &mut [u8], hides: fn(&str) -> bool) {
    let is = |method: [u8; 4]| payload.starts_with(&method);
    if !is(QUEUE) && !is(EXCHANGE) {
        return;
    }
    let after = |at: usize| at + 1 + usize::from(payload[at]);
    let end = after(6);
    let bits = if is(QUEUE) { end } else { after(end) };
    if hides(std::str::from_utf8(&payload[7..end]).unwrap()) {
        payload[bits] &= !1;
    }
}
