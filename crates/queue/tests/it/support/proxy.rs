//! A link to the broker that can be cut, or made deaf in one direction.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// Forwards connections to a server until told otherwise.
#[derive(Clone)]
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    cut: Notify,
    refuse: AtomicBool,
    /// What the server says is swallowed.
    mute: AtomicBool,
    connections: AtomicUsize,
}

impl Proxy {
    /// Starts forwarding to the host and port in an AMQP address.
    pub(crate) async fn start(address: &str) -> Self {
        let uri: lapin::uri::AMQPUri = address.parse().unwrap();
        let server = format!("{}:{}", uri.authority.host, uri.authority.port);
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), state: Arc::default() };
        let state = proxy.state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !state.refuse.load(Ordering::SeqCst) {
                    tokio::spawn(forward(client, server.clone(), state.clone()));
                }
            }
        });
        proxy
    }

    /// Returns `address` with this proxy in place of the server.
    pub(crate) fn address(&self, address: &str) -> String {
        let mut uri: lapin::uri::AMQPUri = address.parse().unwrap();
        uri.authority.host = "127.0.0.1".into();
        uri.authority.port = self.port;
        let user = uri.authority.userinfo;
        let vhost = uri.vhost.replace('/', "%2f");
        format!("amqp://{}:{}@127.0.0.1:{}/{vhost}", user.username, user.password, self.port)
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        self.state.cut.notify_waiters();
    }

    /// Refuses, or takes again, new connections.
    pub(crate) fn refuse(&self, refuse: bool) {
        self.state.refuse.store(refuse, Ordering::SeqCst);
    }

    /// Swallows, or lets through, what the server says.
    pub(crate) fn mute(&self, mute: bool) {
        self.state.mute.store(mute, Ordering::SeqCst);
    }

    /// Returns how many connections were made in all.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

async fn forward(client: TcpStream, server: String, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    state.connections.fetch_add(1, Ordering::SeqCst);
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = async { tokio::io::copy(&mut from_client, &mut to_server).await.map(|_| ()) };
    let down = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = from_server.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            if !state.mute.load(Ordering::SeqCst) {
                to_client.write_all(&buffer[..count]).await?;
            }
        }
    };
    tokio::select! {
        _ = up => {}
        _ = async { down.await as std::io::Result<()> } => {}
        () = state.cut.notified() => {}
    }
}
