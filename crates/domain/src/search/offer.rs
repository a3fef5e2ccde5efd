//! Offers, and what is offered instead.

use crate::{
    id::{BranchId, RoomId, StaffId},
    schedule::{Span, Spans},
    staffing::Score,
};

use super::field::{Field, Found};

/// A time that can be booked, with everyone who could take it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// When the customer is served.
    pub service: Span,
    /// The same with its buffers: what a hold and an appointment take.
    pub block: Span,
    /// Who is free, best first; never empty.
    pub candidates: Vec<Candidate>,
    /// A free room, when the service needs one.
    pub room: Option<RoomId>,
}

/// Somebody who is free for an offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Who.
    pub staff: StaffId,
    /// The version of the person's working times the offer was computed from.
    pub schedule_version: i64,
    /// The person's appointments that day.
    pub appointments: u32,
    /// Whether the person speaks the language asked for.
    pub speaks: Option<bool>,
    /// How well the person fits.
    pub score: Score,
}

/// What makes an alternative one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlternativeKind {
    /// The next free time of those asked for.
    NextFree,
    /// The last free time before the one wished for.
    Earlier,
    /// Somebody else: at the time wished for, or else as soon as possible after it.
    OtherStaff,
    /// Another branch of the company.
    OtherBranch(BranchId),
}

/// An offer in place of the one wished for.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// What is different.
    pub kind: AlternativeKind,
    /// What is offered.
    pub offer: Offer,
}

/// Puts alternatives in the order in which they are offered: by kind, then by how near they are to
/// the minute wished for, then the earlier one.
pub fn rank(alternatives: &mut [Alternative], wanted: i64) {
    let kind = |kind: AlternativeKind| match kind {
        AlternativeKind::NextFree => 0,
        AlternativeKind::Earlier => 1,
        AlternativeKind::OtherStaff => 2,
        AlternativeKind::OtherBranch(_) => 3,
    };
    alternatives.sort_by_key(|alternative| {
        let start = alternative.offer.service.from;
        (kind(alternative.kind), start.abs_diff(wanted), start)
    });
}

/// Finds what comes closest to a wish that cannot be met.
pub(super) fn alternatives(field: &Field<'_>, wished: &Spans, found: &Found<'_, '_>) -> Vec<Alternative> {
    let request = field.request;
    // A window of many days asks for a time of day on the first of them.
    let wanted = match request.times {
        Some(_) => wished.cover().from,
        None => request.wanted(),
    };
    let mut all = Vec::new();
    let mut add = |kind, start: Option<i64>, found: &Found<'_, '_>| {
        all.extend(start.map(|start| Alternative { kind, offer: field.offer(found, start) }));
    };
    add(AlternativeKind::NextFree, found.any.at_or_after(wanted), found);
    add(AlternativeKind::Earlier, found.any.before(wanted), found);
    if !request.only.is_empty() {
        let others = field.free(|staff| !request.only.contains(&staff) && !request.without.contains(&staff));
        let same_time = request.choose(&others.any.within(wished)).first().copied();
        add(AlternativeKind::OtherStaff, same_time.or_else(|| others.any.at_or_after(wanted)), &others);
    }
    rank(&mut all, wanted);
    all
}
