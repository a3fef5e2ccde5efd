//! Holding: for a while a time is one caller's. Without Redis nothing is held and everything goes on.

use std::time::Duration;

use callflow_cache::hold::{Holds, Outcome, Released};
use callflow_contract::{
    availability::v1::{
        Alternative, ConfirmResponse, ExtendResponse, HoldResponse, Offer as Wire, ReleaseResponse,
        Segment as WireSegment,
    },
    convert::{FieldError, required_range, to_wire_range, to_wire_time},
};
use callflow_domain::{
    hold::{Resource, Segment, Segments},
    id::{BranchId, CallId, CompanyId},
    schedule::Span,
    search::Offer,
    slot_id::SlotId,
};
use jiff::Timestamp;

use super::{
    App, Result, offer,
    search::{Query, When},
    site::Place,
};
use crate::metrics;

/// What became of holding what is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldState {
    /// At least one offer is held.
    Held,
    /// All of them were just taken by others.
    Refused,
    /// Redis is away.
    Unavailable,
}

impl HoldState {
    /// Returns the word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

/// A branch and the call that holds.
#[derive(Debug, Clone)]
pub struct Owned {
    /// The company.
    pub company: CompanyId,
    /// Its branch.
    pub branch: BranchId,
    /// The call.
    pub owner: CallId,
}

impl Owned {
    pub(crate) const fn site(&self) -> callflow_cache::Site {
        callflow_cache::Site { company: self.company, branch: self.branch }
    }
}

impl App {
    /// Holds what is offered, drops offers that somebody else has just taken, and gives back what the call was offered before.
    pub(crate) async fn hold_offers(
        &self,
        place: &Place,
        query: &Query,
        found: &[Offer],
        wire: &mut Vec<Wire>,
    ) -> HoldState {
        let Some(owner) = &query.owner else { return HoldState::Unavailable };
        let options: std::result::Result<Vec<Segments>, _> = found.iter().map(offer::segments).collect();
        let Ok(options) = options else { return HoldState::Unavailable };
        let outcomes = match (query.when, options.first()) {
            // One very slot is being chosen: it is held for as long as a booking may take.
            (When::Slot(_), Some(chosen)) => {
                self.deps.holds.hold(place.site(), owner, chosen).await.map(|one| vec![one])
            }
            _ => self.deps.holds.offer(place.site(), owner, &options).await,
        };
        let Ok(outcomes) = outcomes else {
            metrics::hold("unavailable");
            return HoldState::Unavailable;
        };
        let mut kept = Vec::new();
        for (mut offer, outcome) in std::mem::take(wire).into_iter().zip(outcomes) {
            match outcome {
                Outcome::Granted(hold) => {
                    offer.held_until = Some(to_wire_time(hold.expires_at));
                    kept.push(offer);
                }
                // More than a call may hold: still an honest offer, only not a reserved one.
                Outcome::Limited => kept.push(offer),
                Outcome::Refused(_) => {}
            }
        }
        let state = if kept.is_empty() { HoldState::Refused } else { HoldState::Held };
        metrics::hold(state.as_str());
        *wire = kept;
        state
    }

    /// Holds all parts of a sequence as one, and gives back what the call was offered before.
    pub(crate) async fn hold_together(&self, place: &Place, owner: &CallId, parts: &mut [Wire]) -> HoldState {
        let segments: Vec<WireSegment> = parts.iter().flat_map(wire_segments).collect();
        let Ok(segments) = read(&segments) else { return HoldState::Unavailable };
        let outcome = self.deps.holds.offer(place.site(), owner, std::slice::from_ref(&segments)).await;
        let state = match outcome.map(|outcomes| outcomes.into_iter().next()) {
            Ok(Some(Outcome::Granted(hold))) => {
                parts.iter_mut().for_each(|part| part.held_until = Some(to_wire_time(hold.expires_at)));
                HoldState::Held
            }
            Ok(_) => HoldState::Refused,
            Err(_) => HoldState::Unavailable,
        };
        metrics::hold(state.as_str());
        state
    }

    /// Holds the first of the alternatives that are still free, as many as a caller may have and `limit` at most; `None` when
    /// others were faster with all of them. Without Redis they are offered as they are.
    pub(crate) async fn hold_alternatives(
        &self,
        place: &Place,
        owner: &CallId,
        found: &[Alternative],
        limit: usize,
    ) -> Option<Vec<Alternative>> {
        let options: Option<Vec<Segments>> =
            found.iter().map(|one| read(&wire_segments(one.offer.as_ref()?)).ok()).collect();
        let outcomes = match options {
            Some(options) => self.deps.holds.offer_some(place.site(), owner, &options, limit).await,
            None => return Some(found.iter().take(limit).cloned().collect()),
        };
        let Ok(outcomes) = outcomes else { return Some(found.iter().take(limit).cloned().collect()) };
        let mut kept = Vec::new();
        for (one, outcome) in found.iter().zip(outcomes) {
            if let (Outcome::Granted(hold), Some(offer)) = (outcome, &one.offer) {
                let held_until = Some(to_wire_time(hold.expires_at));
                kept.push(Alternative { offer: Some(Wire { held_until, ..offer.clone() }), ..one.clone() });
            }
        }
        (!kept.is_empty()).then_some(kept)
    }

