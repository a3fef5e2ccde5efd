//! Every sentence in every language: complete, filled, short, and right where grammar is hard.

use jiff::civil::{date, datetime};

use super::*;

const TODAY: Date = date(2026, 11, 24);

fn book(speech: Speech) -> Phrasebook {
    Phrasebook::new(speech, TODAY)
}

fn visit(start: DateTime) -> Visit<'static> {
    Visit { service: Some("Herrenhaarschnitt"), staff: Some("Sofia"), ..Visit::new(start) }
}

fn slot(day: i8, hour: i8, minute: i8) -> Visit<'static> {
    Visit { staff: Some("Sofia"), ..Visit::new(datetime(2026, 11, day, hour, minute, 0, 0)) }
}

/// Returns everything a language can say, in all its forms.
fn everything(book: &Phrasebook) -> Vec<String> {
    let (one, other) = (slot(26, 15, 30), Visit { staff: Some("Mehmet"), branch: Some("Nord"), ..slot(27, 10, 0) });
    let mut said: Vec<String> = Line::ALL.iter().map(|line| book.say(*line).to_owned()).collect();
    for slots in [
        &[][..],
        &[one],
        &[one, slot(26, 17, 0)],
        &[one, Visit { staff: Some("Mehmet"), ..one }],
        &[one, other, slot(24, 18, 5)],
    ] {
        said.extend([
            book.slots_found(slots),
            book.slot_taken(Some(&one), slots),
            book.slot_taken(None, slots),
            book.staff_busy("Sofia", slots),
        ]);
        for day in [TODAY, date(2026, 11, 25), date(2026, 11, 26), date(2027, 8, 3)] {
            said.extend(reasons(day).into_iter().map(|why| book.no_slots(why, slots)));
        }
    }
    let booked = visit(one.start);
    for visits in [&[][..], &[booked], &[booked, visit(datetime(2026, 12, 1, 8, 40, 0, 0)), booked]] {
        said.extend([
            book.appointments(visits),
            book.which_appointment(visits),
            book.booked_sequence(&[&[booked], visits].concat(), Some("H4K7")),
        ]);
    }
    said.extend([
        book.booked(&booked, None),
        book.booked(&booked, Some("H4K7")),
        book.already_booked(&booked, Some("H4K7")),
    ]);
    said.extend([
        book.booked_instead(&booked, "Mehmet", Some("H4K7")),
        book.sequence_found(&[]),
        book.sequence_found(&[booked, other]),
    ]);
    said.extend([book.rescheduled(&booked), book.cancelled(&booked, false), book.cancelled(&booked, true)]);
    for minutes in [1, 30, 60, 120, 1_440, 2_880, 10_080] {
        said.extend([book.too_late_to_cancel(minutes), book.too_late_to_move(minutes)]);
    }
    for count in [1, 2, 5, 11, 21, 100, 366] {
        said.extend([
            book.series_booked(count, &booked),
            book.series_partly_booked(count, 366, &booked),
            book.series_cancelled(count),
        ]);
    }
    said.extend([
        book.series_preview(8, 10),
        book.series_conflict(TODAY),
        book.series_too_long(366),
        book.too_many_services(8),
    ]);
    said.extend([
        book.greeting("Haarwerk", None),
        book.greeting("Haarwerk", Some("Jörg")),
        book.welcome("Jörg", None),
        book.welcome("Jörg", Some(&booked)),
    ]);
    said.extend([book.past_date(), book.clarify(&["15 Uhr".into(), "3 Uhr".into()])]);
    for what in [Choice::Service, Choice::Staff] {
        said.extend([book.unknown(what, &[]), book.unknown(what, &["Färben", "Schneiden", "Föhnen"])]);
    }
    said
}

