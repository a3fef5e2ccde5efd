//! Why there is nothing, and what is offered instead.

use super::*;

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
fn a_branch_without_days_or_staff_still_says_why() {
    let zone = Zone::load("Europe/Berlin").unwrap();
    let mut bare = request(Wish::Earliest(day("25")));
    bare.service.required_skills.clear();
    assert_eq!(search(&zone, &[], &[], &bare).unwrap().reason, Some(Reason::Closed { why: None }));
    let mut empty = Salon::new();
    empty.staff.clear();
    assert_eq!(empty.search(&bare).reason, Some(Reason::NobodyAvailable));
}
