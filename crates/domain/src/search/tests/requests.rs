//! What is asked, and what is refused.

use super::*;

#[test]
fn senseless_requests_are_refused_before_any_work() {
    let zone = Zone::load("Europe/Berlin").unwrap();
    let refused = |request: &SearchRequest| search(&zone, &[], &[], request).unwrap_err();
    assert_eq!(refused(&request(Wish::Earliest(Span::new(at("25 12:00"), at("25 12:00"))))), Error::WindowReversed);
    let decades = Span::new(at("25 00:00"), at("25 00:00") + 10_000 * 1440);
    assert!(matches!(refused(&request(Wish::Earliest(decades))), Error::DatesTooMany { days: 10_001 }));
    for minute in [i64::MIN, i64::MAX - 1, 4_223_371_680, -6_000_000] {
        assert!(matches!(refused(&request(Wish::At(minute))), Error::DateOutside { .. }), "{minute}");
    }
    let count = |count| refused(&SearchRequest { count, ..request(Wish::At(at("25 10:00"))) });
    assert_eq!(count(0), Error::Count { count: 0, accepted: 200 });
    assert_eq!(count(201).to_string(), "201 answers asked for; accepted are 1 to 200");
    let mut policy = request(Wish::At(at("25 10:00")));
    policy.service.notice_min = -1;
    assert_eq!(refused(&policy).to_string(), "a notice in minutes of -1; accepted are 0 to 527040");
}

#[test]
fn the_days_a_wish_needs_reach_over_midnight_when_the_service_does() {
    let zone = Zone::load("Europe/Berlin").unwrap();
    let dates = |wish| request(wish).days(&zone).map(|days| (days.first(), days.last())).unwrap();
    assert_eq!(dates(Wish::At(at("25 10:00"))), (date(2026, 11, 25), date(2026, 11, 25)));
    assert_eq!(dates(Wish::At(at("25 23:45"))), (date(2026, 11, 25), date(2026, 11, 26)));
    assert_eq!(dates(Wish::Earliest(day("25"))), (date(2026, 11, 25), date(2026, 11, 26)));
}

#[test]
fn times_of_day_narrow_every_day_of_the_wish() {
    let week = Span::new(at("24 00:00"), at("27 23:00"));
    let times = |from: &str, to: &str| Some(TimeWindow { from: from.parse().unwrap(), to: to.parse().unwrap() });
    let found = Salon::new().search(&SearchRequest {
        times: times("17:15", "20:00"),
        count: 9,
        ..request(Wish::Earliest(week))
    });
    assert_eq!(starts(&found), ["24 17:15", "24 17:30", "25 17:15", "25 17:30", "27 17:15", "27 17:30"]);
    let never = SearchRequest {
        times: times("20:00", "21:00"),
        ..request(Wish::Earliest(Span::new(at("25 09:00"), at("25 12:00"))))
    };
    let zone = Zone::load("Europe/Berlin").unwrap();
    assert_eq!(search(&zone, &[], &[], &never).unwrap_err(), Error::WindowEmpty);
}