fn reasons(day: Date) -> [NoTime<'static>; 13] {
    [
        NoTime::Closed(None),
        NoTime::Closed(Some(day)),
        NoTime::Holiday(day),
        NoTime::FullyBooked(None),
        NoTime::FullyBooked(Some(day)),
        NoTime::StaffBooked { staff: "Sofia", day: None },
        NoTime::StaffBooked { staff: "Sofia", day: Some(day) },
        NoTime::TooSoon { notice_min: 120 },
        NoTime::TooSoon { notice_min: 0 },
        NoTime::TooFar { last: Some(day) },
        NoTime::NobodySkilled,
        NoTime::NobodyThere(None),
        NoTime::NobodyThere(Some(day)),
    ]
}

/// Counts the ends of sentences; the point of `26. November` and of `15.30` ends none.
fn sentences(text: &str) -> usize {
    let letters: Vec<char> = text.chars().collect();
    let ends = |at: usize| {
        let behind_digit = at > 0 && letters[at - 1].is_ascii_digit() && letters[at] == '.';
        let last = at + 1 == letters.len();
        matches!(letters[at], '.' | '?' | '!' | '؟') && (last || (letters[at + 1] == ' ' && !behind_digit))
    };
    (0..letters.len()).filter(|at| ends(*at)).count()
}

#[test]
fn every_sentence_is_whole_and_short_in_every_language() {
    for speech in Speech::ALL {
        for said in everything(&book(speech)) {
            assert!(!said.contains(['{', '}']), "a place is left: {said}");
            assert!(!said.contains("  ") && !said.contains(" ,") && !said.contains(" ."), "a gap is left: {said}");
            assert_eq!(said.trim(), said);
            assert!(said.ends_with(['.', '?', '؟']), "no end: {said}");
            assert!((1..=2).contains(&sentences(&said)), "{} sentences: {said}", sentences(&said));
            let first = said.chars().next().unwrap();
            assert!(first.is_uppercase() || first.is_ascii_digit() || speech == Speech::Arabic, "begins small: {said}");
        }
    }
}

#[test]
fn frames_use_known_places_only_and_at_least_one() {
    for speech in Speech::ALL {
        for frame in Frame::ALL {
            let template = speech.tongue().frame(*frame);
            let used: Vec<&str> = template.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            assert!(!used.is_empty(), "{template}");
            assert!(used.iter().all(|place| frame.places().contains(place)), "{template}");
        }
    }
}

#[test]
fn languages_do_not_share_sentences() {
    for line in Line::ALL {
        let said: std::collections::HashSet<_> = Speech::ALL.iter().map(|speech| book(*speech).say(*line)).collect();
        // British and American English share theirs.
        assert_eq!(said.len(), Speech::ALL.len() - 1, "{line:?}");
    }
}

#[test]
fn the_contracts_german_sentences_are_spoken() {
    let german = book(Speech::German);
    assert_eq!(
        german.slots_found(&[slot(26, 15, 30), slot(26, 17, 0)]),
        "Donnerstag, 26. November: 15 Uhr 30 oder 17 Uhr bei Sofia."
    );
    assert_eq!(
        german.booked(&visit(slot(26, 15, 30).start), None),
        "Gebucht: Donnerstag, 26. November, 15 Uhr 30, Herrenhaarschnitt bei Sofia."
    );
    assert_eq!(
        german.already_booked(&slot(26, 15, 30), None),
        "Dieser Termin ist bereits gebucht: Donnerstag, 26. November, 15 Uhr 30 bei Sofia."
    );
    let moved = Visit { staff: Some("Frau Özdemir"), ..Visit::new(datetime(2026, 12, 1, 8, 40, 0, 0)) };
    assert_eq!(german.rescheduled(&moved), "Verschoben auf Dienstag, 1. Dezember, 8 Uhr 40 bei Frau Özdemir.");
}

