//! Searches at a small salon built by hand: Berlin, open on weekdays from 9 to 12 and 13 to 18.

use jiff::civil::date;

use super::*;
use crate::{
    day::{BranchRows, Busy, RoomRow, StaffRow},
    hold::Resource,
    id::{CompanyId, RoomId},
    language::Language,
    policy::Weights,
    schedule::{DayRange, Schedule, Span, TimeWindow},
    slot::{Alignment, SlotRule},
};

struct Salon {
    company: Schedule,
    schedule: Schedule,
    staff: Vec<StaffRow>,
    rooms: Vec<RoomRow>,
    busy: Vec<Busy>,
    held: Vec<Segment>,
}

fn staff(slug: &str) -> StaffId {
    CompanyId::from_slug("haarwerk").staff(slug)
}

fn room(slug: &str) -> RoomId {
    CompanyId::from_slug("haarwerk").room(slug)
}

fn schedule(json: &str) -> Schedule {
    serde_json::from_str(json).unwrap()
}

/// The instant of a local time in Berlin, in winter, as `"25 10:30"` of November 2026.
fn at(text: &str) -> i64 {
    let (day, time) = text.split_once(' ').unwrap();
    format!("2026-11-{day}T{time}+01:00[Europe/Berlin]").parse::<jiff::Zoned>().unwrap().timestamp().as_second() / 60
}

fn clock(minute: i64) -> String {
    let zoned = Span::new(minute, minute).begin().in_tz("Europe/Berlin").unwrap();
    zoned.strftime("%d %H:%M").to_string()
}

