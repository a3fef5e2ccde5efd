//! Phrases as callers say them, in five languages, against one fixed clock: Tuesday, 24 November 2026, 09:00.
#![allow(clippy::unwrap_used)]

use callflow_extract::{Clock, Days, TimeOfDay, lexicon::Language, understand};
use jiff::civil::{Date, Time, date, time};

fn clock(language: Language) -> Clock {
    Clock::new(date(2026, 11, 24).at(9, 0, 0, 0), language)
}

fn day_of(text: &str, language: Language) -> Option<Date> {
    understand(text, &clock(language)).days.and_then(|found| found.value.single())
}

fn time_of(text: &str, language: Language) -> Option<TimeOfDay> {
    understand(text, &clock(language)).time.map(|found| found.value)
}

#[track_caller]
fn assert_days(language: Language, cases: &[(&str, Date)]) {
    for (text, expected) in cases {
        assert_eq!(day_of(text, language), Some(*expected), "{text}");
    }
}

#[track_caller]
fn assert_times(language: Language, cases: &[(&str, Time)]) {
    for (text, expected) in cases {
        assert_eq!(time_of(text, language), Some(TimeOfDay::At(*expected)), "{text}");
    }
}

const fn at(hour: i8, minute: i8) -> Time {
    time(hour, minute, 0, 0)
}

#[test]
fn german_days() {
    assert_days(
        Language::De,
        &[
            ("heute", date(2026, 11, 24)),
            ("morgen", date(2026, 11, 25)),
            ("übermorgen bitte", date(2026, 11, 26)),
            ("am Donnerstag", date(2026, 11, 26)),
            ("Dienstag", date(2026, 12, 1)),
            ("nächste Woche Dienstag um vierzehn Uhr", date(2026, 12, 1)),
            ("Mittwoch nächster Woche", date(2026, 12, 2)),
            ("übernächsten Freitag", date(2026, 12, 4)),
            ("26.11.", date(2026, 11, 26)),
            ("am 3.2.", date(2027, 2, 3)),
            ("2026-11-26", date(2026, 11, 26)),
            ("26.11.2026", date(2026, 11, 26)),
            ("26. November", date(2026, 11, 26)),
            ("am sechsundzwanzigsten November", date(2026, 11, 26)),
            ("am vierten achten um dreizehn Uhr", date(2027, 8, 4)),
            ("am sechsundzwanzigsten", date(2026, 11, 26)),
            ("in drei Tagen", date(2026, 11, 27)),
            ("in 7 Tagen", date(2026, 12, 1)),
            ("in zwei Wochen", date(2026, 12, 8)),
            ("heute in acht Tagen", date(2026, 12, 1)),
            ("in vierzehn Tagen", date(2026, 12, 8)),
            ("Donnerstagnachmittag", date(2026, 11, 26)),
        ],
    );
}

#[test]
fn german_times() {
    assert_times(
        Language::De,
        &[
            ("15 Uhr", at(15, 0)),
            ("15 Uhr 30", at(15, 30)),
            ("um 14 30", at(14, 30)),
            ("15:30", at(15, 30)),
            ("15.30 Uhr", at(15, 30)),
            ("halb vier", at(15, 30)),
            ("um drei", at(15, 0)),
            ("um zehn", at(10, 0)),
            ("Viertel nach drei", at(15, 15)),
            ("viertel vor vier", at(15, 45)),
            ("viertel drei", at(14, 15)),
            ("dreiviertel drei", at(14, 45)),
            ("zehn vor vier", at(15, 50)),
            ("fünf nach halb vier", at(15, 35)),
            ("so gegen halb zehn", at(9, 30)),
            ("am vierten achten um dreizehn Uhr", at(13, 0)),
            ("um drei am Nachmittag", at(15, 0)),
            ("acht Uhr abends", at(20, 0)),
        ],
    );
}

#[test]
fn tomorrow_is_not_found_inside_the_day_after_tomorrow() {
    assert_eq!(day_of("übermorgen", Language::De), Some(date(2026, 11, 26)));
}

