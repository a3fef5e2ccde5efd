//! Calls that are put through to a person.

use serde::{Deserialize, Serialize};

use super::Event;
use crate::masked::PhoneNumber;

/// What became of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferState {
    /// It is being tried.
    Started,
    /// Nobody answered, or the caller did not want to wait.
    Cancelled,
    /// They talk.
    Bridged,
    /// They talked.
    Ended,
}

impl TransferState {
    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Cancelled => "cancelled",
            Self::Bridged => "bridged",
            Self::Ended => "ended",
        }
    }

    /// Returns whether the transfer may still be going on.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Started | Self::Bridged)
    }
}

/// One destination of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Where to; `None` when no event said so.
    pub destination: Option<PhoneNumber>,
    /// The furthest state. Trying the same destination again is not told apart from the first
    /// try, because the platform gives both the same identity.
    pub state: TransferState,
}

/// One thing that happened to one destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Step {
    destination: Option<PhoneNumber>,
    state: TransferState,
}

impl Step {
    /// Returns the step an event stands for; ends of calls name a destination, too, but say
    /// nothing about a transfer that was not told of otherwise.
    pub(super) fn of(event: &Event, destination: Option<PhoneNumber>) -> Option<Self> {
        let state = match event {
            Event::TransferStarted => TransferState::Started,
            Event::TransferBridged => TransferState::Bridged,
            Event::TransferCancelled => TransferState::Cancelled,
            Event::TransferEnded => TransferState::Ended,
            _ => return None,
        };
        Some(Self { destination, state })
    }
}

/// Returns one transfer per destination, in the order of destinations.
pub(super) fn transfers(steps: &[Step]) -> Vec<Transfer> {
    let mut found: Vec<Transfer> = Vec::new();
    for step in steps.iter().filter(|step| step.destination.is_some()) {
        match found.iter_mut().find(|transfer| transfer.destination == step.destination) {
            Some(transfer) => transfer.state = transfer.state.max(step.state),
            None => found.push(Transfer { destination: step.destination.clone(), state: step.state }),
        }
    }
    // A step without a destination, as `transfer_ended` usually is, belongs to the transfer that
    // got furthest; without any, it is a transfer to somewhere.
    for step in steps.iter().filter(|step| step.destination.is_none()) {
        match found.iter_mut().max_by_key(|transfer| transfer.state) {
            Some(transfer) => transfer.state = transfer.state.max(step.state),
            None => found.push(Transfer { destination: None, state: step.state }),
        }
    }
    found
}
