//! Messages as former releases wrote them still say the same: one recorded envelope per schema and version.
//!
//! A new version gets a new file beside the old ones, which are never rewritten: `CALLFLOW_RECORD=1 cargo test -p
//! callflow-contract --test recorded` writes what is missing and nothing else.
#![allow(clippy::unwrap_used)]

mod sample;

use std::{env, fs, path::PathBuf};

use callflow_contract::{
    event::v1::Envelope,
    schema::{self, Event, KNOWN},
};
use prost::Message as _;

fn path(schema: &str, version: u32) -> PathBuf {
    let name = schema.rsplit('.').next().unwrap();
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recorded/{name}.v{version}.hex"))
}

/// Returns the envelope of that schema and version as it was recorded.
fn recorded(schema: &str, version: u32) -> Envelope {
    let path = path(schema, version);
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
    Envelope::decode(hex::decode(text.split_whitespace().collect::<String>()).unwrap().as_slice()).unwrap()
}

/// Checks that what was recorded as `version` still says what it said then.
fn check<E: Event + PartialEq + std::fmt::Debug>(version: u32, said: &E) {
    if env::var_os("CALLFLOW_RECORD").is_some() && version == E::VERSION && !path(E::SCHEMA, version).exists() {
        record(said);
    }
    let envelope = recorded(E::SCHEMA, version);
    assert_eq!(envelope, Envelope { body: envelope.body.clone(), ..sample::envelope(E::SCHEMA, version) });
    assert_eq!(&schema::open::<E>(&envelope).unwrap(), said, "{} version {version}", E::SCHEMA);
}

fn record<E: Event>(said: &E) {
    let envelope = schema::seal(said, sample::envelope(E::SCHEMA, E::VERSION));
    let digits = hex::encode(envelope.encode_to_vec());
    let lines: Vec<_> = digits.as_bytes().chunks(100).map(String::from_utf8_lossy).collect();
    fs::create_dir_all(path(E::SCHEMA, E::VERSION).parent().unwrap()).unwrap();
    fs::write(path(E::SCHEMA, E::VERSION), lines.join("\n") + "\n").unwrap();
}

#[test]
fn every_version_says_what_it_said_when_it_was_recorded() {
    check(1, &sample::call_event());
    check(1, &sample::answer_given());
    check(1, &sample::appointment_booked());
    check(1, &sample::appointment_rescheduled());
    check(1, &sample::appointment_cancelled());
    check(1, &sample::appointment_requested());
    check(1, &sample::series_booked());
    check(1, &sample::callback_requested());
    check(1, &sample::catalog_changed());
    check(1, &sample::customer_changed());
}

#[test]
fn no_schema_and_no_version_is_without_a_record() {
    for (schema, newest) in KNOWN {
        for version in 1..=*newest {
            let envelope = recorded(schema, version);
            assert_eq!((envelope.schema.as_str(), envelope.schema_version), (*schema, version));
            assert!(!envelope.body.is_empty());
        }
    }
}

#[test]
fn a_body_with_fields_of_a_later_release_still_says_what_is_known() {
    let mut envelope = recorded("callflow.event.v1.CallEvent", 1);
    // Field 1000, a text: what an additive change looks like to a release that does not know it.
    envelope.body.extend([0xc2, 0x3e, 3, b'n', b'e', b'w']);
    assert_eq!(schema::open::<callflow_contract::event::v1::CallEvent>(&envelope).unwrap(), sample::call_event());
}
