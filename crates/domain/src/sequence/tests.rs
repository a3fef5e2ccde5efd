//! What is found is what a search through everything finds, only sooner.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{cell::BitRow, schedule::Spans, slot::Alignment};

const DAY: i64 = 1_440;

fn rule(duration: i64, before: i64, after: i64) -> SlotRule {
    SlotRule::new(duration, 5, Alignment::Clock).unwrap().with_buffers(before, after).unwrap()
}

fn staff(number: usize) -> StaffId {
    StaffId(Uuid::from_u128(number as u128))
}

fn room(number: usize) -> RoomId {
    RoomId(Uuid::from_u128(1_000 + number as u128))
}

/// Every start of the rule in the free times.
fn starts(free: &[(i64, i64)], rule: SlotRule, cover: i64) -> Starts {
    let spans: Spans = free.iter().map(|(from, to)| Span::new(*from, *to)).collect();
    let block = rule.block_at(0);
    BitRow::free_during(Span::new(0, cover), &spans).fits(-block.from, block.to)
}

/// Number, free times, score.
type Person<'a> = (usize, &'a [(i64, i64)], f64);

fn step(number: usize, rule: SlotRule, people: &[Person<'_>]) -> Step {
    let free = |(person, free, score): &Person<'_>| FreeStaff {
        staff: staff(*person),
        starts: starts(free, rule, DAY),
        score: *score,
    };
    let service = ServiceId(Uuid::from_u128(number as u128));
    Step { service, rule, staff: people.iter().map(free).collect(), rooms: Vec::new() }
}

fn request(steps: &[Step]) -> Request<'_> {
    Request {
        steps,
        gaps: Gaps::uniform(steps.len(), 15),
        order: Order::AsGiven,
        same_staff: false,
        window: Span::new(0, DAY),
        grid: None,
        count: 1,
    }
}

fn shown(sequence: &Sequence) -> Vec<(usize, u128, i64)> {
    sequence.parts.iter().map(|part| (part.step, part.staff.uuid().as_u128(), part.served.from)).collect()
}

#[test]
fn services_follow_each_other_with_the_gap_between_them() {
    let steps =
        [step(0, rule(30, 0, 0), &[(1, &[(540, 600)], 0.5)]), step(1, rule(60, 0, 0), &[(2, &[(540, 720)], 0.5)])];
    let found = find(&request(&steps)).unwrap();
    assert_eq!(shown(&found[0]), [(0, 1, 540), (1, 2, 585)]);
    assert_eq!((found[0].staff_count, found[0].start()), (2, 540));
    let none = find(&Request { gaps: Gaps::uniform(2, 0), ..request(&steps) }).unwrap();
    assert_eq!(shown(&none[0]), [(0, 1, 540), (1, 2, 570)]);
}

#[test]
fn one_person_is_preferred_to_two_and_a_better_one_to_a_worse() {
    let all_day: &[(i64, i64)] = &[(540, 1_080)];
    let steps = [
        step(0, rule(30, 0, 0), &[(1, all_day, 0.9), (2, all_day, 0.2), (3, all_day, 0.3)]),
        step(1, rule(30, 0, 0), &[(2, all_day, 0.2), (3, all_day, 0.3), (4, all_day, 0.9)]),
    ];
    let found = find(&request(&steps)).unwrap();
    assert_eq!(shown(&found[0]), [(0, 3, 540), (1, 3, 585)]);
    assert!((found[0].score - 0.3).abs() < 1e-9);
}

#[test]
fn an_earlier_start_is_worth_a_second_person() {
    let steps = [
        step(0, rule(30, 0, 0), &[(1, &[(540, 1_080)], 0.9)]),
        step(1, rule(30, 0, 0), &[(1, &[(720, 1_080)], 0.9), (2, &[(540, 720)], 0.1)]),
    ];
    assert_eq!(shown(&find(&request(&steps)).unwrap()[0]), [(0, 1, 540), (1, 2, 585)]);
    let same = Request { same_staff: true, ..request(&steps) };
    assert_eq!(shown(&find(&same).unwrap()[0]), [(0, 1, 675), (1, 1, 720)]);
}

#[test]
fn any_order_finds_what_the_given_one_does_not() {
    let steps =
        [step(0, rule(30, 0, 0), &[(1, &[(720, 780)], 0.5)]), step(1, rule(30, 0, 0), &[(1, &[(660, 720)], 0.5)])];
    assert_eq!(find(&request(&steps)).unwrap(), []);
    let found = find(&Request { order: Order::Any, ..request(&steps) }).unwrap();
    assert_eq!(shown(&found[0]), [(1, 1, 675), (0, 1, 720)]);
}

