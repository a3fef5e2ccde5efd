//! Searching a branch's days for a service: offers, or the reason there are none and what comes
//! closest.
//!
//! [`search`] takes snapshots of consecutive days, the live holds of others and a request. It never
//! answers with nothing: when no offer fits the wish, the outcome says why, and which free times
//! come closest among the days it was given. More days than [`SearchRequest::days`] asks for let
//! it look further. Times are minutes since the Unix epoch, as in holds and snapshots.

mod explain;
mod field;
mod offer;
mod piece;
mod request;

use jiff::Timestamp;

pub use explain::Reason;
pub use offer::{Alternative, AlternativeKind, Candidate, Offer, rank};
pub use piece::{MemberPiece, Pieces, pieces};
pub use request::{SearchRequest, ServiceNeed, Wish};

use crate::{cell::Starts, day::DaySnapshot, hold::Segment, schedule::Zone, slot::Error};
use field::Field;

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The best offers, in the order the wish asks for.
    pub offers: Vec<Offer>,
    /// Every start that fits the wish, for calendars.
    pub starts: Starts,
    /// Why there is no offer; set exactly when there is none.
    pub reason: Option<Reason>,
    /// What comes closest, best first; only when there is no offer.
    pub alternatives: Vec<Alternative>,
    /// Whether anyone among the offers' candidates speaks the language asked for; `None` when none
    /// was asked for or nothing was found.
    pub speaks: Option<bool>,
    /// When the oldest of the snapshots was read.
    pub as_of: Option<Timestamp>,
}

impl Outcome {
    /// Returns the outcome of a search that could not begin.
    #[must_use]
    pub fn refused(reason: Reason) -> Self {
        Self {
            offers: Vec::new(),
            starts: Starts::none(),
            reason: Some(reason),
            alternatives: Vec::new(),
            speaks: None,
            as_of: None,
        }
    }
}

/// Searches the days; `held` are the live holds that block this caller.
///
/// # Errors
/// A request that asks for the impossible is refused before any work is done.
pub fn search(zone: &Zone, days: &[DaySnapshot], held: &[Segment], request: &SearchRequest) -> Result<Outcome, Error> {
    let wished = request.wished(zone)?;
    let field = Field::new(zone, days, held, request)?;
    let found = field.free(|member| request.wants(member));
    let starts = found.any.within(&wished);
    let offers: Vec<Offer> = request.choose(&starts).into_iter().map(|start| field.offer(&found, start)).collect();
    let mut outcome =
        Outcome { offers, starts, reason: None, alternatives: Vec::new(), speaks: None, as_of: field.as_of() };
    if outcome.offers.is_empty() {
        outcome.reason = Some(explain::reason(&field, &wished, &found));
        outcome.alternatives = offer::alternatives(&field, &wished, &found);
    } else {
        let mut candidates = outcome.offers.iter().flat_map(|offer| &offer.candidates);
        outcome.speaks = request.language.map(|_| candidates.any(|candidate| candidate.speaks == Some(true)));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests;
