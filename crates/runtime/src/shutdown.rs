//! Turns the signals that end a process into a token everybody can wait on.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit status after a second signal, as a shell reports a process ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Returns a token that is cancelled by SIGTERM or SIGINT; a second signal ends the process at once.
///
/// # Panics
/// When called outside a tokio runtime, or where the system has no such signals.
#[must_use]
pub fn on_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let mut terminate = listen(SignalKind::terminate());
    let mut interrupt = listen(SignalKind::interrupt());
    let cancel = token.clone();
    tokio::spawn(async move {
        let name = next(&mut terminate, &mut interrupt).await;
        tracing::info!(signal = name, "stopping");
        cancel.cancel();
        let name = next(&mut terminate, &mut interrupt).await;
        tracing::warn!(signal = name, "stopping at once, work in flight is cut off");
        std::process::exit(INTERRUPTED);
    });
    token
}

fn listen(kind: SignalKind) -> Signal {
    signal(kind).expect("every Unix can deliver SIGTERM and SIGINT")
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}
