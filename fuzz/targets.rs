//! What is done with bytes from outside, one plain function for each kind.
//!
//! `cargo fuzz` runs them on a nightly toolchain; `crates/retell/tests/it/fuzz.rs` runs them with every `make test`, on the
//! corpus and on what chance makes of it.

#![allow(unreachable_pub)]

use callflow_retell::{
    event::Event,
    function::{Identity, Request},
    inbound,
    signature::{Key, Keys, Rejection, sign},
};
use jiff::Timestamp;

/// What is done with bytes of one kind.
#[allow(dead_code)]
pub type Target = fn(&[u8]);

/// Names of the targets, and of their folders in the corpus.
#[allow(dead_code)]
pub const ALL: [(&str, Target); 4] =
    [("header", header), ("event", event), ("function", function), ("inbound", inbound)];

/// A signature header: only what the key's owner signed is believed.
pub fn header(data: &[u8]) {
    let now = Timestamp::from_millisecond(1_795_510_800_123).expect("a time of this century");
    let key = Key::new("key_callflow_fuzz_0123456789").expect("not empty");
    let signed = sign(&key, data, now);
    let keys = Keys::new(key, None);
    assert!(keys.verify(Some(signed.as_bytes()), data, now).is_ok(), "what is signed is believed");
    assert_ne!(
        keys.verify(Some(data), b"body", now).map_err(Rejection::kind),
        Ok(callflow_retell::signature::Signer::Current)
    );
}

/// An event: read or refused; what is read keeps its body and has a bounded key.
pub fn event(data: &[u8]) {
    let Ok(event) = Event::parse(data) else { return };
    assert_eq!(event.body().as_bytes(), data);
    assert!(event.dedup_key().is_none_or(|key| (1..200).contains(&key.len())));
    let _ = (event.call_id(), event.occurred(), event.destination(), event.wish());
    if let Some(call) = &event.call {
        let _ = (call.transcript(), call.metadata_entry("branch_id"), call.variable("language"));
    }
    assert!(!format!("{event:?}").contains("\"transcript\""));
}

/// A function request, with and without a name in the address; its command is read whatever the arguments are.
pub fn function(data: &[u8]) {
    for name in [None, Some("check_availability"), Some("book_series"), Some("of_tomorrow")] {
        let Ok(request) = Request::parse(data, name, Identity::default()) else { continue };
        let _ = request.command();
        let identity = &request.identity;
        assert!(request.call.is_some() || identity.caller.is_none(), "arguments say nothing about who calls");
    }
}

/// An inbound question: read or refused; what is read survives being written and read again.
pub fn inbound(data: &[u8]) {
    let Ok(request) = inbound::Request::parse(data) else { return };
    let again = inbound::Request::parse(request.to_json().to_string().as_bytes());
    assert_eq!(again.as_ref(), Ok(&request));
    let _ = (request.caller(), request.dialled(None));
}