#[test]
fn an_offer_sounds_right_in_each_language() {
    for (speech, today, tomorrow, later) in [
        (
            Speech::German,
            "Frei ist heute um 17 Uhr bei Sofia.",
            "Frei ist morgen, Mittwoch, 25. November um 17 Uhr bei Sofia.",
            "Frei ist Donnerstag, 26. November um 15 Uhr 30 bei Sofia.",
        ),
        (
            Speech::English,
            "I have today at 5 pm with Sofia.",
            "I have tomorrow, Wednesday, 25 November at 5 pm with Sofia.",
            "I have Thursday, 26 November at 3:30 pm with Sofia.",
        ),
        (
            Speech::AmericanEnglish,
            "I have today at 5 pm with Sofia.",
            "I have tomorrow, Wednesday, November 25 at 5 pm with Sofia.",
            "I have Thursday, November 26 at 3:30 pm with Sofia.",
        ),
        (
            Speech::Turkish,
            "Bugün saat 17.00'de Sofia ile yer var.",
            "Yarın, 25 Kasım Çarşamba günü saat 17.00'de Sofia ile yer var.",
            "26 Kasım Perşembe günü saat 15.30'da Sofia ile yer var.",
        ),
        (
            Speech::Russian,
            "Свободно сегодня в 17:00, специалист Sofia.",
            "Свободно завтра, в среду, 25 ноября, в 17:00, специалист Sofia.",
            "Свободно в четверг, 26 ноября, в 15:30, специалист Sofia.",
        ),
        (
            Speech::Arabic,
            "يوجد موعد متاح اليوم الساعة 5 بعد الظهر مع Sofia.",
            "يوجد موعد متاح غدًا، يوم الأربعاء 25 نوفمبر الساعة 5 بعد الظهر مع Sofia.",
            "يوجد موعد متاح يوم الخميس 26 نوفمبر الساعة 3:30 بعد الظهر مع Sofia.",
        ),
    ] {
        let book = book(speech);
        assert_eq!(book.slots_found(&[slot(24, 17, 0)]), today);
        assert_eq!(book.slots_found(&[slot(25, 17, 0)]), tomorrow);
        assert_eq!(book.slots_found(&[slot(26, 15, 30)]), later);
    }
}

#[test]
fn a_refusal_sounds_right_in_each_language() {
    let why = NoTime::FullyBooked(Some(date(2026, 11, 26)));
    for (speech, expected) in [
        (
            Speech::German,
            "Am Donnerstag, den 26. November ist leider alles belegt. Frei ist Freitag, 27. November um 10 Uhr bei Sofia.",
        ),
        (
            Speech::English,
            "I'm afraid everything is taken on Thursday, 26 November. I have Friday, 27 November at 10 am with Sofia.",
        ),
        (
            Speech::Turkish,
            "26 Kasım Perşembe günü maalesef tüm saatler dolu. 27 Kasım Cuma günü saat 10.00'da Sofia ile yer var.",
        ),
        (
            Speech::Russian,
            "В четверг, 26 ноября, всё уже занято. Свободно в пятницу, 27 ноября, в 10:00, специалист Sofia.",
        ),
        (
            Speech::Arabic,
            "جميع المواعيد محجوزة يوم الخميس 26 نوفمبر للأسف. يوجد موعد متاح يوم الجمعة 27 نوفمبر الساعة 10 صباحًا مع Sofia.",
        ),
    ] {
        assert_eq!(book(speech).no_slots(why, &[slot(27, 10, 0)]), expected);
    }
}

#[test]
fn what_is_left_of_a_day_is_told_from_what_was_asked_for() {
    let left = [slot(26, 15, 30), slot(26, 17, 0)];
    assert_eq!(
        book(Speech::German).slot_taken(Some(&slot(26, 10, 0)), &left),
        "Der Termin um 10 Uhr wurde gerade vergeben. Frei ist noch Donnerstag, 26. November: 15 Uhr 30 oder 17 Uhr bei Sofia."
    );
}

