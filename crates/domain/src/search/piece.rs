//! What is free for one service that is to be part of a sequence.

use super::{SearchRequest, field::Field};
use crate::{
    cell::Starts,
    day::DaySnapshot,
    hold::Segment,
    id::{RoomId, StaffId},
    schedule::{Span, Zone},
    slot::Error,
};

/// Everyone and every room that is free for a service, within the notice and advance it allows.
#[derive(Debug, Clone)]
pub struct Pieces {
    /// Those who are asked for and can do it, by id.
    pub staff: Vec<MemberPiece>,
    /// The rooms of the kind it needs, by id, whether somebody is free then or not.
    pub rooms: Vec<(RoomId, Starts)>,
}

/// When one person is free for a service, and how well the person fits.
#[derive(Debug, Clone)]
pub struct MemberPiece {
    /// Who.
    pub staff: StaffId,
    /// Every start the rule of the request allows.
    pub starts: Starts,
    /// The score on each day, from 0 to 1.
    scores: Vec<(Span, f64)>,
}

impl MemberPiece {
    /// Returns the score on the day the minute lies in; 0 on days the person is not at the branch.
    #[must_use]
    pub fn score_at(&self, minute: i64) -> f64 {
        self.scores.iter().find(|(day, _)| day.contains(minute)).map_or(0.0, |(_, score)| *score)
    }
}

/// Returns what is free for the service, whatever time is wished for: what sequences are made of.
///
/// # Errors
/// A request that asks for the impossible is refused before any work is done.
pub fn pieces(zone: &Zone, days: &[DaySnapshot], held: &[Segment], request: &SearchRequest) -> Result<Pieces, Error> {
    request.check()?;
    let field = Field::new(zone, days, held, request)?;
    let found = field.free(|member| request.wants(member));
    let staff = found.by_member.into_iter().map(|(member, mut starts)| {
        starts.clip(request.bounds());
        MemberPiece { staff: member.id, starts, scores: field.scores(member) }
    });
    Ok(Pieces { staff: staff.collect(), rooms: field.rooms_free() })
}
