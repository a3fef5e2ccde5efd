//! A service whose methods behave as tests need it, written by hand so that no contract has to know it.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use callflow_domain::ErrorKind;
use callflow_rpc::{Channel, Deadline, Failure, Server, client, server};
use futures::{FutureExt, future::BoxFuture};
use http::uri::PathAndQuery;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, body::Body, server::NamedService};
use tonic_prost::ProstCodec;

type Codec = ProstCodec<String, String>;

/// What the probe's calls have left behind.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Calls that were begun.
    pub(crate) begun: AtomicUsize,
    /// Calls that ended by themselves.
    pub(crate) finished: AtomicUsize,
    /// Calls that were dropped half-way.
    pub(crate) cut_off: AtomicUsize,
}

/// The service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Probe(pub(crate) Arc<Seen>);

impl NamedService for Probe {
    const NAME: &'static str = "callflow.probe.v1.Probe";
}

impl tower::Service<http::Request<Body>> for Probe {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let seen = Arc::clone(&self.0);
        let handler =
            tower::service_fn(move |request: Request<String>| answer(method.clone(), request, Arc::clone(&seen)));
        async move { Ok(tonic::server::Grpc::new(Codec::default()).unary(handler, request).await) }.boxed()
    }
}

/// Counts a call that is dropped before its end.
struct Watch(Arc<Seen>);

impl Drop for Watch {
    fn drop(&mut self) {
        let counter = if std::thread::panicking() { return } else { &self.0.cut_off };
        counter.fetch_add(1, Ordering::SeqCst);
    }
}

async fn answer(method: String, request: Request<String>, seen: Arc<Seen>) -> Result<Response<String>, Status> {
    let nth = seen.begun.fetch_add(1, Ordering::SeqCst);
    let watch = Watch(Arc::clone(&seen));
    let extension = request.extensions().get::<Deadline>().copied();
    let text = request.into_inner();
    let reply = match method.as_str() {
        "Echo" => Ok(text),
        "Slow" => {
            tokio::time::sleep(Duration::from_millis(text.parse().unwrap())).await;
            Ok(text)
        }
        "Panic" => panic!("{text}"),
        "Refuse" => Err(Failure::new(ErrorKind::Conflict, text)
            .with_code("slot_taken")
            .with_field("start", "a free one")
            .into()),
        // Away for every second call.
        "Flaky" if nth.is_multiple_of(2) => Err(Failure::new(ErrorKind::Unavailable, "away").into()),
        "Flaky" => Ok(nth.to_string()),
        "Left" => {
            assert_eq!(extension, Deadline::current(), "extension and task agree");
            Ok(extension.unwrap().remaining().as_millis().to_string())
        }
        "Priority" => Ok(format!("{:?}", callflow_rpc::Priority::current())),
        "Trace" => Ok(callflow_telemetry::current_trace_id().unwrap_or_default()),
        _ => Err(Status::unimplemented("no such method")),
    };
    std::mem::forget(watch);
    seen.finished.fetch_add(1, Ordering::SeqCst);
    reply.map(Response::new)
}

/// A running server with the probe in it.
pub(crate) struct Running {
    pub(crate) seen: Arc<Seen>,
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), callflow_rpc::Error>>,
}

impl Running {
    /// Starts a server on a free port.
    pub(crate) fn start(config: &server::Config) -> Self {
        Self::start_on("127.0.0.1:0".parse().unwrap(), config)
    }

    /// Starts a server on `address`.
    pub(crate) fn start_on(address: SocketAddr, config: &server::Config) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let probe = Probe::default();
        let seen = Arc::clone(&probe.0);
        let stop = CancellationToken::new();
        let server = Server::new(config).unwrap().service(probe).describe(callflow_contract::DESCRIPTORS);
        let task = tokio::spawn(server.serve(listener, stop.clone()));
        Self { seen, address, stop, task }
    }

    /// Stops the server and waits for its end.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// Returns a channel to this server alone.
    pub(crate) fn channel(&self) -> Channel {
        channel(&[self.address], client::Config::default())
    }
}

/// Returns a channel to `addresses` over plain HTTP.
pub(crate) fn channel(addresses: &[SocketAddr], config: client::Config) -> Channel {
    let endpoints = addresses.iter().map(|address| format!("http://{address}")).collect();
    Channel::new("probe", &client::Config { endpoints, ..config }).unwrap()
}

/// Calls a method of the probe.
pub(crate) async fn call(channel: &Channel, method: &str, request: Request<String>) -> Result<String, Failure> {
    let path: PathAndQuery = format!("/{}/{method}", Probe::NAME).parse().unwrap();
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let outcome = grpc.unary(request, path, Codec::default()).await;
    outcome.map(Response::into_inner).map_err(Failure::from)
}

/// Calls a method of the probe with a text that may not be sent twice.
pub(crate) async fn ask(channel: &Channel, method: &str, text: &str) -> Result<String, Failure> {
    call(channel, method, Request::new(text.to_owned())).await
}

/// Waits until `condition` holds.
pub(crate) async fn wait_for(what: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited five seconds for {what}");
}
