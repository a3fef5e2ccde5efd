//! Tokens survive the way through a voice model, and damaged ones name nobody.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::CompanyId;

fn sample() -> SlotId {
    let company = CompanyId::from_slug("haarwerk");
    let start: Timestamp = "2026-11-26T14:30:00Z".parse().unwrap();
    SlotId::new(start, company.staff("sofia"), company.service("herrenhaarschnitt")).unwrap()
}

#[test]
fn format_is_fixed() {
    // Tokens are in flight while a new version rolls out: this text may never change.
    assert_eq!(sample().to_string(), "sl_kv7rc0hh77vbax7z");
    assert_eq!(SlotId::parse("sl_0000000000000000").unwrap().to_string(), "sl_0000000000000000");
}

#[test]
fn what_models_make_of_it_still_reads() {
    let slot = sample();
    let token = slot.to_string();
    let body = &token[3..];
    let spaced: String = body.chars().flat_map(|symbol| [symbol, ' ']).collect();
    let confused: String = body.replace('0', "O").replace('1', "l");
    for text in [
        token.to_uppercase(),
        body.to_owned(),
        format!(" \"{token}\"\n"),
        format!("SL-{body}"),
        format!("sl {spaced}"),
        format!("s1_{body}"),
        format!("sI{}", confused.to_uppercase()),
        confused,
        format!("sl_{}-{}-{}", &body[..5], &body[5..10], &body[10..]),
    ] {
        assert_eq!(SlotId::parse(&text), Ok(slot), "{text:?}");
    }
}

#[test]
fn what_is_no_token_says_why() {
    for (text, error) in [
        ("", Error::Length { found: 0 }),
        ("sl_", Error::Length { found: 2 }),
        ("sl_b7f4", Error::Length { found: 6 }),
        ("sl_0123456789abcdef0", Error::Length { found: 19 }),
        ("xx_0123456789abcdef", Error::Length { found: 18 }),
        ("sl_0123456u89abcdef", Error::Character { position: 9 }),
        ("sl_01234567ä9abcdef", Error::Character { position: 10 }),
        ("\0", Error::Character { position: 0 }),
    ] {
        assert_eq!(SlotId::parse(text), Err(error), "{text:?}");
    }
    assert_eq!(SlotId::parse(&"a".repeat(10_000)), Err(Error::Length { found: 10_000 }));
    assert_eq!(Error::Start.kind(), ErrorKind::Invalid);
}

#[test]
fn starts_outside_the_range_are_refused() {
    let slot = |start: &str| {
        let company = CompanyId::from_slug("a");
        SlotId::new(start.parse().unwrap(), company.staff("b"), company.service("c"))
    };
    for start in ["2019-12-31T23:59:00Z", "2147-08-07T00:00:00Z", "9999-12-30T22:00:00Z", "2026-01-01T00:00:30Z"] {
        assert_eq!(slot(start), Err(Error::Start), "{start}");
    }
    for start in ["2020-01-01T00:00:00Z", "2147-08-06T00:00:00Z"] {
        assert_eq!(slot(start).unwrap().start(), start.parse().unwrap());
    }
}

#[test]
fn one_wrong_character_changes_everything() {
    let slot = sample();
    for (place, other) in (3..19).flat_map(|place| (1..32).map(move |other| (place, other))) {
        let mut text = slot.to_string().into_bytes();
        let at = ALPHABET.iter().position(|known| *known == text[place]).unwrap();
        text[place] = ALPHABET[(at + other) % 32];
        let wrong = SlotId::parse(std::str::from_utf8(&text).unwrap()).unwrap();
        assert!(wrong.staff != slot.staff && wrong.service != slot.service && wrong.minute != slot.minute, "{wrong}");
    }
}

#[test]
fn json_is_the_token() {
    let json = serde_json::to_string(&sample()).unwrap();
    assert_eq!(json, format!("\"{}\"", sample()));
    assert_eq!(serde_json::from_str::<SlotId>(&json).unwrap(), sample());
    assert!(serde_json::from_str::<SlotId>("\"soon\"").is_err());
}

proptest! {
    #[test]
    fn every_slot_survives_the_round_trip(minute in 0_u32..1 << 26, staff: u128, service: u128) {
        let (staff, service) = (StaffId(Uuid::from_u128(staff)), ServiceId(Uuid::from_u128(service)));
        let start = Timestamp::from_second((EPOCH_MINUTE + i64::from(minute)) * 60).unwrap();
        let slot = SlotId::new(start, staff, service).unwrap();
        let read = SlotId::parse(&slot.to_string()).unwrap();
        prop_assert_eq!(read, slot);
        prop_assert_eq!(read.start(), start);
        prop_assert!(read.is_of_staff(staff) && read.is_for_service(service));
    }

    #[test]
    fn every_token_of_the_alphabet_is_some_slot(token in "sl_[0-9a-hjkmnp-tv-z]{16}") {
        prop_assert_eq!(SlotId::parse(&token).unwrap().to_string(), token);
    }

    #[test]
    fn no_text_panics(text in ".{0,120}") {
        let _ = SlotId::parse(&text);
    }
}