#[test]
fn windows_of_the_day() {
    let window = |from, to| Some(TimeOfDay::Between(from, to));
    assert_eq!(time_of("nachmittags", Language::De), window(at(12, 0), at(18, 0)));
    assert_eq!(time_of("am Vormittag", Language::De), window(at(8, 0), at(12, 0)));
    assert_eq!(time_of("zwischen drei und fünf", Language::De), window(at(15, 0), at(17, 0)));
    assert_eq!(time_of("bis zwölf", Language::De), window(at(0, 0), at(12, 0)));
    assert_eq!(time_of("nach Feierabend", Language::De), window(at(17, 0), at(21, 0)));
    assert!(matches!(time_of("ab 16 Uhr", Language::De), Some(TimeOfDay::Between(from, _)) if from == at(16, 0)));
}

#[test]
fn later_words_correct_earlier_ones() {
    let when = understand("Donnerstag um drei, nein, doch lieber Mittwoch um fünf", &clock(Language::De));
    assert_eq!(when.days.unwrap().value, Days::one(date(2026, 11, 25)));
    assert_eq!(when.time.unwrap().value, TimeOfDay::At(at(17, 0)));
}

#[test]
fn next_weekday_asks_which_one() {
    let when = understand("nächsten Freitag", &clock(Language::De)).days.unwrap();
    assert_eq!(when.value, Days::one(date(2026, 11, 27)));
    assert_eq!(when.alternatives, [Days::one(date(2026, 12, 4))]);
}

#[test]
fn english_phrases() {
    assert_days(
        Language::En,
        &[
            ("tomorrow", date(2026, 11, 25)),
            ("the day after tomorrow", date(2026, 11, 26)),
            ("on Thursday", date(2026, 11, 26)),
            ("next week Tuesday", date(2026, 12, 1)),
            ("November 26th", date(2026, 11, 26)),
            ("the 26th of November", date(2026, 11, 26)),
            ("in two weeks", date(2026, 12, 8)),
        ],
    );
    assert_times(
        Language::En,
        &[
            ("half past three", at(15, 30)),
            ("quarter to four", at(15, 45)),
            ("3 pm", at(15, 0)),
            ("at ten", at(10, 0)),
            ("9:30 am", at(9, 30)),
        ],
    );
}

#[test]
fn turkish_phrases() {
    assert_days(
        Language::Tr,
        &[
            ("yarın", date(2026, 11, 25)),
            ("perşembe günü", date(2026, 11, 26)),
            ("26 Kasım", date(2026, 11, 26)),
            ("cumaya", date(2026, 11, 27)),
        ],
    );
    assert_times(
        Language::Tr,
        &[("saat üçte", at(15, 0)), ("saat üç buçukta", at(15, 30)), ("saat 15.30'da", at(15, 30))],
    );
}

#[test]
fn russian_phrases() {
    assert_days(
        Language::Ru,
        &[
            ("завтра", date(2026, 11, 25)),
            ("послезавтра", date(2026, 11, 26)),
            ("в четверг", date(2026, 11, 26)),
            ("26 ноября", date(2026, 11, 26)),
            ("через неделю", date(2026, 12, 1)),
        ],
    );
    assert_times(Language::Ru, &[("в 15:30", at(15, 30)), ("в три часа", at(15, 0)), ("в десять утра", at(10, 0))]);
}

#[test]
fn arabic_phrases() {
    assert_days(
        Language::Ar,
        &[
            ("غدا", date(2026, 11, 25)),
            ("يوم الأربعاء صباحا", date(2026, 11, 25)),
            ("بعد غد", date(2026, 11, 26)),
            ("26 نوفمبر", date(2026, 11, 26)),
        ],
    );
    assert_times(
        Language::Ar,
        &[("الساعة الثالثة", at(15, 0)), ("الساعة الثالثة والنصف", at(15, 30)), ("الساعة ٩:٢٠", at(9, 20))],
    );
}

#[test]
fn what_is_not_said_is_not_found() {
    for text in ["", "ich hätte gern einen Termin", "zwei Personen", "Haarschnitt und Färben", "call_001", "1"] {
        let when = understand(text, &clock(Language::De));
        assert_eq!((when.days, when.time), (None, None), "{text}");
    }
}

#[test]
fn a_date_in_a_past_year_is_seen_as_past() {
    assert!(understand("2023-06-13", &clock(Language::De)).is_past(&clock(Language::De)));
    assert!(!understand("morgen", &clock(Language::De)).is_past(&clock(Language::De)));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        for language in [Language::De, Language::En, Language::Tr, Language::Ru, Language::Ar] {
            let _ = understand(&text, &clock(language));
        }
    }
}
