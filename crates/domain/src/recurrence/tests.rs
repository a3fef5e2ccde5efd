//! Patterns expand as independent implementations say, and everything else is refused by field.

use proptest::prelude::*;

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use super::{Error, MonthDay, Nth, Occurrence, Pattern, Request, Series};

const EXPANSIONS: &str = include_str!("expansions.tsv");

fn request<'a>(pattern: &'a str, start_date: &'a str, time: &'a str) -> Request<'a> {
    Request { pattern, start_date, time, time_zone: "Europe/Berlin", ..Request::default() }
}

fn expand(request: &Request<'_>) -> Result<Vec<Occurrence>, Error> {
    Series::parse(request)?.expand()
}

#[test]
fn patterns_expand_as_the_table_says() {
    let rows: Vec<_> = EXPANSIONS.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(rows.len() >= 80, "{} rows", rows.len());
    for row in rows {
        let fields: Vec<_> = row.split('\t').collect();
        let [pattern, start_date, time, time_zone, end, expected] = fields[..] else { panic!("{row}") };
        let end_date = end.strip_prefix("until=").unwrap_or("");
        let count = end.strip_prefix("n=").map_or(0, |count| count.parse().unwrap());
        let found = expand(&Request { pattern, start_date, time, end_date, count, time_zone });
        let zone = TimeZone::get(time_zone).unwrap();
        let shown: Vec<_> = found
            .unwrap_or_else(|error| panic!("{row}: {error}"))
            .iter()
            .map(|occurrence| occurrence.at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M%:z").to_string())
            .collect();
        assert_eq!(shown.join(" "), expected, "{row}");
    }
}

#[test]
fn both_clock_changes_of_2026_are_in_the_table() {
    for needle in
        ["2026-03-29T03:30+02:00", "2026-10-25T02:30+02:00", "2026-03-08T03:30-04:00", "2026-11-01T01:30-04:00"]
    {
        assert!(EXPANSIONS.contains(needle), "{needle}");
    }
}

#[test]
fn occurrences_are_numbered_and_keep_the_wall_clock_they_were_asked_for() {
    let found = expand(&Request { count: 3, ..request("weekly:su", "2026-03-22", "02:30") }).unwrap();
    assert_eq!(found.iter().map(|occurrence| occurrence.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(found[1].local.to_string(), "2026-03-29T02:30:00");
    assert_eq!(found[1].at.to_string(), "2026-03-29T01:30:00Z");
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let with = |pattern| Request { count: 5, ..request(pattern, "2026-11-24", "10:00") };
    for (request, field) in [
        (with("weekly:xx"), "pattern"),
        (with("weekly:"), "pattern"),
        (with("weekly:mo;tu"), "pattern"),
        (with("monthly:32"), "pattern"),
        (with("monthly:0"), "pattern"),
        (with("monthly:-1"), "pattern"),
        (with("monthly:6:friday"), "pattern"),
        (with("monthly:last:x"), "pattern"),
        (with("monthly:last:friday:2"), "pattern"),
        (with("every:0weeks"), "pattern"),
        (with("every:54weeks"), "pattern"),
        (with("every:99999999999days"), "pattern"),
        (with("every:3hours"), "pattern"),
        (with("every:2days:mo"), "pattern"),
        (with("every"), "pattern"),
        (with("daily:mo"), "pattern"),
        (with("hourly"), "pattern"),
        (with("yearly"), "pattern"),
        (with(""), "pattern"),
        (with("\0"), "pattern"),
        (with("weekly:mo,we,fr DROP TABLE"), "pattern"),
        (with("FREQ=HOURLY"), "pattern"),
        (with("FREQ=SECONDLY;COUNT=5"), "pattern"),
        (with("FREQ=DAILY;BYHOUR=9,10"), "pattern"),
        (with("FREQ=DAILY;INTERVAL=0"), "pattern"),
        (with("FREQ=DAILY;INTERVAL=401"), "pattern"),
        (with("FREQ=DAILY;COUNT=0"), "pattern"),
        (with("FREQ=DAILY;COUNT=3;COUNT=4"), "pattern"),
        (with("FREQ=DAILY;UNTIL=tomorrow"), "pattern"),
        (with("FREQ=WEEKLY;BYDAY=XX"), "pattern"),
        (with("FREQ=MONTHLY;BYMONTHDAY=32"), "pattern"),
        (with("FREQ=WEEKLY;BYDAY=1MO"), "pattern"),
        (with("FREQ=DAILY;BYDAY=-1FR"), "pattern"),
        (with("FREQ=WEEKLY;BYMONTHDAY=15"), "pattern"),
        (with("FREQ=MONTHLY;BYWEEKNO=3"), "pattern"),
        (with("FREQ=DAILY;BYYEARDAY=100"), "pattern"),
        (with("FREQ=MONTHLY;BYSETPOS=1"), "pattern"),
        (with("FREQ=DAILY;FREQ=WEEKLY"), "pattern"),
        (with("FREQ=DAILY\nRDATE:20260101T000000Z"), "pattern"),
        (with("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "pattern"),
        (with("RRULE:"), "pattern"),
        (with("FREQ=SOMETIMES"), "pattern"),
        (request("daily", "2026-11-24", "10:00"), "end_date"),
        (request("FREQ=DAILY", "2026-11-24", "10:00"), "end_date"),
        (Request { start_date: "9999-12-31", ..with("daily") }, "start_date"),
        (Request { start_date: "2019-12-31", ..with("daily") }, "start_date"),
        (Request { start_date: "morgen", ..with("daily") }, "start_date"),
        (Request { start_date: "2026-02-30", ..with("daily") }, "start_date"),
        (Request { time: "25:00", ..with("daily") }, "time"),
        (Request { time: "halb vier", ..with("daily") }, "time"),
        (Request { time: "10:00:30", ..with("daily") }, "time"),
        (Request { time: "", ..with("daily") }, "time"),
        (Request { end_date: "9999-12-31", ..with("monthly:1") }, "end_date"),
        (Request { end_date: "2026-11-23", ..with("daily") }, "end_date"),
        (Request { end_date: "soon", ..with("daily") }, "end_date"),
        (Request { count: 367, ..with("daily") }, "count"),
        (Request { count: u32::MAX, ..with("daily") }, "count"),
        (Request { count: 0, ..with("FREQ=DAILY;COUNT=367") }, "count"),
        (Request { count: 130, ..with("monthly:31") }, "count"),
        (Request { count: 12, ..with("FREQ=YEARLY") }, "count"),
        (Request { time_zone: "Europe/Atlantis", ..with("daily") }, "time_zone"),
        (Request { count: 0, end_date: "2027-11-25", ..with("daily") }, "end_date"),
        (Request { count: 0, end_date: "2026-11-29", ..with("weekly:mo") }, "pattern"),
    ] {
        let error = expand(&request).expect_err(&format!("{request:?}"));
        assert_eq!(error.field(), field, "{request:?}: {error}");
        assert!(error.to_string().starts_with(field) || field == "end_date", "{error}");
    }
}

#[test]
fn a_year_of_days_is_the_most() {
    let year = |end_date| expand(&Request { end_date, ..request("daily", "2028-01-01", "09:00") });
    assert_eq!(year("2028-12-31").unwrap().len(), 366);
    assert_eq!(year("2029-01-01").unwrap_err(), Error::TooMany);
    assert_eq!(expand(&Request { count: 366, ..request("daily", "2028-01-01", "09:00") }).unwrap().len(), 366);
}

#[test]
fn rules_that_never_fit_are_given_up() {
    for pattern in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=WEEKLY;INTERVAL=2;BYMONTH=2;BYDAY=MO;BYSETPOS=5",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO",
        "FREQ=YEARLY;INTERVAL=400",
    ] {
        let error = expand(&Request { count: 2, ..request(pattern, "2026-11-24", "10:00") }).unwrap_err();
        assert!(matches!(error, Error::Never | Error::TooFar), "{pattern}: {error}");
    }
}

#[test]
fn the_nearer_of_two_ends_holds() {
    let both = |count, end_date| {
        expand(&Request { count, end_date, ..request("daily", "2026-11-24", "09:00") }).unwrap().len()
    };
    assert_eq!(both(3, "2026-12-24"), 3);
    assert_eq!(both(30, "2026-11-26"), 3);
    let rule = |pattern, count| expand(&Request { count, ..request(pattern, "2026-11-24", "09:00") }).unwrap().len();
    assert_eq!(rule("FREQ=DAILY;COUNT=5", 3), 3);
    assert_eq!(rule("FREQ=DAILY;COUNT=3", 5), 3);
    assert_eq!(rule("FREQ=DAILY;UNTIL=20261125", 5), 2);
}

#[test]
fn a_pattern_has_one_text() {
    for (text, canonical) in [
        ("weekly:fr,mo", "weekly:mo,fr"),
        ("Weekly : Friday , montag", "weekly:mo,fr"),
        ("every:1weeks:th", "weekly:th"),
        ("every:2weeks", "biweekly"),
        ("every:1month:15", "monthly:15"),
        ("monthly:last,15,2:tuesday", "monthly:15,last,2:tu"),
        ("every:1days", "daily"),
        ("every:3months:last:fri", "every:3months:last:fr"),
        ("rrule:freq=daily;until=20261231T225959z;interval=2", "FREQ=DAILY;INTERVAL=2;UNTIL=20261231T225959Z"),
        ("FREQ=WEEKLY;COUNT=5;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO;COUNT=5"),
    ] {
        let pattern: Pattern = text.parse().unwrap();
        assert_eq!(pattern.to_string(), canonical);
        assert_eq!(canonical.parse::<Pattern>().unwrap(), pattern);
    }
}

/// Writes a pattern as an RFC 5545 rule, to compare two ways of expanding it.
fn as_rule(pattern: &Pattern) -> String {
    let two = |name: &str| name.to_uppercase();
    match pattern {
        Pattern::Days { every } => format!("FREQ=DAILY;INTERVAL={every}"),
        Pattern::Weeks { every, days } => {
            let days: Vec<_> = days.iter().map(|day| two(day.name())).collect();
            format!("FREQ=WEEKLY;INTERVAL={every};BYDAY={}", days.join(","))
        }
        Pattern::Months { every, days } => {
            let (key, day) = match days[0] {
                MonthDay::Day(day) => ("BYMONTHDAY", day.to_string()),
                MonthDay::Last => ("BYMONTHDAY", "-1".to_owned()),
                MonthDay::Weekday(Nth::Number(nth), day) => ("BYDAY", format!("{nth}{}", two(day.name()))),
                MonthDay::Weekday(Nth::Last, day) => ("BYDAY", format!("-1{}", two(day.name()))),
            };
            format!("FREQ=MONTHLY;INTERVAL={every};{key}={day}")
        }
        Pattern::Rule(rule) => rule.to_string(),
    }
}

proptest! {
    #[test]
    fn our_patterns_and_the_librarys_rules_agree(
        pattern in prop_oneof![
            (1_u16..40).prop_map(|every| format!("every:{every}days")),
            (1_u16..6, 1_u8..128).prop_map(|(every, bits)| {
                let names = ["mo", "tu", "we", "th", "fr", "sa", "su"];
                let days: Vec<_> = (0..7).filter(|day| bits & 1 << day != 0).map(|day| names[day]).collect();
                format!("every:{every}weeks:{}", days.join(","))
            }),
            (1_u16..7, 1_u8..32).prop_map(|(every, day)| format!("every:{every}months:{day}")),
            (1_u16..7, 0_usize..6, 0_usize..7).prop_map(|(every, nth, day)| {
                let nth = ["1", "2", "3", "4", "5", "last"][nth];
                format!("every:{every}months:{nth}:{}", ["mo", "tu", "we", "th", "fr", "sa", "su"][day])
            }),
        ],
        ahead in 0_i64..1_500,
        count in 1_u32..25,
    ) {
        let start = Date::constant(2025, 1, 1).checked_add(ahead.days()).unwrap().to_string();
        let ours = expand(&Request { count, ..request(&pattern, &start, "02:30") });
        let Ok(ours) = ours else { return Ok(()) };
        // The rule counts its intervals from its start, which therefore has to fit.
        let first = ours[0].local.date().to_string();
        let rule = as_rule(&pattern.parse().unwrap());
        let theirs = expand(&Request { count, ..request(&rule, &first, "02:30") }).unwrap();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn occurrences_are_in_order_and_bounded(pattern in "(daily|weekly:(mo|su),th|monthly:(29|31|last)|every:[1-9]weeks)", count in 1_u32..=366) {
        if let Ok(found) = expand(&Request { count, ..request(&pattern, "2026-01-31", "02:30") }) {
            prop_assert!(found.is_sorted_by(|a, b| a.at < b.at && a.local < b.local));
            prop_assert_eq!(found.len(), count as usize);
        }
    }

    #[test]
    fn no_text_panics(
        pattern in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;(BYDAY|BYMONTHDAY|BYSETPOS|BYMONTH|BYYEARDAY|BYWEEKNO|INTERVAL|UNTIL|COUNT|WKST)=-?[0-9A-Z,]{0,8}){0,3})|(weekly|monthly|every|biweekly):[a-z0-9:,]{0,20}|.{0,60}",
        date in "20[0-9]{2}-[01][0-9]-[0-3][0-9]|.{0,12}",
        time in "[0-2]?[0-9]:[0-5][0-9]|.{0,8}",
        count in 0_u32..400,
    ) {
        let _ = expand(&Request { count, ..request(&pattern, &date, &time) });
    }
}