    /// Holds segments for a call, all or none; asking again renews.
    ///
    /// # Errors
    /// When the segments make no sense. That Redis is away is an answer.
    pub async fn hold(
        &self,
        owned: &Owned,
        segments: &[WireSegment],
        lasting: Option<Duration>,
    ) -> Result<HoldResponse> {
        let segments = read(segments)?;
        let place = self.place(owned.company, owned.branch).await?;
        if !segments.as_slice().iter().all(|segment| is_at(&place, segment.resource())) {
            return Err(FieldError::new("segments.resource_id", "names no staff member of this branch").into());
        }
        let response = match self.holds_lasting(lasting)?.hold(owned.site(), &owned.owner, &segments).await {
            Ok(Outcome::Granted(hold)) => {
                HoldResponse { held: true, held_until: Some(to_wire_time(hold.expires_at)), ..HoldResponse::default() }
            }
            Ok(Outcome::Refused(refusal)) => {
                HoldResponse { conflict: Some(write(&refusal.segment)), ..HoldResponse::default() }
            }
            Ok(Outcome::Limited) => HoldResponse::default(),
            Err(error) if error.kind().is_transient() => HoldResponse { unavailable: true, ..HoldResponse::default() },
            Err(error) => return Err(error.into()),
        };
        metrics::hold(match (response.held, response.unavailable) {
            (true, _) => "held",
            (_, true) => "unavailable",
            _ => "refused",
        });
        Ok(response)
    }

    /// Gives back the hold on one slot, or everything the call was offered here.
    ///
    /// # Errors
    /// When Redis cannot be asked: what is not given back expires.
    pub async fn release(&self, owned: &Owned, slot: Option<SlotId>) -> Result<ReleaseResponse> {
        let Some(slot) = slot else {
            let released = self.deps.holds.release_all(owned.site(), &owned.owner).await?;
            return Ok(ReleaseResponse { released: u32::try_from(released).unwrap_or(u32::MAX) });
        };
        let minute = Span::around(slot.start(), slot.start()).from;
        let on_slot = |segment: &Segment| match segment.resource() {
            Resource::Staff(staff) => slot.is_of_staff(staff) && segment.start() <= minute && minute < segment.end(),
            Resource::Room(_) => false,
        };
        let mut released = 0;
        for hold in self.deps.holds.list(owned.site(), minute, minute + 1).await? {
            if hold.owner == owned.owner && hold.segments.as_slice().iter().any(on_slot) {
                let outcome = self.deps.holds.release(owned.site(), &owned.owner, hold.id).await?;
                released += u32::from(outcome == Released::Done);
            }
        }
        Ok(ReleaseResponse { released })
    }

    /// Marks segments as booked, so that searches skip them until every snapshot shows the appointment.
    ///
    /// # Errors
    /// When the segments make no sense, or Redis cannot be asked; the appointment stands either way.
    pub async fn confirm(&self, owned: &Owned, segments: &[WireSegment]) -> Result<ConfirmResponse> {
        let segments = read(segments)?;
        self.deps.holds.mark(owned.site(), &owned.owner, &segments).await?;
        Ok(ConfirmResponse { confirmed: true })
    }

    /// Renews everything the call was offered here.
    ///
    /// # Errors
    /// When Redis cannot be asked.
    pub async fn extend(&self, owned: &Owned, lasting: Option<Duration>) -> Result<ExtendResponse> {
        let renewed = self.holds_lasting(lasting)?.extend(owned.site(), &owned.owner).await?;
        Ok(ExtendResponse { extended: u32::try_from(renewed.holds).unwrap_or(u32::MAX) })
    }

    /// Returns the holds, lasting as long as was asked for.
    fn holds_lasting(&self, lasting: Option<Duration>) -> Result<Holds> {
        Ok(match lasting {
            Some(lasting) => self.deps.holds.lasting(lasting, lasting)?,
            None => Holds::clone(&self.deps.holds),
        })
    }
}

/// Returns whether a person works at the branch. Rooms are in no directory: who may hold one was offered it.
fn is_at(place: &Place, resource: Resource) -> bool {
    match resource {
        Resource::Staff(staff) => place.directory.member(staff).is_some_and(|member| member.branch == place.branch),
        Resource::Room(_) => true,
    }
}

/// Returns the segments of an offer on the wire.
fn wire_segments(offer: &Wire) -> Vec<WireSegment> {
    let on = |(id, room): (&String, bool)| WireSegment { resource_id: id.clone(), range: offer.blocked, room };
    [(&offer.staff_id, false), (&offer.room_id, true)].into_iter().filter(|(id, _)| !id.is_empty()).map(on).collect()
}

pub(crate) fn read(wire: &[WireSegment]) -> Result<Segments> {
    Ok(Segments::new(wire.iter().map(read_one).collect::<Result<_>>()?)?)
}

/// Reads one segment.
pub(crate) fn read_one(segment: &WireSegment) -> Result<Segment> {
    let (start, end) = required_range("segments.range", segment.range.as_ref())?;
    let span = Span::around(start, end);
    let resource = if segment.room {
        Resource::Room(callflow_contract::convert::id("segments.resource_id", &segment.resource_id)?)
    } else {
        Resource::Staff(callflow_contract::convert::id("segments.resource_id", &segment.resource_id)?)
    };
    Ok(Segment::new(resource, span.from, span.to)?)
}

fn write(segment: &Segment) -> WireSegment {
    let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap_or_default();
    WireSegment {
        resource_id: segment.resource().uuid().to_string(),
        range: Some(to_wire_range(at(segment.start()), at(segment.end()))),
        room: matches!(segment.resource(), Resource::Room(_)),
    }
}
