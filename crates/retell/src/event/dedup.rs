//! How a repeated delivery is recognised.
//!
//! The platform delivers at least once and advises: events of a call's life by name and call,
//! transfers also by start and destination, transcripts not at all, because each replaces the one
//! before. Events it gives no advice on count as repeats only when their bodies are equal.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{Event, Kind};

pub(super) fn key(event: &Event<'_>) -> Option<String> {
    let name = event.kind.as_str();
    let of_body = || format!("{name}/body/{}", fingerprint(event.body()));
    let Some(call) = event.call_id() else {
        return (event.kind != Kind::TranscriptUpdated).then(of_body);
    };
    match event.kind {
        Kind::TranscriptUpdated => None,
        Kind::Other(_) | Kind::AppointmentRequested => Some(format!("{name}/{call}/{}", fingerprint(event.body()))),
        _ if event.kind.is_transfer() => Some(transfer_key(event, &format!("{name}/{call}"))),
        _ => Some(format!("{name}/{call}")),
    }
}

fn transfer_key(event: &Event<'_>, base: &str) -> String {
    let mut key = base.to_owned();
    if let Some(started) = event.call.as_ref().and_then(|call| call.started) {
        // Writing to a string cannot fail.
        let _ = write!(key, "/{}", started.as_millisecond());
    }
    if let Some(destination) = event.destination() {
        let extension = destination.extension.as_ref().map_or("", |digits| digits.expose());
        // A fingerprint, because the key travels in message headers and log lines.
        let _ = write!(key, "/{}", fingerprint(&format!("{}#{extension}", destination.target.expose())));
    }
    key
}

/// Returns the first half of the text's SHA-256 as hex: enough to tell the bodies of one call apart.
fn fingerprint(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}
