//! Call records: one row per call, complete whatever order its events came in.
//!
//! Each fact of a call remembers which event it came from. An event replaces a fact only when it
//! stands later in the life of the call, so late, early, repeated and interleaved events all end in
//! the same record; `merge.rs` holds that rule and nothing else.

mod event;
mod merge;
mod row;

use std::{collections::BTreeMap, fmt};

use callflow_domain::{
    id::{BranchId, CallId, CompanyId, CustomerId},
    masked::{PersonalText, PhoneNumber, Transcript},
};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use crate::{
    database::Tx,
    entity::call::{Column, Entity, Model},
    error::Error,
    session::Connection,
    sql, time,
};

pub use event::{Event, NewEvent, note_event, payload, timeline};

/// How far a call has come; it never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Phase {
    /// Announced; nobody has answered yet.
    #[default]
    Ringing,
    /// The agent is talking.
    Ongoing,
    /// It was handed on.
    Transferring,
    /// It is over.
    Ended,
    /// It was analysed afterwards.
    Analyzed,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 5] = [Self::Ringing, Self::Ongoing, Self::Transferring, Self::Ended, Self::Analyzed];

    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Ongoing => "ongoing",
            Self::Transferring => "transferring",
            Self::Ended => "ended",
            Self::Analyzed => "analyzed",
        }
    }

    /// Returns the phase of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text)
    }

    /// Returns the number it is stored as.
    const fn number(self) -> i16 {
        self as i16
    }
}

/// Whether somebody spoke or wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// A phone or web call.
    #[default]
    Call,
    /// A chat.
    Chat,
}

impl Kind {
    /// Returns the name as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Chat => "chat",
        }
    }
}

/// What is known of a call, or what one event says of it; `None` is nothing known or said.
#[derive(Clone, Default, PartialEq)]
pub struct Facts {
    /// The branch it was resolved to.
    pub branch: Option<BranchId>,
    /// Who called.
    pub customer: Option<CustomerId>,
    /// E.164 of the caller; missing when withheld.
    pub from: Option<PhoneNumber>,
    /// The dialled number.
    pub to: Option<PhoneNumber>,
    /// The platform's agent.
    pub agent: Option<String>,
    /// `inbound` or `outbound`.
    pub direction: Option<String>,
    /// BCP 47 tag of the language it was held in.
    pub language: Option<String>,
    /// When the agent answered.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// When it was analysed.
    pub analyzed_at: Option<Timestamp>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// Why it ended.
    pub disconnection_reason: Option<String>,
    /// What it cost, in cents.
    pub cost_cents: Option<f64>,
    /// What was said.
    pub transcript: Option<Transcript>,
    /// What it was about.
    pub summary: Option<PersonalText>,
    /// The caller's mood, as the platform judged it.
    pub sentiment: Option<String>,
    /// Whether the platform judged it successful.
    pub successful: Option<bool>,
    /// What the company's own analysis found.
    pub custom_analysis: Option<Value>,
    /// How it was resolved: every signal with its reason.
    pub resolution: Option<Value>,
}

impl fmt::Debug for Facts {
    /// Shows what cannot point to a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("branch", &self.branch)
            .field("started_at", &self.started_at)
            .field("ended_at", &self.ended_at)
            .field("analyzed_at", &self.analyzed_at)
            .field("duration_ms", &self.duration_ms)
            .field("disconnection_reason", &self.disconnection_reason)
            .finish_non_exhaustive()
    }
}

/// What one event says of a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The phase the event belongs to; facts of a later phase win over those of an earlier one.
    pub phase: Phase,
    /// When it happened; within a phase the later event wins. The epoch for something that was only
    /// inferred (the sweeper's end of a call), so that any real event of the phase wins.
    pub at: Timestamp,
    /// Call or chat.
    pub kind: Kind,
    /// What it says.
    pub facts: Facts,
    /// Anything else by name, each treated as a fact of its own.
    pub extra: BTreeMap<String, Value>,
}