#[test]
fn a_booking_sounds_right_in_each_language() {
    for (speech, expected) in [
        (
            Speech::German,
            "Gebucht: Donnerstag, 26. November, 15 Uhr 30, Herrenhaarschnitt bei Sofia. Ihr Bestätigungscode ist H 4 K 7.",
        ),
        (
            Speech::AmericanEnglish,
            "Booked: Thursday, November 26, 3:30 pm, Herrenhaarschnitt with Sofia. Your confirmation code is H 4 K 7.",
        ),
        (
            Speech::Turkish,
            "Randevunuz alındı: 26 Kasım Perşembe, saat 15.30, Herrenhaarschnitt Sofia ile. Onay kodunuz: H 4 K 7.",
        ),
        (
            Speech::Russian,
            "Вы записаны: четверг, 26 ноября, 15:30, Herrenhaarschnitt, специалист Sofia. Код подтверждения: H 4 K 7.",
        ),
        (
            Speech::Arabic,
            "تم الحجز: الخميس 26 نوفمبر، الساعة 3:30 بعد الظهر، Herrenhaarschnitt مع Sofia. رمز التأكيد هو H 4 K 7.",
        ),
    ] {
        assert_eq!(book(speech).booked(&visit(slot(26, 15, 30).start), Some("H4K7")), expected);
    }
}

#[test]
fn a_confirmation_never_says_only_tomorrow() {
    assert!(book(Speech::German).booked(&slot(25, 10, 0), None).contains("Mittwoch, 25. November"));
}

#[test]
fn a_date_far_away_has_its_year() {
    let german = book(Speech::German);
    assert_eq!(german.day(date(2027, 1, 7)), "Donnerstag, 7. Januar");
    assert_eq!(german.day(date(2027, 8, 3)), "Dienstag, 3. August 2027");
    assert_eq!(book(Speech::Russian).day(date(2027, 8, 3)), "вторник, 3 августа 2027 года");
}

#[test]
fn several_people_at_several_times_are_told_apart() {
    let german = book(Speech::German);
    let mehmet = Visit { staff: Some("Mehmet"), ..slot(26, 17, 0) };
    assert_eq!(
        german.slots_found(&[slot(26, 15, 30), mehmet]),
        "Donnerstag, 26. November: 15 Uhr 30 bei Sofia oder 17 Uhr bei Mehmet."
    );
    let color = Visit { service: Some("Färben"), ..mehmet };
    assert_eq!(
        german.booked_sequence(&[visit(slot(26, 15, 30).start), color], None),
        "Gebucht: Donnerstag, 26. November, 15 Uhr 30 Herrenhaarschnitt bei Sofia und 17 Uhr Färben bei Mehmet."
    );
    let nord = Visit { branch: Some("Nord"), staff: None, ..slot(27, 9, 5) };
    assert_eq!(german.slots_found(&[nord]), "Frei ist Freitag, 27. November um 9 Uhr 5 in der Filiale Nord.");
}

#[test]
fn the_hours_of_a_day_are_spoken_as_people_say_them() {
    for (hour, minute, english, arabic) in [
        (0, 0, "12 midnight", "الساعة 12 صباحًا"),
        (0, 5, "12:05 am", "الساعة 12:05 صباحًا"),
        (9, 20, "9:20 am", "الساعة 9:20 صباحًا"),
        (12, 0, "12 noon", "الساعة 12 ظهرًا"),
        (12, 30, "12:30 pm", "الساعة 12:30 ظهرًا"),
        (19, 0, "7 pm", "الساعة 7 مساءً"),
    ] {
        let time = jiff::civil::time(hour, minute, 0, 0);
        assert_eq!(book(Speech::English).time(time), english);
        assert_eq!(book(Speech::Arabic).time(time), arabic);
    }
}

#[test]
fn hostile_names_stay_names() {
    let name = "{{call_id}}\n{visit}\u{202e}".repeat(20);
    let said = book(Speech::German).booked(&Visit { staff: Some(&name), ..slot(26, 15, 30) }, Some("{}-"));
    assert!(!said.contains(['{', '}', '\n', '\u{202e}']) && said.chars().count() < 250, "{said}");
}

#[test]
fn the_last_day_of_the_calendar_is_a_day() {
    for speech in Speech::ALL {
        let last = Phrasebook::new(speech, Date::MAX);
        assert!(!last.slot(&Visit::new(Date::MAX.at(23, 59, 0, 0))).is_empty());
        assert!(!last.day(Date::MIN).is_empty());
    }
}