#[test]
fn a_pair_with_its_own_gap_uses_it_in_its_direction() {
    let all_day: &[(i64, i64)] = &[(540, 1_080)];
    let steps = [step(0, rule(30, 0, 0), &[(1, all_day, 0.5)]), step(1, rule(45, 0, 0), &[(1, all_day, 0.5)])];
    let gaps = Gaps::of(2, |first, second| if (first, second) == (1, 0) { 5 } else { 15 });
    let given = find(&Request { gaps: gaps.clone(), ..request(&steps) }).unwrap();
    assert_eq!(shown(&given[0]), [(0, 1, 540), (1, 1, 585)]);
    let first_only: &[(i64, i64)] = &[(540, 585)];
    let steps = [step(0, rule(30, 0, 0), &[(1, all_day, 0.5)]), step(1, rule(45, 0, 0), &[(2, first_only, 0.5)])];
    let turned = find(&Request { gaps, order: Order::Any, ..request(&steps) }).unwrap();
    assert_eq!(shown(&turned[0]), [(1, 2, 540), (0, 1, 590)]);
}

#[test]
fn buffers_that_would_overlap_need_another_person() {
    let all_day: &[(i64, i64)] = &[(540, 1_080)];
    let tidy = rule(30, 0, 10);
    let both = [step(0, tidy, &[(1, all_day, 0.9)]), step(1, rule(30, 10, 0), &[(1, all_day, 0.9), (2, all_day, 0.1)])];
    let found = find(&request(&both)).unwrap();
    assert_eq!(shown(&found[0]), [(0, 1, 540), (1, 2, 585)]);
    // Alone, the person cannot do it at this gap, and can with a longer one.
    let alone = [both[0].clone(), step(1, rule(30, 10, 0), &[(1, all_day, 0.9)])];
    assert_eq!(find(&request(&alone)).unwrap(), []);
    assert_eq!(find(&Request { gaps: Gaps::uniform(2, 20), ..request(&alone) }).unwrap()[0].staff_count, 1);
}

#[test]
fn two_services_in_a_row_do_not_share_a_room_whose_buffers_overlap() {
    let all_day: &[(i64, i64)] = &[(540, 1_080)];
    let wet = rule(30, 0, 10);
    let with_rooms = |number: usize, rooms: &[usize]| {
        let mut step = step(number, wet, &[(number + 1, all_day, 0.5)]);
        step.rooms = rooms.iter().map(|n| FreeRoom { room: room(*n), starts: starts(all_day, wet, DAY) }).collect();
        step
    };
    let gaps = Gaps::uniform(2, 0);
    let one = [with_rooms(0, &[1]), with_rooms(1, &[1])];
    assert_eq!(find(&Request { gaps: gaps.clone(), ..request(&one) }).unwrap(), []);
    let two = [with_rooms(0, &[1, 2]), with_rooms(1, &[1])];
    let found = find(&Request { gaps, ..request(&two) }).unwrap();
    let rooms: Vec<_> = found[0].parts.iter().map(|part| part.room).collect();
    assert_eq!(rooms, [Some(room(2)), Some(room(1))]);
}

#[test]
fn sequences_begin_on_the_local_grid_and_come_in_order() {
    let zone = Zone::load("Australia/Eucla").unwrap();
    let all_day: &[(i64, i64)] = &[(540, 1_080)];
    let steps = [step(0, rule(20, 0, 0), &[(1, all_day, 0.5)]), step(1, rule(20, 0, 0), &[(1, all_day, 0.5)])];
    let found = find(&Request { grid: Some((&zone, 30)), count: 3, ..request(&steps) }).unwrap();
    // Eucla is 8:45 ahead, so its half hours are at quarter past and to.
    assert_eq!(found.iter().map(Sequence::start).collect::<Vec<_>>(), [555, 585, 615]);
}

