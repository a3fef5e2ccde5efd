//! A link between a client and a server that can be made to fail.

mod link;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use callflow_stack::free_port;
use link::Link;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time};
use url::Url;

/// How a link behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Everything passes.
    None,
    /// Open connections are reset and new ones refused, as when the server's machine has no such service.
    Refuse,
    /// Each piece of data is held for this long, in both directions.
    Delay(Duration),
    /// Nothing passes, and nobody is told: data is held until the fault is over. New connections are accepted.
    Blackhole,
    /// Requests reach the server, answers are held until the fault is over.
    HoldReplies,
    /// Requests reach the server; the connection is reset when the answer arrives, which is lost.
    CutOnReply,
}

/// A proxy in front of a server, on a loopback port of its own. Dropping it resets all connections.
#[derive(Debug)]
pub struct FaultProxy {
    port: u16,
    state: watch::Sender<State>,
    open: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

/// What links have to know.
#[derive(Debug, Clone, Copy)]
struct State {
    fault: Fault,
    /// Counts the cuts; a link that was opened before the latest one is reset.
    cuts: usize,
}

impl FaultProxy {
    /// Starts a proxy in front of the server on the loopback port `target`.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start(target: u16) -> Self {
        let port = free_port().expect("a port of the loopback interface is free");
        let listener = listen(port).await;
        let (state, _) = watch::channel(State { fault: Fault::None, cuts: 0 });
        let open = Arc::new(AtomicUsize::new(0));
        let server = tokio::spawn(serve(listener, port, target, state.subscribe(), open.clone()));
        Self { port, state, open, server }
    }

    /// Starts a proxy in front of the server of `url` and returns it with the URL that leads through it.
    ///
    /// # Panics
    /// When the URL has no port, or no port is free.
    pub async fn before(url: &str) -> (Self, String) {
        let mut url = Url::parse(url).expect("the test gives a URL");
        let proxy = Self::start(url.port().expect("the URL of a test server has a port")).await;
        url.set_port(Some(proxy.port)).expect("a URL with a port can have another");
        url.set_host(Some("127.0.0.1")).expect("a URL with a host can have another");
        (proxy, url.into())
    }

    /// Returns the port clients connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns how many connections pass through right now.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Makes the link behave like `fault` from now on.
    pub fn set(&self, fault: Fault) {
        self.state.send_modify(|state| state.fault = fault);
    }

    /// Makes everything pass again; held data is delivered.
    pub fn heal(&self) {
        self.set(Fault::None);
    }

    /// Resets all open connections, in whatever they are doing; new ones pass.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cuts += 1);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        // The links see the sender go and reset their connections.
        self.server.abort();
    }
}

async fn listen(port: u16) -> TcpListener {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // After a refusal the port is ours still, but somebody may have tried it just now.
    for _ in 0..100 {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => time::sleep(Duration::from_millis(20)).await,
        }
    }
    panic!("the proxy's port {port} was taken by somebody else");
}

/// Accepts connections, except while they are to be refused.
async fn serve(
    mut listener: TcpListener,
    port: u16,
    target: u16,
    mut state: watch::Receiver<State>,
    open: Arc<AtomicUsize>,
) {
    loop {
        tokio::select! {
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
                if state.borrow_and_update().fault == Fault::Refuse {
                    drop(listener);
                    if state.wait_for(|state| state.fault != Fault::Refuse).await.is_err() {
                        return;
                    }
                    listener = listen(port).await;
                }
            }
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    tokio::spawn(Link::new(client, target, state.clone(), open.clone()).run());
                }
            }
        }
    }
}
