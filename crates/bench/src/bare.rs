//! The limit of acknowledging: an actix program that checks the same signature and publishes the same body, confirmed, to the
//! same queues, and does nothing else. It runs as a process of its own, as ingress does.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt::System, web};
use anyhow::{Context as _, ensure};
use callflow_queue::topology::{EXCHANGE, key::CALL_ENDED};
use callflow_retell::signature::{HEADER, Key, Keys};
use jiff::Timestamp;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};

/// Set in the environment, this makes the bench program the bare one: the broker's address.
const BROKER: &str = "CALLFLOW_BENCH_BARE";
const KEY: &str = "CALLFLOW_BENCH_KEY";
const PORT: &str = "CALLFLOW_BENCH_PORT";

/// The bare program, running; ends when dropped.
pub(crate) struct Bare {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Bare {
    /// Starts it and waits until it answers.
    pub(crate) async fn start(broker: &str, key: &str) -> anyhow::Result<Self> {
        let port = callflow_stack::free_port()?;
        let mut command = Command::new(std::env::current_exe().context("finding our own program")?);
        command.env(BROKER, broker).env(KEY, key).env(PORT, port.to_string()).stdin(Stdio::null());
        let bare = Self {
            child: command.spawn().context("starting the bare program")?,
            url: format!("http://127.0.0.1:{port}/"),
        };
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(bare);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("the bare program does not listen")
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves as the bare program when the environment says so; returns whether it did.
pub(crate) fn serve_if_asked() -> anyhow::Result<bool> {
    let Ok(broker) = std::env::var(BROKER) else { return Ok(false) };
    let key = std::env::var(KEY).context("no key")?;
    let port: u16 = std::env::var(PORT).context("no port")?.parse()?;
    System::new().block_on(serve(broker, key, port))?;
    Ok(true)
}

#[derive(Clone)]
struct State {
    keys: Keys,
    channel: Channel,
}

async fn serve(broker: String, key: String, port: u16) -> anyhow::Result<()> {
    let keys = Keys::new(Key::new(&key)?, None);
    let connection = Connection::connect(&broker, ConnectionProperties::default()).await?;
    // A channel per worker: two tasks on one thread do not cross each other's confirms.
    let mut channels = Vec::new();
    for _ in 0..2 {
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        channels.push(channel);
    }
    let channels = std::sync::Arc::new(std::sync::Mutex::new(channels));
    let application = move || {
        let mut left = channels.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let channel = left.pop().expect("one channel for each of the two workers");
        let state = State { keys: keys.clone(), channel };
        App::new()
            .app_data(web::Data::new(state))
            .app_data(web::PayloadConfig::new(8 * 1024 * 1024))
            .route("/", web::post().to(acknowledge))
    };
    HttpServer::new(application).workers(2).bind(("127.0.0.1", port))?.run().await.context("serving")
}

async fn acknowledge(state: web::Data<State>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let header = request.headers().get(HEADER).map(|value| value.as_bytes());
    if state.keys.verify(header, &body, Timestamp::now()).is_err() {
        return HttpResponse::Unauthorized().finish();
    }
    match publish(&state.channel, &body).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

async fn publish(channel: &Channel, body: &[u8]) -> anyhow::Result<()> {
    let options = BasicPublishOptions { mandatory: true, immediate: false };
    let properties = BasicProperties::default().with_delivery_mode(2);
    let confirm = channel.basic_publish(EXCHANGE.into(), CALL_ENDED.into(), options, body, properties).await?;
    ensure!(matches!(confirm.await?, Confirmation::Ack(None)), "not confirmed");
    Ok(())
}