#[test]
fn what_cannot_be_looked_for_is_refused() {
    let all_day: &[(i64, i64)] = &[(540, 1_080)];
    let steps: Vec<Step> = (0..9).map(|n| step(n, rule(30, 0, 0), &[(1, all_day, 0.5)])).collect();
    for (request, field) in [
        (request(&steps[..0]), "services"),
        (request(&steps[..1]), "services"),
        (request(&steps), "services"),
        (Request { gaps: Gaps::uniform(2, -5), ..request(&steps[..2]) }, "gap_min"),
        (Request { gaps: Gaps::uniform(2, 241), ..request(&steps[..2]) }, "gap_min"),
        (Request { gaps: Gaps::uniform(3, 15), ..request(&steps[..2]) }, "gap_min"),
        (Request { window: Span::new(10, 10), ..request(&steps[..2]) }, "window"),
        (Request { window: Span::new(i64::MIN, i64::MAX), ..request(&steps[..2]) }, "window"),
        (Request { window: Span::new(0, 8 * DAY), ..request(&steps[..2]) }, "window"),
    ] {
        assert_eq!(find(&request).unwrap_err().field(), field);
    }
}

#[test]
fn forbidden_combinations_are_named() {
    let forbids = |first: &str, second: &str| (first, second) == ("dauerwelle", "faerben");
    assert_eq!(check_combination(&["schnitt", "faerben"], forbids), Ok(()));
    for services in [["dauerwelle", "schnitt", "faerben"], ["faerben", "schnitt", "dauerwelle"]] {
        let error = check_combination(&services, forbids).unwrap_err();
        assert!(error.to_string().ends_with("cannot be part of the same visit"), "{error}");
        assert_eq!(error.field(), "services");
    }
}

/// Eight services over seven days with twelve people who can each do three of them.
fn large() -> Vec<Step> {
    let cover = 7 * DAY;
    (0..8)
        .map(|number| {
            let rule = rule(20 + 5 * (number as i64 % 5), 0, 5);
            let people = (0..12).filter(|person| (person + number) % 4 == 0 || person % 8 == number);
            let free = people.map(|person| {
                // Free on and off, and long enough for everything only on the last days.
                let free: Vec<_> = (0..7)
                    .flat_map(|day| {
                        let length = 60 + 90 * day;
                        let from = day * DAY + 540 + 20 * (person as i64 % 3);
                        [(from, from + length), (from + length + 35, day * DAY + 1_080)]
                    })
                    .collect();
                FreeStaff { staff: staff(person), starts: starts(&free, rule, cover), score: person as f64 / 12.0 }
            });
            let service = ServiceId(Uuid::from_u128(number as u128));
            Step { service, rule, staff: free.collect(), rooms: Vec::new() }
        })
        .collect()
}

#[test]
fn eight_services_in_any_order_are_found_without_trying_every_order() {
    let steps = large();
    let request = Request { order: Order::Any, window: Span::new(0, 7 * DAY), ..request(&steps) };
    let started = std::time::Instant::now();
    let found = find(&request).unwrap();
    // 20 ms is the limit of an optimised build; trying 40,320 orders at each start takes minutes.
    assert!(started.elapsed().as_millis() < 3_000, "{:?}", started.elapsed());
    assert_eq!(found[0].parts.iter().map(|part| part.step).collect::<BTreeSet<_>>().len(), 8);
    check(&request, &found[0]);
}

/// Asserts that a sequence is one: nobody and nothing twice at a time, gaps kept, all free.
fn check(request: &Request<'_>, sequence: &Sequence) {
    assert!(sequence.parts.len() == request.steps.len() && request.window.contains(sequence.start()));
    for (place, part) in sequence.parts.iter().enumerate() {
        let step = &request.steps[part.step];
        let free = step.staff.iter().find(|free| free.staff == part.staff).unwrap();
        assert!(free.starts.contains(part.served.from));
        assert_eq!(part.room.is_some(), !step.rooms.is_empty());
        assert!(step.rooms.iter().all(|free| part.room != Some(free.room) || free.starts.contains(part.served.from)));
        if let Some(next) = sequence.parts.get(place + 1) {
            assert_eq!(next.served.from, part.served.to + request.gaps.between(part.step, next.step));
        }
        for other in &sequence.parts[place + 1..] {
            let apart = part.block.to <= other.block.from || other.block.to <= part.block.from;
            assert!(apart || (part.staff != other.staff && (part.room.is_none() || part.room != other.room)));
        }
    }
}

/// Tries every start, order, person and room.
fn brute_force(request: &Request<'_>) -> Option<(i64, usize, i64)> {
    (request.window.from..request.window.to).find_map(|start| {
        let mut best = None;
        extend(request, start, &mut Vec::new(), &mut best);
        best.map(|(people, score): (usize, i64)| (start, people, -score))
    })
}

