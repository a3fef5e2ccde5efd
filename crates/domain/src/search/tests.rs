//! Searches at a small salon built by hand: Berlin, open on weekdays from 9 to 12 and 13 to 18.

mod offers;
mod pieces;
mod reasons;
mod requests;

use jiff::civil::date;

use super::*;
use crate::{
    day::{BranchRows, Busy, RoomRow, StaffRow},
    hold::Resource,
    id::{CompanyId, RoomId, StaffId},
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
        search(&zone, &self.days(request.now_minute()), &self.held, request).unwrap()
    }

    fn days(&self, now: i64) -> Vec<DaySnapshot> {
        let zone = Zone::load("Europe/Berlin").unwrap();
        let rows = BranchRows {
            branch: CompanyId::from_slug("haarwerk").branch("mitte"),
            zone: &zone,
            company: &self.company,
            schedule: &self.schedule,
            staff: &self.staff,
            rooms: &self.rooms,
            busy: &self.busy,
            read_at: Span::new(now, now).begin(),
        };
        rows.days(DayRange::new(date(2026, 11, 24), date(2026, 12, 4)).unwrap()).unwrap()
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
