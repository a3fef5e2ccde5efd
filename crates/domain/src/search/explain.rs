//! Why nothing is free.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::field::{Field, Found};
use crate::{
    cell::{BitRow, CellSize, Starts},
    day::StaffDay,
    schedule::{Opening, Span, Spans},
};

/// Why a search has no offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// The company or the branch does not offer such a service.
    UnknownService,
    /// None of the staff members asked for is at the branch.
    UnknownStaff,
    /// Nobody, or none of those asked for, can do it.
    NoSkill {
        /// What the service needs.
        skills: Vec<String>,
    },
    /// The time wished for is over.
    Past,
    /// It lies further ahead than can be booked.
    TooFarAhead {
        /// The latest start that can be booked now.
        latest: Timestamp,
    },
    /// It is a holiday.
    Holiday {
        /// The holiday's name, as spoken to a caller.
        name: String,
        /// Which of the dates.
        date: Date,
    },
    /// The branch is closed then, or not open long enough.
    Closed {
        /// Why, when the calendar says so.
        why: Option<String>,
    },
    /// It would be too short a notice.
    Notice {
        /// The earliest start that can be booked now.
        earliest: Timestamp,
    },
    /// The branch is open, but none of those who could do it works then.
    NobodyAvailable,
    /// Everyone who could do it has appointments, or the times are just being offered to others.
    FullyBooked,
    /// Somebody is free, but no room of the kind it needs.
    NoRoom {
        /// What kind.
        kind: String,
    },
    /// Somebody is free, but services begin at other minutes.
    BetweenStarts {
        /// The distance between starts in minutes.
        step_min: i64,
    },
}

impl Reason {
    /// Returns the stable lower-case name, for metrics labels and answers.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::UnknownService => "unknown_service",
            Self::UnknownStaff => "unknown_staff",
            Self::NoSkill { .. } => "no_skill",
            Self::Past => "past",
            Self::TooFarAhead { .. } => "too_far_ahead",
            Self::Holiday { .. } => "holiday",
            Self::Closed { .. } => "closed",
            Self::Notice { .. } => "notice",
            Self::NobodyAvailable => "nobody_available",
            Self::FullyBooked => "fully_booked",
            Self::NoRoom { .. } => "no_room",
            Self::BetweenStarts { .. } => "between_starts",
        }
    }
}

/// Finds the reason by dropping one requirement after the other until something would fit: the
/// last one dropped is what stands in the way.
pub(super) fn reason(field: &Field<'_>, wished: &Spans, found: &Found<'_, '_>) -> Reason {
    let who = nobody_can(field).or_else(|| out_of_reach(field, wished));
    who.or_else(|| closed(field, wished))
        .or_else(|| too_early_or_late(field, wished, found))
        .unwrap_or_else(|| taken(field, wished))
}

fn nobody_can(field: &Field<'_>) -> Option<Reason> {
    let request = field.request;
    let mut wanted = field.members.iter().filter(|member| request.wants(member.id)).peekable();
    if wanted.peek().is_none() && !request.only.is_empty() {
        return Some(Reason::UnknownStaff);
    }
    let skills = &request.service.required_skills;
    let unskilled = wanted.all(|member| !field.is_skilled(member));
    (unskilled && !skills.is_empty()).then(|| Reason::NoSkill { skills: skills.clone() })
}

/// The whole wish lies in the past or too far ahead.
fn out_of_reach(field: &Field<'_>, wished: &Spans) -> Option<Reason> {
    let cover = wished.cover();
    if cover.to <= field.request.now_minute() {
        return Some(Reason::Past);
    }
    (cover.from >= field.request.bounds().to).then(|| too_far(field))
}

fn closed(field: &Field<'_>, wished: &Spans) -> Option<Reason> {
    let ahead = wished.within(Span { from: field.request.now_minute(), to: i64::MAX });
    let mut open = BitRow::none(CellSize::Minute, field.cover);
    field.days.iter().flat_map(|day| day.open.as_slice()).for_each(|span| open.free(*span));
    if fits(field, &open, &ahead) {
        return None;
    }
    let mut days = field.days.iter().filter(|day| !ahead.within(day.span).is_empty());
    let named = days.clone().find_map(|day| match &day.opening {
        Opening::Holiday { name } => Some(Reason::Holiday { name: name.clone(), date: day.date }),
        Opening::Open | Opening::Closed { .. } => None,
    });
    let why = days.find_map(|day| match &day.opening {
        Opening::Closed { reason } => reason.clone(),
        Opening::Open | Opening::Holiday { .. } => None,
    });
    Some(named.unwrap_or(Reason::Closed { why }))
}

/// Something is free, or the whole wish lies, before the earliest or after the latest start.
fn too_early_or_late(field: &Field<'_>, wished: &Spans, found: &Found<'_, '_>) -> Option<Reason> {
    let (now, bounds) = (field.request.now_minute(), field.request.bounds());
    let free_in = |span: Span| !found.any_time.within(&wished.within(span)).is_empty();
    if wished.cover().to <= bounds.from || free_in(Span { from: now, to: bounds.from }) {
        return Some(Reason::Notice { earliest: Span::new(bounds.from, bounds.from).begin() });
    }
    free_in(Span { from: bounds.to, to: i64::MAX }).then(|| too_far(field))
}

fn too_far(field: &Field<'_>) -> Reason {
    let latest = field.request.bounds().to - 1;
    Reason::TooFarAhead { latest: Span::new(latest, latest).begin() }
}

/// The branch is open within reach; somebody or something is in the way.
fn taken(field: &Field<'_>, wished: &Spans) -> Reason {
    let reach = wished.within(field.request.bounds());
    let able: Vec<_> =
        field.members.iter().filter(|member| field.request.wants(member.id) && field.is_skilled(member)).collect();
    let at_work = |days: &[Option<&StaffDay>]| {
        let mut row = BitRow::none(CellSize::Minute, field.cover);
        days.iter().flatten().flat_map(|day| day.working.as_slice()).for_each(|span| row.free(*span));
        row
    };
    if !able.iter().any(|member| fits(field, &at_work(&member.days), &reach)) {
        return Reason::NobodyAvailable;
    }
    let free: Vec<&&super::field::Member<'_>> =
        able.iter().filter(|member| fits(field, member.free_time(), &reach)).collect();
    if free.is_empty() {
        return Reason::FullyBooked;
    }
    match &field.request.service.room_kind {
        Some(kind) if !free.iter().any(|member| any_in(&field.in_a_room(member), &reach)) => {
            Reason::NoRoom { kind: kind.clone() }
        }
        _ => Reason::BetweenStarts { step_min: field.request.service.rule.step_min() },
    }
}

/// Whether the service would fit into the row at any of the minutes, on a start or not.
fn fits(field: &Field<'_>, row: &BitRow, minutes: &Spans) -> bool {
    let block = field.request.service.rule.block_at(0);
    any_in(&row.refined().fits(-block.from, block.to), minutes)
}

fn any_in(starts: &Starts, minutes: &Spans) -> bool {
    !starts.within(minutes).is_empty()
}
