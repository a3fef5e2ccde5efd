//! The life of a service's process, from its configuration to its exit status.

use std::{process::ExitCode, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    Listeners, ServiceConfig,
    config::{self, load},
    shutdown,
};

/// Exit status of a refused configuration: starting again will not help.
const REFUSED: u8 = 2;
/// Time `run` is given beyond its grace period before it is cut off.
const OVERTIME: Duration = Duration::from_secs(1);

/// Runs `service`: configuration, runtime, telemetry, sockets, signals, `run`; returns the exit status.
///
/// The status is 0 after a clean end, 1 after a failure, and 2 when the configuration was refused, in which case no
/// socket was opened. With `--check` only the configuration is checked, `--settings` prints the table of all
/// settings, and `--version` the version.
pub fn launch<C, F, Fut, E>(service: &'static str, run: F) -> ExitCode
where
    C: ServiceConfig,
    F: FnOnce(C, Listeners, CancellationToken) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: std::error::Error + 'static,
{
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    with_arguments(service, &arguments, run)
}

/// As [`launch`], with the command line's arguments given, for programs that have others of their own.
pub fn with_arguments<C, F, Fut, E>(service: &'static str, arguments: &[String], run: F) -> ExitCode
where
    C: ServiceConfig,
    F: FnOnce(C, Listeners, CancellationToken) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: std::error::Error + 'static,
{
    match arguments.first().map(String::as_str) {
        None => {}
        Some("--check") => return load::<C>(service).map_or_else(|error| refuse(&error), |_| ExitCode::SUCCESS),
        Some("--settings") => return print(&config::table::<C>()),
        Some("--version") => return print(&format!("{service} {}\n", env!("CARGO_PKG_VERSION"))),
        Some(_) => {
            return refuse(&"the arguments are --check, --settings or --version; settings come from the environment");
        }
    }
    let config = match load::<C>(service) {
        Ok(config) => config,
        Err(error) => return refuse(&error),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.process().threads())
        .thread_name(service)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let status = runtime.block_on(live(service, config, run));
            // What still blocks a thread now would block the end for ever.
            runtime.shutdown_timeout(Duration::from_millis(500));
            status
        }
        Err(error) => fail(&error),
    }
}

/// Everything that happens on the runtime; telemetry ends last.
async fn live<C, F, Fut, E>(service: &'static str, config: C, run: F) -> ExitCode
where
    C: ServiceConfig,
    F: FnOnce(C, Listeners, CancellationToken) -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: std::error::Error + 'static,
{
    let _telemetry = match callflow_telemetry::start(service, config.telemetry()) {
        Ok(guard) => guard,
        Err(error) => return fail(&error),
    };
    let listeners = match Listeners::bind(&config.listen()) {
        Ok(listeners) => listeners,
        Err(error) => return fail_logged(&error),
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), threads = config.process().threads(), "starting");
    let shutdown = shutdown::on_signal();
    let grace = config.process().grace() + OVERTIME;
    tokio::select! {
        outcome = run(config, listeners, shutdown.clone()) => match outcome {
            Ok(()) => {
                tracing::info!("stopped");
                ExitCode::SUCCESS
            }
            Err(error) => fail_logged(&error),
        },
        () = overtime(&shutdown, grace) => {
            tracing::error!("still running after the grace period, cut off");
            ExitCode::FAILURE
        }
    }
}

/// Ends when `grace` has passed since the signal to stop.
async fn overtime(shutdown: &CancellationToken, grace: Duration) {
    shutdown.cancelled().await;
    tokio::time::sleep(grace).await;
}

fn fail_logged(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    tracing::error!(error, "the service failed");
    ExitCode::FAILURE
}

/// Reports a failure before there is a log.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    eprintln!("{text}");
    ExitCode::FAILURE
}

fn refuse(why: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(REFUSED)
}

fn print(text: &str) -> ExitCode {
    match std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
