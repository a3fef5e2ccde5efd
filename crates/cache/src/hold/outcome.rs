//! What the operations on holds can answer.

use callflow_domain::{
    hold::{Hold, HoldState, Segment, Segments},
    id::CallId,
};
use jiff::Timestamp;

use super::wire;
use crate::{Error, connection::Reply};

/// What became of one wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All segments are held.
    Granted(Hold),
    /// Something is in the way; nothing was written.
    Refused(Refusal),
    /// The owner has as many offers as it may have; nothing was written.
    Limited,
}

impl Outcome {
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::Granted(_) => "granted",
            Self::Refused(_) => "refused",
            Self::Limited => "limited",
        }
    }

    /// Returns the hold, if there is one.
    #[must_use]
    pub fn granted(self) -> Option<Hold> {
        match self {
            Self::Granted(hold) => Some(hold),
            _ => None,
        }
    }
}

/// What is in the way of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The first segment that is not free.
    pub segment: Segment,
    /// When the hold in the way ends, unless it is renewed or booked.
    pub until: Timestamp,
    /// Whether it is booked already.
    pub booked: bool,
}

/// What became of giving a hold back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// It is free again.
    Done,
    /// There is no such hold, or no longer.
    Gone,
    /// It is somebody else's; nothing changed.
    NotOwner,
    /// It has become an appointment; nothing changed.
    Booked,
}

/// What became of confirming a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The marker stands until then.
    Until(Timestamp),
    /// There is no such hold, or no longer; `Holds::mark` makes a marker without one.
    Gone,
    /// It is somebody else's; nothing changed.
    NotOwner,
}

/// What became of renewing an owner's offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewed {
    /// Offers still alive.
    pub holds: u64,
    /// When the first of them ends.
    pub until: Option<Timestamp>,
}

/// Reads the outcome of one option: four fields, whichever it is.
pub(super) fn read(reply: &mut Reply, owner: &CallId, segments: &Segments) -> Result<Outcome, Error> {
    match reply.text()?.as_str() {
        "g" => {
            let id = wire::read_id(reply)?;
            let (expires_at, created_at) = (reply.time()?, reply.time()?);
            let (owner, segments) = (owner.clone(), segments.clone());
            Ok(Outcome::Granted(Hold { id, owner, state: HoldState::Held, segments, created_at, expires_at }))
        }
        "r" => {
            let index = usize::try_from(reply.number()?).map_err(|_| reply.wrong())?;
            let segment = *segments.as_slice().get(index).ok_or_else(|| reply.wrong())?;
            let (until, state) = (reply.time()?, wire::read_state(reply)?);
            Ok(Outcome::Refused(Refusal { segment, until, booked: state == HoldState::Confirmed }))
        }
        "l" => {
            for _ in 0..3 {
                reply.number()?;
            }
            Ok(Outcome::Limited)
        }
        _ => Err(reply.wrong()),
    }
}
