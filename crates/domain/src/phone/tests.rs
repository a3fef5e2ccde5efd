//! Numbers in every notation end in one form, and nothing that is sent can break the reader.

use proptest::prelude::*;

use super::*;

fn e164(text: &str, home: Option<Country>) -> Result<String, Error> {
    parse(text, home).map(|parsed| parsed.number.expose().to_owned())
}

#[test]
fn every_notation_of_a_number_reads_the_same() {
    for text in [
        "+493023125100",
        "+49 30 23125100",
        "+49 (0)30 231251-00",
        "0049 30 23125100",
        "030 23125100",
        "030/231251-00",
        "(030) 23 12 51 00",
        "493023125100",
        "tel:+49-30-23125100",
        "sip:+493023125100@trunk.example.invalid",
        "<sip:03023125100@10.0.0.1;user=phone>;tag=x",
        " +493023125100 ",
        "＋４９３０２３１２５１００",
        "+٤٩٣٠٢٣١٢٥١٠٠",
    ] {
        assert_eq!(e164(text, Some(Country::DE)).as_deref(), Ok("+493023125100"), "{text:?}");
    }
}

#[test]
fn numbers_of_many_countries_keep_their_country() {
    for (text, home, expected) in [
        ("+447700900123", "DE", "+447700900123"),
        ("07700 900123", "GB", "+447700900123"),
        ("0532 123 45 67", "TR", "+905321234567"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("011 234 5678", "SA", "+966112345678"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("01 2345678", "AT", "+4312345678"),
        ("044 668 18 00", "CH", "+41446681800"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("+4917604069042", "GB", "+4917604069042"),
    ] {
        assert_eq!(e164(text, Country::parse(home)).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn extensions_are_kept_apart() {
    for text in ["+49 30 23125100 ext. 12", "+49 30 23125100 x12", "tel:+49-30-23125100;ext=12"] {
        let parsed = parse(text, None).unwrap();
        assert_eq!(parsed.number.expose(), "+493023125100", "{text}");
        assert_eq!(parsed.extension.map(|digits| digits.expose().to_owned()).as_deref(), Some("12"), "{text}");
    }
    assert_eq!(parse("+493023125100", None).unwrap().extension, None);
}

#[test]
fn what_is_no_number_says_why() {
    for (text, home, error) in [
        ("", None, Error::Empty),
        (" \n", None, Error::Empty),
        ("anonymous", None, Error::Unreadable),
        ("call 030 23125100", Some(Country::DE), Error::Unreadable),
        ("+49\u{0}3023125100", None, Error::Unreadable),
        ("03023125100", None, Error::NoCountry),
        ("+999123456789", None, Error::Impossible),
        ("+49301234567890123456", None, Error::Impossible),
        ("100000000000000", Some(Country::DE), Error::Impossible),
        ("+1212", None, Error::Impossible),
    ] {
        assert_eq!(e164(text, home), Err(error), "{text:?}");
    }
    assert_eq!(e164(&"+49 30 1".repeat(1_300), None), Err(Error::TooLong));
}

#[test]
fn callers_fall_into_four_cases() {
    let known = |digits: &str| Caller::Known(PhoneNumber::new(digits));
    for (text, caller) in [
        ("+491713920017", known("+491713920017")),
        ("0171 3920017", known("+491713920017")),
        ("anonymous", Caller::Withheld),
        ("", Caller::Withheld),
        ("sip:anonymous@anonymous.invalid", Caller::Withheld),
        ("+266696687", Caller::Withheld),
        ("110", Caller::Short(PhoneNumber::new("110"))),
        ("11 88 33", Caller::Short(PhoneNumber::new("118833"))),
        ("sip:21@pbx.local", Caller::Short(PhoneNumber::new("21"))),
        ("hello", Caller::Invalid),
        ("'; DROP TABLE caller; --", Caller::Invalid),
        ("+999999999999999999", Caller::Invalid),
        ("\u{7}\u{7}\u{7}", Caller::Invalid),
    ] {
        assert_eq!(Caller::read(text, Some(Country::DE)), caller, "{text:?}");
    }
    assert_eq!(Caller::read(&"9".repeat(10_240), None), Caller::Invalid);
    assert_eq!(Caller::read(&"\u{0}".repeat(10_240), None), Caller::Invalid);
    assert_eq!(Caller::Withheld.number(), None);
}

#[test]
fn a_caller_is_stored_with_its_case_and_printed_without_its_number() {
    let caller = Caller::read("+491713920017", None);
    let json = serde_json::to_string(&caller).unwrap();
    assert_eq!(json, r#"{"kind":"known","number":"+491713920017"}"#);
    assert_eq!(serde_json::from_str::<Caller>(&json).unwrap(), caller);
    assert_eq!(serde_json::from_str::<Caller>(r#"{"kind":"withheld"}"#).unwrap(), Caller::Withheld);
    assert!(!format!("{caller:?}").contains("171"));
}

#[test]
fn a_number_that_reads_otherwise_each_time_is_none() {
    assert_eq!(Caller::read("+61000000000", Some(Country::DE)), Caller::Invalid);
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}|[0-9+()x;=@<>:. -]{0,60}|.{0,250}") {
        let _ = Caller::read(&text, Some(Country::DE));
        let _ = Caller::read(&text, None);
    }

    #[test]
    fn reading_a_read_number_changes_nothing(text in "\\+?[0-9]{5,15}") {
        if let Caller::Known(number) = Caller::read(&text, Some(Country::DE)) {
            prop_assert_eq!(Caller::read(number.expose(), None), Caller::Known(number.clone()));
            prop_assert!(number.expose().len() <= 16 && number.expose().starts_with('+'));
            let _ = Origin::of(&number);
        }
    }
}
