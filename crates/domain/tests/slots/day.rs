//! Day snapshots against the minute model, and their bytes against damage.

use callflow_domain::{
    day::{BranchRows, Busy, DaySnapshot, RoomRow, StaffRow},
    hold::{Resource, Segment},
    id::{CompanyId, RoomId, StaffId},
    language::Language,
    schedule::{Opening, Span, Zone},
};
use jiff::Timestamp;
use proptest::{prelude::*, sample::Index};

use crate::model::{Case, Model, case, config};

fn ids() -> (StaffId, RoomId) {
    let company = CompanyId::from_slug("haarwerk");
    (company.staff("sofia"), company.room("kabine-1"))
}

fn snapshots(case: &Case) -> Vec<DaySnapshot> {
    snapshots_with(case, &case.busy)
}

fn snapshots_with(case: &Case, busy: &[Span]) -> Vec<DaySnapshot> {
    let (zone, (staff, room)) = (Zone::load(case.zone).unwrap(), ids());
    let [company, branch, own] = &case.schedules;
    let taken = |resource| busy.iter().map(move |span| Busy { resource, span: *span });
    let busy: Vec<Busy> = taken(Resource::Staff(staff)).chain(taken(Resource::Room(room)).take(2)).collect();
    let person = StaffRow {
        id: staff,
        schedule: own.clone(),
        schedule_version: 7,
        skills: vec!["schnitt".into(), "farbe".into()],
        languages: vec![Language::DE, Language::TR],
    };
    let rows = BranchRows {
        branch: CompanyId::from_slug("haarwerk").branch("mitte"),
        zone: &zone,
        company,
        schedule: branch,
        staff: &[person],
        rooms: &[RoomRow { id: room, kind: "kabine".into() }],
        busy: &busy,
        read_at: Timestamp::from_second(1_790_000_000).unwrap(),
    };
    rows.days(case.days).unwrap()
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn snapshots_of_consecutive_days_are_the_model_cut_at_midnights(case in case()) {
        let (days, model) = (snapshots(&case), Model::new(&case));
        prop_assert!(days.windows(2).all(|pair| pair[0].span.to == pair[1].span.from));
        let mut free = Vec::new();
        for day in &days {
            let minutes = day.span.from..day.span.to;
            free.extend(minutes.map(|minute| day.staff[0].free.is_free(Span::new(minute, minute + 1))));
        }
        prop_assert!(free == model.free);
    }

    #[test]
    fn a_snapshot_survives_its_bytes(case in case()) {
        for day in snapshots(&case) {
            prop_assert_eq!(DaySnapshot::from_bytes(&day.to_bytes()), Some(day));
        }
    }

    #[test]
    fn an_appointment_added_to_a_day_is_as_if_it_had_been_read_with_it(case in case(), at in any::<Index>()) {
        let alone = |span: &&Span| case.busy.iter().filter(|other| other.overlaps(**span)).count() == 1;
        let made: Vec<Span> = case.busy.iter().filter(alone).filter(|span| span.minutes() <= 1440).copied().collect();
        prop_assume!(!made.is_empty());
        let made = made[at.index(made.len())];
        let before: Vec<Span> = case.busy.iter().copied().filter(|span| *span != made).collect();
        let segment = Segment::new(Resource::Staff(ids().0), made.from, made.to).unwrap();
        for (mut day, full) in snapshots_with(&case, &before).into_iter().zip(snapshots(&case)) {
            prop_assert_eq!(day.take(&segment), made.overlaps(day.span));
            prop_assert_eq!(&day.staff, &full.staff);
            prop_assert!(!day.take(&segment), "a repeat");
        }
    }

    #[test]
    fn damaged_bytes_are_a_miss_or_another_day_but_never_a_panic(case in case(), at in any::<Index>(), value in any::<u8>()) {
        let bytes = snapshots(&case)[0].to_bytes();
        let mut changed = bytes.clone();
        changed[at.index(bytes.len())] = value;
        let _ = DaySnapshot::from_bytes(&changed);
        prop_assert_eq!(DaySnapshot::from_bytes(&bytes[..at.index(bytes.len())]), None, "a part of it");
        changed = bytes;
        changed.push(value);
        prop_assert_eq!(DaySnapshot::from_bytes(&changed), None, "more than it");
    }

    #[test]
    fn arbitrary_bytes_are_no_snapshot(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        bytes.splice(0..0, [b'c', b'd', 1]);
        let _ = DaySnapshot::from_bytes(&bytes);
        bytes[2] = 2;
        prop_assert_eq!(DaySnapshot::from_bytes(&bytes), None, "another version");
    }
}

