//! One connection through the proxy.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    time,
};

use super::{Fault, State};

/// Largest piece that is passed on at once.
const PIECE: usize = 16 * 1024;

/// Which way data goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Reply,
}

/// The connection is to be reset.
struct Cut;

pub(super) struct Link {
    client: TcpStream,
    target: u16,
    state: watch::Receiver<State>,
    cuts: usize,
    open: Arc<AtomicUsize>,
}

impl Link {
    pub(super) fn new(client: TcpStream, target: u16, state: watch::Receiver<State>, open: Arc<AtomicUsize>) -> Self {
        let cuts = state.borrow().cuts;
        open.fetch_add(1, Ordering::SeqCst);
        Self { client, target, state, cuts, open }
    }

    /// Passes data both ways until both are done or the connection is cut.
    pub(super) async fn run(mut self) {
        let cut = cut(self.state.clone(), self.cuts);
        // The server is reached only once something may pass, or a blackhole would have a hole.
        let connect = async {
            let open = |state: &State| !matches!(state.fault, Fault::Blackhole | Fault::Refuse);
            self.state.clone().wait_for(open).await.ok()?;
            TcpStream::connect(("127.0.0.1", self.target)).await.ok()
        };
        tokio::pin!(cut);
        let server = tokio::select! {
            () = &mut cut => None,
            server = connect => server,
        };
        if let Some(mut server) = server {
            let (_, _) = (self.client.set_nodelay(true), server.set_nodelay(true));
            let (mut from_client, mut to_client) = self.client.split();
            let (mut from_server, mut to_server) = server.split();
            let requests = pump(&mut from_client, &mut to_server, Way::Request, self.state.clone());
            let replies = pump(&mut from_server, &mut to_client, Way::Reply, self.state.clone());
            let cut = tokio::select! {
                () = &mut cut => true,
                ended = async { tokio::try_join!(requests, replies) } => ended.is_err(),
            };
            if cut {
                // Reset instead of an orderly end: the kernel drops what it has not sent yet.
                let _ = server.set_zero_linger();
                let _ = self.client.set_zero_linger();
            }
        } else {
            let _ = self.client.set_zero_linger();
        }
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits until connections as old as this one are to be reset.
async fn cut(mut state: watch::Receiver<State>, cuts: usize) {
    // An error means that the proxy is gone.
    let _ = state.wait_for(|state| state.cuts != cuts || state.fault == Fault::Refuse).await;
}

/// Passes data one way, as the fault of the moment demands. `Err` asks for the connection to be reset.
async fn pump(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    way: Way,
    mut state: watch::Receiver<State>,
) -> Result<(), Cut> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await.map_err(|_| Cut)?;
        hold(way, &mut state).await?;
        if length == 0 {
            // The other direction may still have something to say.
            return to.shutdown().await.map_err(|_| Cut);
        }
        to.write_all(&piece[..length]).await.map_err(|_| Cut)?;
    }
}

/// Waits until data may pass.
async fn hold(way: Way, state: &mut watch::Receiver<State>) -> Result<(), Cut> {
    let fault = state.borrow().fault;
    if let Fault::Delay(delay) = fault {
        time::sleep(delay).await;
    }
    let passes = |state: &State| match state.fault {
        Fault::None | Fault::Delay(_) => true,
        Fault::Refuse | Fault::Blackhole => false,
        Fault::HoldReplies => way == Way::Request,
        // Passes on to the check below, which ends the connection.
        Fault::CutOnReply => true,
    };
    let now = state.wait_for(passes).await.map_err(|_| Cut)?.fault;
    if now == Fault::CutOnReply && way == Way::Reply { Err(Cut) } else { Ok(()) }
}