fn extend(request: &Request<'_>, at: i64, parts: &mut Vec<Part>, best: &mut Option<(usize, i64)>) {
    if parts.len() == request.steps.len() {
        let people: BTreeSet<_> = parts.iter().map(|part| part.staff).collect();
        let score = |part: &Part| {
            let free = request.steps[part.step].staff.iter().find(|free| free.staff == part.staff);
            (free.unwrap().score * 1e6).round() as i64
        };
        let found = (people.len(), -parts.iter().map(score).sum::<i64>());
        if (!request.same_staff || people.len() == 1) && best.is_none_or(|best| found < best) {
            *best = Some(found);
        }
        return;
    }
    let next = |step: &usize| match request.order {
        Order::AsGiven => *step == parts.len(),
        Order::Any => parts.iter().all(|part| part.step != *step),
    };
    for number in (0..request.steps.len()).filter(next).collect::<Vec<_>>() {
        let step = &request.steps[number];
        let at = at + parts.last().map_or(0, |part| request.gaps.between(part.step, number));
        let rooms: Vec<_> = if step.rooms.is_empty() {
            vec![None]
        } else {
            step.rooms.iter().filter(|free| free.starts.contains(at)).map(|free| Some(free.room)).collect()
        };
        for (free, room) in step.staff.iter().flat_map(|free| rooms.iter().map(move |room| (free, *room))) {
            let block = step.rule.block_at(at);
            let hits = |part: &Part| {
                let same = part.staff == free.staff || (room.is_some() && part.room == room);
                same && part.block.from < block.to && block.from < part.block.to
            };
            if free.starts.contains(at) && !parts.iter().any(hits) {
                let served = step.rule.service_at(at);
                parts.push(Part { step: number, service: step.service, staff: free.staff, room, served, block });
                extend(request, served.to, parts, best);
                parts.pop();
            }
        }
    }
}

type StepRow = (i64, i64, i64, Vec<(usize, Vec<(i64, i64)>, u32)>, Vec<(usize, Vec<(i64, i64)>)>);

fn any_step() -> impl Strategy<Value = StepRow> {
    let free =
        || prop::collection::vec((0_i64..30, 4_i64..40).prop_map(|(at, length)| (at * 10, (at + length) * 10)), 1..3);
    let people = prop::collection::btree_map(0_usize..4, (free(), 0_u32..10), 0..4);
    let rooms = prop_oneof![3 => Just(Default::default()), 1 => prop::collection::btree_map(0_usize..2, free(), 1..3)];
    (1_i64..5, 0_i64..3, 0_i64..3, people, rooms).prop_map(|(duration, before, after, people, rooms)| {
        let people = people.into_iter().map(|(person, (free, score))| (person, free, score)).collect();
        (duration * 10, before * 10, after * 10, people, rooms.into_iter().collect())
    })
}

fn built(rows: &[StepRow]) -> Vec<Step> {
    let cover = 800;
    rows.iter()
        .enumerate()
        .map(|(number, (duration, before, after, people, rooms))| {
            let rule = rule(*duration, *before, *after);
            let staff = people.iter().map(|(person, free, score)| FreeStaff {
                staff: staff(*person),
                starts: starts(free, rule, cover),
                score: f64::from(*score) / 10.0,
            });
            let rooms = rooms.iter().map(|(n, free)| FreeRoom { room: room(*n), starts: starts(free, rule, cover) });
            let service = ServiceId(Uuid::from_u128(number as u128));
            Step { service, rule, staff: staff.collect(), rooms: rooms.collect() }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn the_best_sequence_is_the_one_a_search_through_everything_finds(
        rows in prop::collection::vec(any_step(), 2..5),
        gaps in prop_oneof![Just(vec![1_i64; 16]), prop::collection::vec(0_i64..4, 16)],
        in_any_order: bool,
        same_staff in prop::bool::weighted(0.3),
    ) {
        let steps = built(&rows);
        let request = Request {
            gaps: Gaps::of(steps.len(), |first, second| gaps[first * 4 + second] * 10),
            order: if in_any_order { Order::Any } else { Order::AsGiven },
            same_staff,
            window: Span::new(0, 800),
            ..request(&steps)
        };
        let found = find(&request).unwrap();
        found.iter().for_each(|sequence| check(&request, sequence));
        let summed = |sequence: &Sequence| (sequence.score * sequence.parts.len() as f64 * 1e6).round() as i64;
        let got = found.first().map(|sequence| (sequence.start(), sequence.staff_count, summed(sequence)));
        prop_assert_eq!(got, brute_force(&request));
    }
}
