//! Signatures decided as recorded, and tampering found wherever it happens.

use base64::{Engine, prelude::BASE64_STANDARD};
use callflow_retell::signature::{Key, Keys, Rejection, Signer, sign};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use crate::sample::samples;

fn verdict(case: &Value) -> Result<Signer, Rejection> {
    let key = Key::new(case["key"].as_str().unwrap()).unwrap();
    let body = BASE64_STANDARD.decode(case["body_base64"].as_str().unwrap()).unwrap();
    let now = Timestamp::from_millisecond(case["now_ms"].as_i64().unwrap()).unwrap();
    Keys::new(key, None).verify(case["header"].as_str().map(str::as_bytes), &body, now)
}

#[test]
fn recorded_vectors_are_decided_as_recommended() {
    for (_, body) in samples(&["90"]) {
        let file: Value = serde_json::from_slice(&body).unwrap();
        let cases = file["cases"].as_array().unwrap();
        assert!(cases.len() >= 30);
        for case in cases {
            // Where either answer will do, nothing is recommended.
            if let Some(expected) = case["recommended"].as_bool() {
                assert_eq!(verdict(case).is_ok(), expected, "{}", case["id"]);
            }
        }
    }
}

#[test]
fn our_own_vectors_are_decided_as_written() {
    let file: Value = serde_json::from_str(include_str!("signatures.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        assert_eq!(verdict(case).is_ok(), case["accept"].as_bool().unwrap(), "{}: {:?}", case["id"], verdict(case));
    }
}

#[test]
fn our_own_signing_gives_the_digests_another_program_gave() {
    let file: Value = serde_json::from_str(include_str!("signatures.json")).unwrap();
    let signed =
        file["cases"].as_array().unwrap().iter().filter(|case| case["id"].as_str().unwrap().starts_with("signed_"));
    for case in signed {
        let key = Key::new(case["key"].as_str().unwrap()).unwrap();
        let body = BASE64_STANDARD.decode(case["body_base64"].as_str().unwrap()).unwrap();
        let at = Timestamp::from_millisecond(case["now_ms"].as_i64().unwrap()).unwrap();
        assert_eq!(sign(&key, &body, at), case["header"].as_str().unwrap(), "{}", case["id"]);
    }
}

proptest! {
    #[test]
    fn any_change_of_body_time_key_or_digest_is_found(
        body in proptest::collection::vec(any::<u8>(), 1..400),
        secret in "[a-z0-9_]{1,80}",
        at_ms in 1_500_000_000_000_i64..3_000_000_000_000,
        drift in -300_000_i64..=300_000,
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let keys = Keys::new(Key::new(&secret).unwrap(), None);
        let header = sign(keys.current(), &body, at(at_ms));
        let verify = |header: &[u8], body: &[u8]| keys.verify(Some(header), body, at(at_ms + drift));
        prop_assert_eq!(verify(header.as_bytes(), &body), Ok(Signer::Current));

        let mut changed = body.clone();
        *changed.get_mut(place.index(body.len())).unwrap() ^= 1 << bit;
        prop_assert_eq!(verify(header.as_bytes(), &changed), Err(Rejection::Mismatch));
        prop_assert_eq!(verify(header.as_bytes(), &body[1..]), Err(Rejection::Mismatch));

        let mut tampered = header.clone().into_bytes();
        let at_byte = place.index(tampered.len());
        *tampered.get_mut(at_byte).unwrap() ^= 1 << bit;
        // Another case of a hex digit is the same digit.
        if !tampered.eq_ignore_ascii_case(header.as_bytes()) {
            prop_assert!(verify(&tampered, &body).is_err());
        }

        let other = Keys::new(Key::new(&format!("{secret}x")).unwrap(), None);
        prop_assert_eq!(other.verify(Some(header.as_bytes()), &body, at(at_ms)), Err(Rejection::Mismatch));
    }

    #[test]
    fn no_header_makes_the_verifier_panic(header in proptest::collection::vec(any::<u8>(), 0..200), now in any::<i32>()) {
        let keys = Keys::new(Key::new("key").unwrap(), None);
        let verdict = keys.verify(Some(&header), b"x", Timestamp::from_second(now.into()).unwrap());
        prop_assert!(verdict.is_err());
    }
}
