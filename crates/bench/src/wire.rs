//! HTTP as thin as it gets: requests are made beforehand, a connection is kept, of an answer only its status is read.
//!
//! On two cores the load generator is a part of what is measured; a comfortable client would hide the difference between two servers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use callflow_retell::signature::{HEADER, Key, sign};
use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// Returns a signed request as it goes over the wire.
pub(crate) fn request(url: &str, body: &[u8], key: &Key) -> anyhow::Result<Vec<u8>> {
    let (_, path) = address(url)?;
    let signature = sign(key, body, Timestamp::now());
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{HEADER}: {signature}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Ok([head.as_bytes(), body].concat())
}

/// Splits a URL into host with port, and path.
pub(crate) fn address(url: &str) -> anyhow::Result<(&str, &str)> {
    let rest = url.strip_prefix("http://").with_context(|| format!("{url} is no http URL"))?;
    let slash = rest.find('/').unwrap_or(rest.len());
    Ok((&rest[..slash], if slash == rest.len() { "/" } else { &rest[slash..] }))
}

impl Connection {
    /// Connects to the host of a URL.
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address(url)?.0).await.with_context(|| format!("connecting to {url}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4_096) })
    }

    /// Sends a request and returns the status of its answer, whose body is read and forgotten.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was closed");
            let Some(head) = find(&self.buffer, b"\r\n\r\n") else { continue };
            let text = std::str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
            let status: u16 = text.get(9..12).context("no status")?.parse()?;
            let length =
                text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            let end = head + 4 + length.unwrap_or(0);
            while self.buffer.len() < end {
                ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the answer was cut off");
            }
            return Ok(status);
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// Sends the requests in turn over so many connections for so long, and returns answers per second; all have to be good.
pub(crate) async fn flood(
    url: &str,
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
    lasting: Duration,
) -> anyhow::Result<f64> {
    let (next, answered) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(url).await?);
    }
    let begun = Instant::now();
    let workers: Vec<_> = open
        .into_iter()
        .map(|mut connection| {
            let (requests, next, answered) = (Arc::clone(&requests), Arc::clone(&next), Arc::clone(&answered));
            tokio::spawn(async move {
                while begun.elapsed() < lasting {
                    let turn = usize::try_from(next.fetch_add(1, Ordering::Relaxed))? % requests.len();
                    match connection.ask(&requests[turn]).await? {
                        200..300 => answered.fetch_add(1, Ordering::Relaxed),
                        status => bail!("status {status}"),
                    };
                }
                Ok(())
            })
        })
        .collect();
    for worker in workers {
        worker.await.context("a connection's task failed")??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = answered.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    Ok(rate)
}