/// A call as stored.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// The platform's id.
    pub id: CallId,
    /// Call or chat.
    pub kind: Kind,
    /// How far it has come.
    pub phase: Phase,
    /// What is known.
    pub facts: Facts,
    /// Anything else by name.
    pub extra: BTreeMap<String, Value>,
    /// The latest event.
    pub last_event_at: Timestamp,
    /// When the row was made.
    pub created_at: Timestamp,
    marks: merge::Marks,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("id", &self.id)
            .field("phase", &self.phase)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// Returns whether its beginning, its end and its analysis have all been seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let Facts { started_at, ended_at, analyzed_at, .. } = &self.facts;
        started_at.is_some() && ended_at.is_some() && analyzed_at.is_some()
    }
}

/// Merges what an event says into the call's record, creating it if this is the first event.
///
/// Events of one call wait for each other on the row. Returns the record as it stands now and the
/// phase it had before; `None` when there was no record.
pub async fn report(
    tx: &mut Tx,
    company: CompanyId,
    id: &CallId,
    report: &Report,
) -> Result<(Call, Option<Phase>), Error> {
    let doing = "merging a call";
    let insert = "
        INSERT INTO resolver.call (company_id, call_id, kind, last_event_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    let key = || vec![company.uuid().into(), id.as_str().into()];
    let mut values = key();
    values.extend([report.kind.as_str().into(), time::value(report.at)]);
    let new = sql::execute(tx, doing, insert, values).await? == 1;
    let select = "SELECT * FROM resolver.call WHERE company_id = $1 AND call_id = $2 FOR UPDATE";
    let found: Option<Model> = sql::optional(tx, doing, select, key()).await?;
    let mut call = row::read(found.ok_or(Error::NotFound { doing })?)?;
    let before = (!new).then_some(call.phase);
    merge::merge(&mut call, report);
    row::write(tx, company, &call).await?;
    Ok((call, before))
}

/// Returns one call.
pub async fn find(on: &impl Connection, company: CompanyId, id: &CallId) -> Result<Option<Call>, Error> {
    let select = Entity::find().filter(Column::CompanyId.eq(company.uuid())).filter(Column::CallId.eq(id.as_str()));
    let found = select.one(&on.guard()).await.map_err(|cause| Error::sql("finding a call", cause))?;
    found.map(row::read).transpose()
}

/// Returns the calls of a company whose latest event is before `before`, newest first.
pub async fn list(
    on: &impl Connection,
    company: CompanyId,
    phase: Option<Phase>,
    before: Option<Timestamp>,
    limit: u64,
) -> Result<Vec<Call>, Error> {
    let mut select = Entity::find().filter(Column::CompanyId.eq(company.uuid()));
    if let Some(phase) = phase {
        select = select.filter(Column::Phase.eq(phase.number()));
    }
    if let Some(before) = before {
        select = select.filter(Column::LastEventAt.lt(time::to_db(before)));
    }
    let limit = if limit == 0 { 50 } else { limit.min(500) };
    let select = select.order_by_desc(Column::LastEventAt).order_by_asc(Column::CallId).limit(limit);
    let found = select.all(&on.guard()).await.map_err(|cause| Error::sql("listing calls", cause))?;
    found.into_iter().map(row::read).collect()
}

/// Returns calls of all companies of which no end was seen and nothing was heard since `before`, oldest first.
pub async fn silent(on: &impl Connection, before: Timestamp, limit: u64) -> Result<Vec<(CompanyId, Call)>, Error> {
    let select = Entity::find()
        .filter(Column::Phase.lt(Phase::Ended.number()))
        .filter(Column::LastEventAt.lt(time::to_db(before)))
        .order_by_asc(Column::LastEventAt)
        .limit(limit);
    let found = select.all(&on.guard()).await.map_err(|cause| Error::sql("finding silent calls", cause))?;
    found.into_iter().map(|model| Ok((CompanyId(model.company_id), row::read(model)?))).collect()
}

/// Returns how many calls of a number began since `since`.
pub async fn count_since(
    on: &impl Connection,
    company: CompanyId,
    from: &PhoneNumber,
    since: Timestamp,
) -> Result<u64, Error> {
    let query = "
        SELECT count(*) FROM resolver.call
        WHERE company_id = $1 AND from_number = $2 AND last_event_at >= $3 AND COALESCE(started_at, created_at) >= $3";
    let values = vec![company.uuid().into(), from.expose().into(), time::value(since)];
    let count: i64 = sql::scalar(on, "counting calls", query, values).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}