impl Salon {
    /// Sofia cuts and colours and speaks German and Turkish, Ben cuts and speaks English.
    fn new() -> Self {
        let person = |slug: &str, skills: &[&str], languages: &[Language]| StaffRow {
            id: staff(slug),
            schedule: Schedule::default(),
            schedule_version: 1,
            skills: skills.iter().map(ToString::to_string).collect(),
            languages: languages.to_vec(),
        };
        Self {
            company: schedule(r#"{"holidays":[{"date":"2026-11-26","name":"Betriebsfeier"}]}"#),
            schedule: schedule(
                r#"{"hours":[{"days":"mo-fr","from":"09:00","to":"12:00"},{"days":"mo-fr","from":"13:00","to":"18:00"}]}"#,
            ),
            staff: vec![
                person("sofia", &["schnitt", "farbe"], &[Language::DE, Language::TR]),
                person("ben", &["schnitt"], &[Language::EN]),
            ],
            rooms: vec![RoomRow { id: room("kabine-1"), kind: "kabine".into() }],
            busy: Vec::new(),
            held: Vec::new(),
        }
    }

    fn taken(mut self, resource: Resource, from: &str, to: &str) -> Self {
        self.busy.push(Busy { resource, span: Span::new(at(from), at(to)) });
        self
    }

    fn search(&self, request: &SearchRequest) -> Outcome {
        let zone = Zone::load("Europe/Berlin").unwrap();
        let rows = BranchRows {
            branch: CompanyId::from_slug("haarwerk").branch("mitte"),
            zone: &zone,
            company: &self.company,
            schedule: &self.schedule,
            staff: &self.staff,
            rooms: &self.rooms,
            busy: &self.busy,
            read_at: request.now,
        };
        let days = rows.days(DayRange::new(date(2026, 11, 24), date(2026, 12, 4)).unwrap()).unwrap();
        search(&zone, &days, &self.held, request).unwrap()
    }
}

/// A cut of 30 minutes, asked for on Tuesday 24 November at 8 in the morning.
fn request(wish: Wish) -> SearchRequest {
    SearchRequest {
        service: ServiceNeed {
            rule: SlotRule::new(30, 15, Alignment::Clock).unwrap(),
            notice_min: 60,
            advance_days: 30,
            required_skills: vec!["schnitt".into()],
            room_kind: None,
        },
        wish,
        times: None,
        only: Vec::new(),
        without: Vec::new(),
        language: None,
        preferences: Vec::new(),
        weights: Weights::default(),
        count: 3,
        now: Span::new(at("24 08:00"), 0).begin(),
    }
}

fn day(number: &str) -> Span {
    Span::new(at(&format!("{number} 00:00")), at(&format!("{number} 23:59")) + 1)
}

fn starts(outcome: &Outcome) -> Vec<String> {
    outcome.offers.iter().map(|offer| clock(offer.service.from)).collect()
}

fn kinds(outcome: &Outcome) -> Vec<(AlternativeKind, String)> {
    outcome.alternatives.iter().map(|other| (other.kind, clock(other.offer.service.from))).collect()
}

#[test]
fn the_earliest_the_nearest_and_a_spread_are_found() {
    let salon = Salon::new();
    let earliest = salon.search(&request(Wish::Earliest(day("25"))));
    assert_eq!(starts(&earliest), ["25 09:00", "25 09:15", "25 09:30"]);
    assert_eq!((earliest.reason, earliest.starts.len(), earliest.alternatives.len()), (None, 11 + 19, 0));
    let near = salon.search(&request(Wish::Near { minute: at("25 12:20"), within: day("25") }));
    assert_eq!(starts(&near), ["25 13:00", "25 11:30", "25 13:15"]);
    assert_eq!(starts(&salon.search(&request(Wish::Spread(day("25"))))), ["25 09:00", "25 13:45", "25 17:30"]);
    assert_eq!(starts(&salon.search(&request(Wish::At(at("25 10:00"))))), ["25 10:00"]);
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

#[test]
fn too_short_notice_is_neither_offered_nor_hidden() {
    let salon = Salon::new();
    // At 9:53 the start at 10:00 is seven minutes away; an hour's notice allows 11:00 at the earliest.
    let now = Span::new(at("24 09:53"), 0).begin();
    let today = salon.search(&SearchRequest { now, ..request(Wish::Earliest(day("24"))) });
    assert_eq!(starts(&today)[0], "24 11:00");
    let soon = salon.search(&SearchRequest { now, ..request(Wish::At(at("24 10:00"))) });
    assert_eq!(soon.reason, Some(Reason::Notice { earliest: Span::new(at("24 10:53"), 0).begin() }));
    assert_eq!(kinds(&soon), [(AlternativeKind::NextFree, "24 11:00".to_owned())]);
    // A second later the minute has begun and counts as gone.
    let late = Timestamp::from_second(at("24 10:00") * 60 + 1).unwrap();
    let found = salon.search(&SearchRequest { now: late, ..request(Wish::Earliest(day("24"))) });
    assert_eq!(starts(&found)[0], "24 11:15");
}

#[test]
fn every_reason_is_told_and_comes_with_what_is_closest() {
    let salon = Salon::new();
    let reason = |request: &SearchRequest| salon.search(request).reason.unwrap();
    assert_eq!(reason(&request(Wish::Earliest(day("28")))), Reason::Closed { why: None });
    assert_eq!(reason(&request(Wish::At(at("25 12:15")))), Reason::Closed { why: None });
    assert_eq!(reason(&request(Wish::At(at("25 17:45")))), Reason::Closed { why: None }, "closing time is too near");
    let party = Reason::Holiday { name: "Betriebsfeier".into(), date: date(2026, 11, 26) };
    let holiday = salon.search(&request(Wish::Earliest(day("26"))));
    assert_eq!(holiday.reason, Some(party));
    assert_eq!(
        kinds(&holiday),
        [(AlternativeKind::NextFree, "27 09:00".to_owned()), (AlternativeKind::Earlier, "25 17:30".to_owned())]
    );
    assert_eq!(reason(&request(Wish::At(at("24 07:00")))), Reason::Past);
    assert_eq!(reason(&request(Wish::At(at("25 10:10")))), Reason::BetweenStarts { step_min: 15 });
    let mut far = request(Wish::Earliest(day("27")));
    far.service.advance_days = 2;
    assert_eq!(reason(&far), Reason::TooFarAhead { latest: Span::new(at("26 08:00"), 0).begin() });
    let mut skill = request(Wish::Earliest(day("25")));
    skill.service.required_skills = vec!["schnitt".into(), "perücke".into()];
    assert_eq!(reason(&skill), Reason::NoSkill { skills: skill.service.required_skills.clone() });
    assert_eq!(
        reason(&SearchRequest { only: vec![staff("nobody")], ..request(Wish::At(at("25 10:00"))) }),
        Reason::UnknownStaff
    );
    assert_eq!(Outcome::refused(Reason::UnknownService).reason.unwrap().as_str(), "unknown_service");
}

#[test]
fn booked_absent_and_without_a_room_are_told_apart() {
    let both = |salon: Salon| {
        let sofia = salon.taken(Resource::Staff(staff("sofia")), "25 10:00", "25 11:00");
        sofia.taken(Resource::Staff(staff("ben")), "25 10:00", "25 10:30")
    };
    let booked = both(Salon::new()).search(&request(Wish::At(at("25 10:00"))));
    assert_eq!(booked.reason, Some(Reason::FullyBooked));
    assert_eq!(
        kinds(&booked),
        [(AlternativeKind::NextFree, "25 10:30".to_owned()), (AlternativeKind::Earlier, "25 09:30".to_owned())]
    );
    let mut absent = Salon::new();
    absent
        .staff
        .iter_mut()
        .for_each(|row| row.schedule = schedule(r#"{"time_off":[{"from":"2026-11-25","to":"2026-11-25"}]}"#));
    assert_eq!(absent.search(&request(Wish::Earliest(day("25")))).reason, Some(Reason::NobodyAvailable));
    let cabin = Salon::new().taken(Resource::Room(room("kabine-1")), "25 10:15", "25 10:45");
    let mut wish = request(Wish::At(at("25 10:00")));
    wish.service.room_kind = Some("kabine".into());
    let outcome = cabin.search(&wish);
    assert_eq!(outcome.reason, Some(Reason::NoRoom { kind: "kabine".into() }));
    assert_eq!(outcome.alternatives[0].offer.room, Some(room("kabine-1")));
    assert_eq!(clock(outcome.alternatives[0].offer.service.from), "25 10:45");
}

#[test]
fn what_is_held_for_somebody_else_is_not_offered() {
    let mut salon = Salon::new();
    let segment = |slug| Segment::new(Resource::Staff(staff(slug)), at("25 10:00"), at("25 10:45")).unwrap();
    salon.held = vec![segment("sofia")];
    let outcome = salon.search(&request(Wish::At(at("25 10:30"))));
    assert_eq!(outcome.offers[0].candidates.iter().map(|free| free.staff).collect::<Vec<_>>(), [staff("ben")]);
    salon.held.push(segment("ben"));
    assert_eq!(salon.search(&request(Wish::At(at("25 10:30")))).reason, Some(Reason::FullyBooked));
    // A hold between the cells blocks just its minutes.
    salon.held = vec![Segment::new(Resource::Staff(staff("sofia")), at("25 10:31"), at("25 10:44")).unwrap()];
    let only = vec![staff("sofia")];
    let mut one = SearchRequest { only, ..request(Wish::At(at("25 10:15"))) };
    one.service.rule = SlotRule::new(16, 15, Alignment::Clock).unwrap();
    assert_eq!(starts(&salon.search(&one)), ["25 10:15"]);
    one.service.rule = SlotRule::new(17, 15, Alignment::Clock).unwrap();
    assert_eq!(salon.search(&one).reason, Some(Reason::FullyBooked));
}

#[test]
fn a_named_person_who_is_busy_comes_with_others_at_the_same_time() {
    let salon = Salon::new().taken(Resource::Staff(staff("sofia")), "25 09:00", "25 12:00");
    let outcome = salon.search(&SearchRequest { only: vec![staff("sofia")], ..request(Wish::At(at("25 10:00"))) });
    assert_eq!(outcome.reason, Some(Reason::FullyBooked));
    assert_eq!(
        kinds(&outcome),
        [
            (AlternativeKind::NextFree, "25 13:00".to_owned()),
            (AlternativeKind::Earlier, "24 17:30".to_owned()),
            (AlternativeKind::OtherStaff, "25 10:00".to_owned()),
        ]
    );
    assert_eq!(outcome.alternatives[2].offer.candidates[0].staff, staff("ben"));
}

#[test]
fn candidates_are_ordered_by_score_and_the_language_is_told() {
    let salon = Salon::new();
    let wish = Wish::At(at("25 10:00"));
    let first = |request: &SearchRequest| {
        let outcome = salon.search(request);
        (outcome.offers[0].candidates[0].staff, outcome.speaks)
    };
    let language = |language| SearchRequest { language: Some(language), ..request(wish) };
    assert_eq!(first(&language(Language::TR)), (staff("sofia"), Some(true)));
    assert_eq!(first(&language(Language::EN)), (staff("ben"), Some(true)));
    assert_eq!(salon.search(&language(Language::AR)).speaks, Some(false));
    let regular = SearchRequest { preferences: vec![(staff("ben"), 1.0)], ..language(Language::TR) };
    assert_eq!(first(&regular).0, staff("ben"), "preference weighs more than language");
    let full = Salon::new().taken(Resource::Staff(staff("ben")), "25 13:00", "25 18:00");
    let fresh = full.search(&request(wish)).offers.remove(0).candidates;
    assert_eq!((fresh[0].staff, fresh[1].appointments), (staff("sofia"), 1));
    assert!(fresh[1].score.parts.free_day < 0.4 && fresh[1].score.parts.balance < 1.0);
}

#[test]
fn buffers_are_part_of_what_has_to_be_free() {
    let salon = Salon::new().taken(Resource::Staff(staff("sofia")), "25 10:00", "25 10:30");
    let mut wish = SearchRequest {
        only: vec![staff("sofia")],
        count: 20,
        ..request(Wish::Earliest(Span::new(at("25 09:00"), at("25 12:00"))))
    };
    wish.service.rule = SlotRule::new(30, 15, Alignment::Clock).unwrap().with_buffers(5, 10).unwrap();
    let outcome = salon.search(&wish);
    assert_eq!(starts(&outcome), ["25 09:15", "25 10:45", "25 11:00", "25 11:15"]);
    let offer = &outcome.offers[0];
    assert_eq!((clock(offer.block.from), clock(offer.block.to)), ("25 09:10".to_owned(), "25 09:55".to_owned()));
}

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
fn a_branch_without_days_or_staff_still_says_why() {
    let zone = Zone::load("Europe/Berlin").unwrap();
    let mut bare = request(Wish::Earliest(day("25")));
    bare.service.required_skills.clear();
    assert_eq!(search(&zone, &[], &[], &bare).unwrap().reason, Some(Reason::Closed { why: None }));
    let mut empty = Salon::new();
    empty.staff.clear();
    assert_eq!(empty.search(&bare).reason, Some(Reason::NobodyAvailable));
}