/// Written by version 1; it has to stay readable for as long as that version is accepted.
const RECORDED: &[u8] = include_bytes!("day.v1.bin");

#[test]
fn recorded_bytes_of_version_1_still_mean_the_same() {
    let day = DaySnapshot::from_bytes(RECORDED).expect("version 1 is readable");
    assert_eq!(day.date.to_string(), "2026-12-24");
    assert_eq!(day.opening, Opening::Closed { reason: Some("Heiligabend".into()) });
    let person = &day.staff[0];
    assert_eq!((person.id, person.schedule_version, person.appointments), (ids().0, 3, 2));
    assert_eq!(
        (person.skills.as_slice(), person.languages.as_slice()),
        (["schnitt".to_owned()].as_slice(), [Language::DE].as_slice())
    );
    let hours = |minutes: i64| day.span.from + minutes;
    let free: Vec<_> = person.free.runs().map(|run| (run.from, run.to)).collect();
    assert_eq!(free, [(hours(540), hours(600)), (hours(645), hours(661)), (hours(680), hours(780))]);
    assert_eq!((day.rooms[0].id, day.rooms[0].kind.as_str()), (ids().1, "kabine"));
    assert_eq!(day.to_bytes(), RECORDED);
}

#[test]
fn a_day_of_eight_people_takes_under_a_kilobyte() {
    let mut day = DaySnapshot::from_bytes(RECORDED).expect("version 1 is readable");
    day.staff = vec![day.staff[0].clone(); 8];
    assert!(day.to_bytes().len() < 1024, "{}", day.to_bytes().len());
}

/// Makes the recorded bytes; run by hand when a version is added.
#[test]
#[ignore = "writes the recorded bytes of a new version"]
fn record() {
    let zone = Zone::load("Europe/Berlin").unwrap();
    let schedule = |json: &str| serde_json::from_str(json).unwrap();
    let (staff, room) = ids();
    let date = jiff::civil::date(2026, 12, 24);
    let from = zone.midnight(date);
    let taken =
        |resource, from_min: i64, to_min: i64| Busy { resource, span: Span::new(from + from_min, from + to_min) };
    let rows = BranchRows {
        branch: CompanyId::from_slug("haarwerk").branch("mitte"),
        zone: &zone,
        company: &schedule("{}"),
        schedule: &schedule(r#"{"overrides":[{"date":"2026-12-24","reason":"Heiligabend"}]}"#),
        staff: &[StaffRow {
            id: staff,
            schedule: schedule("{}"),
            schedule_version: 3,
            skills: vec!["schnitt".into()],
            languages: vec![Language::DE],
        }],
        rooms: &[RoomRow { id: room, kind: "kabine".into() }],
        busy: &[
            taken(Resource::Staff(staff), 600, 645),
            taken(Resource::Staff(staff), 661, 680),
            taken(Resource::Room(room), 600, 645),
        ],
        read_at: Timestamp::from_second(1_790_000_000).unwrap(),
    };
    let mut day = rows.days(callflow_domain::schedule::DayRange::one(date).unwrap()).unwrap().remove(0);
    day.staff[0].working = callflow_domain::schedule::Spans::one(Span::new(from + 540, from + 780));
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/slots/day.v1.bin"), day.to_bytes()).unwrap();
}
