//! Serves HTTP the way every service does: watched, bounded, and to an orderly end.

use std::{io, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpServer,
    dev::Server,
    middleware::from_fn,
    web::{self, ServiceConfig},
};
use callflow_domain::ErrorKind;
use tokio_util::sync::CancellationToken;

use super::{Problem, observe};
use crate::config::Http;

/// Serves on `listener` until `stop` is cancelled, then finishes what is under way, for at most `grace`.
///
/// `configure` adds the routes; it is called once per worker, on the worker's own thread. Every request passes through
/// [`observe`], and a path nobody serves is answered with a problem.
///
/// # Errors
/// Fails when the socket cannot be used.
pub async fn serve(
    listener: TcpListener,
    config: Http,
    grace: Duration,
    stop: CancellationToken,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<()> {
    let server = start(listener, &config, grace, configure)?;
    let handle = server.handle();
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => return ended,
        () = stop.cancelled() => {}
    }
    // The server has to be driven while it stops, or it would wait for itself.
    let (ended, ()) = tokio::join!(server, handle.stop(true));
    ended
}

fn start(
    listener: TcpListener,
    config: &Http,
    grace: Duration,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Server> {
    let application =
        move || App::new().wrap(from_fn(observe)).configure(configure.clone()).default_service(web::to(nothing_here));
    let server = HttpServer::new(application)
        .workers(config.workers)
        .max_connections(config.max_connections)
        .client_request_timeout(Duration::from_millis(config.header_timeout_ms))
        .keep_alive(Duration::from_secs(config.keep_alive_secs))
        .shutdown_timeout(grace.as_secs().max(1))
        .tcp_nodelay(true)
        .disable_signals();
    Ok(server.listen(listener)?.run())
}

async fn nothing_here() -> Problem {
    Problem::new(ErrorKind::NotFound, "There is nothing at this path.")
}
