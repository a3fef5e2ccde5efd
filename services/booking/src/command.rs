//! What the use cases are asked to do, in domain values.

use std::time::Duration;

use callflow_domain::{
    id::{BranchId, CallId, CompanyId, ServiceId, StaffId},
    masked::{PersonalText, PhoneNumber},
};
use callflow_store::{Person, audit::Actor};
use jiff::Timestamp;
use tokio::time::Instant;

/// What every write carries.
#[derive(Debug, Clone)]
pub struct Context {
    /// Whose data is written.
    pub company: CompanyId,
    /// Unique per request of the caller; a repeat gets the first answer.
    pub key: String,
    /// The wish itself, so that asking twice under two keys books once.
    pub intent: Option<String>,
    /// Hash of everything that was asked; the same key with another hash is refused.
    pub body_hash: Vec<u8>,
    /// Who asks; stored with the change.
    pub actor: Actor,
    /// Who holds the slot: the call id; empty for operators.
    pub owner: String,
    /// The clock of this request.
    pub now: Timestamp,
    /// When the caller stops waiting.
    pub until: Instant,
}

impl Context {
    /// Returns how much of the caller's patience is left.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Returns the call this happens in, if it happens in one.
    #[must_use]
    pub fn call(&self) -> Option<&CallId> {
        match &self.actor {
            Actor::Call { call, .. } => Some(call),
            Actor::System { call } => call.as_ref(),
            Actor::Operator(_) => None,
        }
    }

    /// Returns whose tries at codes are counted: the call's, or the operator's.
    #[must_use]
    pub fn who(&self) -> &str {
        match &self.actor {
            Actor::Operator(name) => name,
            _ => self.call().map_or(self.owner.as_str(), |call| call.as_str()),
        }
    }

    /// Returns where the wish comes from, as stored with the appointment.
    #[must_use]
    pub const fn source(&self) -> &'static str {
        match &self.actor {
            Actor::Call { .. } => "call",
            Actor::System { .. } => "after_call",
            Actor::Operator(_) => "operator",
        }
    }
}

/// The slot that is wanted.
#[derive(Debug, Clone)]
pub enum Target {
    /// One that was offered, by its id.
    Offered(String),
    /// One put together from its parts; without staff member whoever scores best.
    Parts {
        /// Where.
        branch: BranchId,
        /// What.
        service: ServiceId,
        /// With whom.
        staff: Option<StaffId>,
        /// When.
        start: Timestamp,
    },
}

/// Book one slot.
#[derive(Debug, Clone)]
pub struct Book {
    /// Who asks, under which key.
    pub context: Context,
    /// The slot.
    pub target: Target,
    /// For whom.
    pub person: Person,
    /// Remarks of the customer.
    pub notes: Option<PersonalText>,
    /// Whether another staff member may take over when this one was just taken.
    pub any_staff: bool,
}

/// How somebody proves that an appointment is theirs.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The caller's number.
    pub phone: Option<PhoneNumber>,
    /// The code they were told when booking.
    pub code: Option<String>,
    /// Operators authenticate elsewhere and may change everything of their company.
    pub operator: bool,
}
