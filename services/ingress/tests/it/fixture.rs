//! An ingress in this process, on free ports, with nothing behind it.

use std::{fs, net::SocketAddr, time::Duration};

use callflow_ingress::Config;
use callflow_retell::signature::{HEADER, Key, sign};
use callflow_rpc::client;
use callflow_runtime::{
    CancellationToken, ListenOn, Listeners, Mode,
    config::{Amqp, Database, Secret},
};
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// The key of every company here.
pub(crate) const KEY: &str = "key_of_the_only_company_0123";

/// A running ingress; ends with the test.
pub(crate) struct TestIngress {
    pub(crate) base: String,
    pub(crate) keys: TempDir,
    client: reqwest::Client,
    stop: CancellationToken,
    running: Option<JoinHandle<Result<(), callflow_ingress::Error>>>,
}

/// A port nobody listens on.
fn nowhere() -> SocketAddr {
    // Bound and let go: connecting is refused at once.
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl TestIngress {
    /// Starts it with keys for these companies and settings of the test's own.
    pub(crate) async fn start(companies: &[&str], change: impl FnOnce(&mut Config)) -> Self {
        let keys = tempfile::tempdir().unwrap();
        for company in companies {
            fs::write(keys.path().join(company), KEY).unwrap();
        }
        let away = || client::Config { endpoints: vec![format!("http://{}", nowhere())], ..client::Config::default() };
        let mut config = Config {
            mode: Mode::Dev,
            database: Database {
                url: Secret::new(format!("postgres://x:y@{}/z", nowhere())),
                acquire_timeout_ms: 200,
                ..Database::default()
            },
            amqp: Amqp { url: Secret::new(format!("amqp://x:y@{}/z", nowhere())), ..Amqp::default() },
            resolver: away(),
            availability: away(),
            booking: away(),
            ..Config::default()
        };
        config.signing.dir = keys.path().to_owned();
        config.limit.ack_ms = 300;
        config.limit.inbound_ms = 500;
        change(&mut config);
        let listeners = Listeners::bind(&ListenOn { grpc: None, ..ListenOn::loopback() }).unwrap();
        let base = format!("http://{}", listeners.addresses().http.unwrap());
        let stop = CancellationToken::new();
        let running = Some(tokio::spawn(callflow_ingress::run(config, listeners, stop.clone())));
        Self { base, keys, client: reqwest::Client::new(), stop, running }
    }

    /// Posts a body signed with the companies' key and returns status and text.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, String) {
        let bytes = body.to_string().into_bytes();
        let signed = sign(&Key::new(KEY).unwrap(), &bytes, Timestamp::now());
        let request = self.client.post(format!("{}{path}", self.base)).header(HEADER, signed).body(bytes);
        let response = request.timeout(Duration::from_secs(20)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Posts and reads the answer, which has to be JSON with status 200.
    pub(crate) async fn ask(&self, path: &str, body: &Value) -> Value {
        let (status, text) = self.post(path, body).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Stops it and expects an orderly end.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(20), self.running.take().unwrap()).await;
        ended.expect("ends in under 20 s").unwrap().unwrap();
    }
}

impl Drop for TestIngress {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
