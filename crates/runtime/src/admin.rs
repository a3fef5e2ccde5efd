//! The admin server: health for the platform, metrics for Prometheus, version for people.
//!
//! It runs on a thread of its own, so that it can still say "hung" when the rest of the process is.

use std::{net::TcpListener, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, Data},
};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::{Error, Health, config::Admin, http::Problem};
use callflow_domain::ErrorKind;

/// The running admin server.
#[derive(Debug)]
pub struct Server {
    handle: ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
}

/// Starts the admin server on `listener`: `/livez`, `/readyz`, `/metrics`, `/version`, and `POST /log-level` if allowed.
///
/// # Errors
/// Fails when the socket cannot be used.
pub fn serve(listener: TcpListener, config: &Admin, health: &Health) -> Result<Server, Error> {
    let (health, allow_log_level) = (Data::new(health.clone()), config.allow_log_level);
    let server = HttpServer::new(move || {
        let log_level = if allow_log_level { web::post().to(log_level) } else { web::post().to(refuse) };
        App::new()
            .app_data(health.clone())
            .app_data(web::PayloadConfig::new(1_024))
            .route("/livez", web::get().to(livez))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(metrics))
            .route("/version", web::get().to(version))
            .route("/log-level", log_level)
    })
    .workers(1)
    .worker_max_blocking_threads(1)
    .client_request_timeout(Duration::from_secs(5))
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)
    .map_err(Error::Admin)?
    .run();
    Ok(Server { handle: server.handle(), task: tokio::spawn(server) })
}

impl Server {
    /// Stops serving and waits until the thread is gone.
    pub async fn stop(self) {
        self.handle.stop(true).await;
        if let Ok(Err(error)) = self.task.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the admin server ended with an error");
        }
    }
}

async fn livez(health: Data<Health>) -> HttpResponse {
    if health.alive() {
        HttpResponse::Ok().json(json!({ "alive": true }))
    } else {
        HttpResponse::ServiceUnavailable().json(json!({ "alive": false, "reason": "the runtime has stopped turning" }))
    }
}

async fn readyz(health: Data<Health>) -> HttpResponse {
    let readiness = health.readiness();
    let mut response = if readiness.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(readiness)
}

async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(callflow_telemetry::render())
}

async fn version(health: Data<Health>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "service": health.service(),
        "version": env!("CARGO_PKG_VERSION"),
        // Set by the image build; absent in a developer's own build.
        "revision": option_env!("CALLFLOW_REVISION"),
    }))
}

async fn log_level(directives: String) -> Result<HttpResponse, Problem> {
    callflow_telemetry::set_log_filter(directives.trim())
        .map_err(|error| Problem::new(ErrorKind::Invalid, error.to_string()))?;
    tracing::info!(filter = directives.trim(), "log filter changed");
    Ok(HttpResponse::NoContent().finish())
}

async fn refuse() -> Problem {
    Problem::new(ErrorKind::Forbidden, "set CALLFLOW__ADMIN__ALLOW_LOG_LEVEL to true to change the log filter here")
}
