//! The dashboard: a page, its live stream, the same figures once.

mod gate;
mod stream;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
        X_FRAME_OPTIONS,
    },
    web,
};
use callflow_domain::ErrorKind;
use callflow_runtime::{CancellationToken, Mode, http::Problem};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::Semaphore;

use self::gate::Gate;
use crate::{config::Config, metrics, sampler::Samples};

const PAGE: &str = include_str!("assets/index.html");
const LOGIN: &str = include_str!("assets/login.html");
const STYLE: &str = include_str!("assets/app.css");
const SCRIPT: &str = include_str!("assets/app.js");
/// Nothing from elsewhere, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the routes share.
#[derive(Clone)]
pub struct Site {
    samples: Samples,
    gate: Arc<Gate>,
    seats: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Site {
    /// Shows these samples to whoever knows the token, until `stop`.
    #[must_use]
    pub fn new(config: &Config, samples: Samples, stop: CancellationToken) -> Self {
        let gate = Gate::new(config.dashboard.token.expose(), config.mode == Mode::Production);
        Self { samples, gate: Arc::new(gate), seats: Arc::new(Semaphore::new(config.dashboard.max_streams)), stop }
    }
}

/// Adds the routes.
pub fn routes(site: &Site, to: &mut web::ServiceConfig) {
    to.app_data(web::Data::new(site.clone()))
        .route("/", web::get().to(page))
        .route("/session", web::post().to(sign_in))
        .route("/app.css", web::get().to(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/app.js", web::get().to(|| async { asset("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/stream", web::get().to(follow))
        .route("/api/snapshot", web::get().to(snapshot));
}

/// A token as links and the sign-in form carry it.
#[derive(Deserialize)]
struct Credentials {
    token: Option<String>,
}

async fn page(request: HttpRequest, site: web::Data<Site>, given: web::Query<Credentials>) -> HttpResponse {
    if let Some(token) = &given.token {
        return enter(&site, token);
    }
    if site.gate.admits(&request) { html(HttpResponse::Ok(), PAGE) } else { html(HttpResponse::Unauthorized(), LOGIN) }
}

async fn sign_in(site: web::Data<Site>, given: web::Form<Credentials>) -> HttpResponse {
    enter(&site, given.token.as_deref().unwrap_or_default())
}

/// Turns a valid token into a cookie and leads on to the page, so that the token stays in no address bar.
fn enter(site: &Site, token: &str) -> HttpResponse {
    if !site.gate.knows(token) {
        metrics::refusal();
        return html(HttpResponse::Unauthorized(), LOGIN);
    }
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, "./")).insert_header((SET_COOKIE, site.gate.cookie()));
    guarded(&mut response).finish()
}

async fn snapshot(request: HttpRequest, site: web::Data<Site>) -> Result<HttpResponse, Problem> {
    site.check(&request)?;
    let sample = site.samples.borrow().clone();
    if !sample.is_fresh(Timestamp::now()) {
        return Err(Problem::new(ErrorKind::Unavailable, "The live figures cannot be read right now."));
    }
    let mut response = HttpResponse::Ok();
    Ok(guarded(&mut response).content_type("application/json").body(sample.json.clone()))
}

async fn follow(request: HttpRequest, site: web::Data<Site>) -> Result<HttpResponse, Problem> {
    site.check(&request)?;
    let seat = Arc::clone(&site.seats).try_acquire_owned();
    let seat = seat.map_err(|_| Problem::new(ErrorKind::Limited, "Too many browsers are following already."))?;
    let events = stream::events(site.samples.clone(), site.stop.clone(), seat);
    let mut response = HttpResponse::Ok();
    // Proxies that collect answers before passing them on would turn a stream into silence.
    response.insert_header(("x-accel-buffering", "no"));
    Ok(guarded(&mut response).content_type("text/event-stream").streaming(events))
}

impl Site {
    fn check(&self, request: &HttpRequest) -> Result<(), Problem> {
        if self.gate.admits(request) {
            return Ok(());
        }
        metrics::refusal();
        Err(Problem::new(ErrorKind::Unauthenticated, "A valid bearer token is needed."))
    }
}

fn html(mut response: HttpResponseBuilder, body: &'static str) -> HttpResponse {
    guarded(&mut response).content_type("text/html; charset=utf-8").body(body)
}

fn asset(kind: &'static str, body: &'static str) -> HttpResponse {
    guarded(&mut HttpResponse::Ok()).content_type(kind).body(body)
}

fn guarded(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
}

#[cfg(test)]
mod tests;
