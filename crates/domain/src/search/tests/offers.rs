//! What is found, and for whom.

use super::*;

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
