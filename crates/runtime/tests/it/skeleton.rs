//! The skeleton of a service from the README, alive: HTTP and gRPC in, an outbox out, an orderly end.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpResponse, web};
use callflow_rpc::{Channel, Server, client, server};
use callflow_runtime::{
    CancellationToken, Check, Drain, Error, Health, Impact, ListenOn, Listeners, Mode, ServiceConfig, Validate, Work,
    admin,
    config::{Admin, Http, Process},
    http,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Config {
    mode: Mode,
    process: Process,
    admin: Admin,
    telemetry: callflow_telemetry::Config,
    http: Http,
    grpc: server::Config,
}

impl Validate for Config {
    fn validate(&self, check: &mut Check<'_>) {
        check.that("mode", true, "production or dev");
        check.part("process", &self.process);
        check.part("admin", &self.admin);
        check.part("telemetry", &self.telemetry);
        check.part("http", &self.http);
        check.foreign("grpc", |report| self.grpc.check(report));
    }
}

impl ServiceConfig for Config {
    fn process(&self) -> &Process {
        &self.process
    }

    fn telemetry(&self) -> &callflow_telemetry::Config {
        &self.telemetry
    }

    fn listen(&self) -> ListenOn {
        ListenOn { http: Some(self.http.listen), grpc: Some(self.grpc.listen), admin: self.admin.listen }
    }
}

/// What the test watches: the dependency's state, and the order in which things ended.
#[derive(Debug, Clone, Default)]
struct Deps {
    away: Arc<AtomicBool>,
    log: Arc<Mutex<Vec<&'static str>>>,
}

impl Deps {
    fn note(&self, what: &'static str) {
        self.log.lock().unwrap().push(what);
    }
}

async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken, deps: Deps) -> Result<(), Error> {
    let (http_listener, grpc_listener, admin_listener) = listeners.into_parts();
    let health = Health::probing_every("probe", Duration::from_millis(10));
    let admin = admin::serve(admin_listener, &config.admin, &health)?;
    let away = Arc::clone(&deps.away);
    health.probe("postgres", Impact::Blocks, move || {
        let away = away.load(Ordering::Relaxed);
        async move { if away { Err("refused") } else { Ok(()) } }
    });

    let (mut intake, mut outflow) = (Work::new(), Work::new());
    if let Some(listener) = grpc_listener {
        let server = Server::new(&config.grpc).expect("plain text needs no files");
        intake.spawn("grpc", server.serve(listener, intake.token()));
    }
    if let Some(listener) = http_listener {
        let app = deps.clone();
        let routes = move |routes: &mut web::ServiceConfig| {
            let app = app.clone();
            routes.route("/slow", web::get().to(move || slow(app.clone())));
        };
        intake
            .spawn("http", http::serve(listener, config.http.clone(), config.process.grace(), intake.token(), routes));
    }
    let (stop, relay) = (outflow.token(), deps.clone());
    outflow.run("relay", async move {
        stop.cancelled().await;
        relay.note("relay emptied");
    });
    health.serving();

    let ended = tokio::select! {
        ended = intake.until(&shutdown) => ended,
        ended = outflow.until(&shutdown) => ended,
    };

    health.draining();
    Drain::within(config.process.grace())
        .step("let load balancers notice", tokio::time::sleep(config.process.settle()))
        .step("finish what is under way", async {
            intake.stop();
            intake.finish().await;
        })
        .step("empty the outbox", async {
            outflow.stop();
            outflow.finish().await;
        })
        .step("stop the admin server", admin.stop())
        .run()
        .await;
    health.stop();
    ended
}

async fn slow(deps: Deps) -> HttpResponse {
    deps.note("request begun");
    tokio::time::sleep(Duration::from_millis(200)).await;
    deps.note("request answered");
    HttpResponse::NoContent().finish()
}

async fn wait_for(what: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited five seconds for {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_serves_reports_its_dependency_and_ends_in_order() {
    let listeners = Listeners::bind(&ListenOn::loopback()).unwrap();
    let addresses = listeners.addresses();
    let (shutdown, deps) = (CancellationToken::new(), Deps::default());
    let service = tokio::spawn(run(Config::default(), listeners, shutdown.clone(), deps.clone()));
    let ready = async || {
        reqwest::get(format!("http://{}/readyz", addresses.admin)).await.is_ok_and(|answer| answer.status() == 200)
    };
    wait_for("readiness", ready).await;

    let endpoints = vec![format!("http://{}", addresses.grpc.unwrap())];
    let channel = Channel::new("probe", &client::Config { endpoints, ..Default::default() }).unwrap();
    channel.ping().await.unwrap();
    let stray = reqwest::get(format!("http://{}/nowhere", addresses.http.unwrap())).await.unwrap();
    assert_eq!(stray.status(), 404);
    assert_eq!(stray.headers()["content-type"], "application/problem+json");

    deps.away.store(true, Ordering::Relaxed);
    wait_for("the loss to be noticed", async || !ready().await).await;
    deps.away.store(false, Ordering::Relaxed);
    wait_for("the recovery to be noticed", ready).await;

    let request = tokio::spawn(reqwest::get(format!("http://{}/slow", addresses.http.unwrap())));
    wait_for("the request", async || deps.log.lock().unwrap().contains(&"request begun")).await;
    shutdown.cancel();
    service.await.unwrap().unwrap();
    assert_eq!(request.await.unwrap().unwrap().status(), 204);
    assert_eq!(*deps.log.lock().unwrap(), ["request begun", "request answered", "relay emptied"]);
}
