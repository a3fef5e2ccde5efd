//! Callback tasks: somebody is to be called back by a person.

use callflow_domain::{
    id::{BranchId, CallId, CallbackId, CompanyId},
    masked::PersonalText,
};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;

use crate::{
    database::Tx,
    entity::callback::{Column, Entity, Model},
    error::Error,
    person::{Columns, Person, clean, clean_json},
    session::Connection,
    sql, time,
};

/// Whether a task still waits for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nobody has called yet.
    Open,
    /// The person was called.
    Done,
    /// It is not needed any more.
    Dropped,
}

impl Status {
    /// Returns the name as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    /// Returns the status of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Dropped].into_iter().find(|status| status.as_str() == text)
    }
}

/// A task to be noted.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCallback {
    /// Its id, made by the caller; not used when the task exists.
    pub id: CallbackId,
    /// The branch concerned, when it is known.
    pub branch: Option<BranchId>,
    /// The call it came from; one call has one task of each kind.
    pub call: Option<CallId>,
    /// Why it exists: `request`, `wish`, `outage`.
    pub kind: String,
    /// Whom to call.
    pub person: Person,
    /// What they want, for whoever calls.
    pub reason: PersonalText,
    /// What is known of the wish: service, day, time, staff; personal data may be among it.
    pub known: Value,
    /// When to call.
    pub due_at: Option<Timestamp>,
    /// When it was asked for.
    pub at: Timestamp,
}

/// A task as stored.
#[derive(Clone, PartialEq)]
pub struct Callback {
    /// Its id.
    pub id: CallbackId,
    /// Whose company.
    pub company: CompanyId,
    /// The branch concerned.
    pub branch: Option<BranchId>,
    /// The call it came from.
    pub call: Option<CallId>,
    /// Why it exists.
    pub kind: String,
    /// Whom to call.
    pub person: Person,
    /// What they want.
    pub reason: PersonalText,
    /// What is known of the wish.
    pub known: Value,
    /// When to call.
    pub due_at: Option<Timestamp>,
    /// Whether it still waits.
    pub status: Status,
    /// When it was noted.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Callback {
    /// Leaves out what is known of the wish, because it may name the person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

fn read(model: Model) -> Result<Callback, Error> {
    let Model { customer_id, customer_name, customer_phone, customer_email, language, .. } = model;
    let person = Columns { customer_id, name: customer_name, phone: customer_phone, email: customer_email, language };
    Ok(Callback {
        id: CallbackId(model.id),
        company: CompanyId(model.company_id),
        branch: model.branch_id.map(BranchId),
        call: model.call_id.as_deref().and_then(CallId::parse),
        kind: model.kind,
        person: person.into(),
        reason: PersonalText::new(model.reason),
        known: model.known,
        due_at: model.due_at.map(time::from_db),
        status: Status::parse(&model.status).ok_or(Error::Decode { doing: "reading a callback", what: "status" })?,
        created_at: time::from_db(model.created_at),
    })
}

/// Notes a task and returns it with whether it is new.
///
/// A second one of the same kind from the same call adds what it knows to the first: later values
/// replace earlier ones, and what only the first knew stays.
pub async fn note(tx: &mut Tx, company: CompanyId, task: &NewCallback) -> Result<(Callback, bool), Error> {
    let doing = "noting a callback";
    let upsert = "
        INSERT INTO booking.callback AS task (id, company_id, branch_id, call_id, kind, customer_id, customer_name,
            customer_phone, customer_email, language, reason, known, due_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT ON CONSTRAINT callback_of_call DO UPDATE SET
            branch_id = COALESCE(excluded.branch_id, task.branch_id),
            customer_id = COALESCE(excluded.customer_id, task.customer_id),
            customer_name = COALESCE(excluded.customer_name, task.customer_name),
            customer_phone = COALESCE(excluded.customer_phone, task.customer_phone),
            customer_email = COALESCE(excluded.customer_email, task.customer_email),
            language = COALESCE(excluded.language, task.language),
            reason = excluded.reason,
            known = task.known || excluded.known,
            due_at = COALESCE(excluded.due_at, task.due_at),
            updated_at = now()
        RETURNING *";
    let person = Columns::from(&task.person);
    let values = vec![
        task.id.uuid().into(),
        company.uuid().into(),
        task.branch.map(BranchId::uuid).into(),
        task.call.as_ref().map(|call| call.as_str().to_owned()).into(),
        task.kind.clone().into(),
        person.customer_id.into(),
        person.name.into(),
        person.phone.into(),
        person.email.into(),
        person.language.into(),
        clean(task.reason.expose()).into(),
        clean_json(&task.known).into(),
        time::optional(task.due_at),
        time::value(task.at),
    ];
    let stored: Option<Model> = sql::optional(tx, doing, upsert, values).await?;
    let stored = read(stored.ok_or(Error::NotFound { doing })?)?;
    let new = stored.id == task.id;
    Ok((stored, new))
}

/// Returns the tasks of a company, oldest first; `None` means whatever their status.
pub async fn list(
    on: &impl Connection,
    company: CompanyId,
    status: Option<Status>,
    limit: u64,
) -> Result<Vec<Callback>, Error> {
    let mut select = Entity::find().filter(Column::CompanyId.eq(company.uuid()));
    if let Some(status) = status {
        select = select.filter(Column::Status.eq(status.as_str()));
    }
    let select = select.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id);
    let limit = if limit == 0 { 100 } else { limit.min(1000) };
    let found = select.limit(limit).all(&on.guard()).await;
    found.map_err(|cause| Error::sql("listing callbacks", cause))?.into_iter().map(read).collect()
}

/// Closes an open task and returns whether it was open.
pub async fn close(tx: &mut Tx, company: CompanyId, id: CallbackId, status: Status) -> Result<bool, Error> {
    let update = "
        UPDATE booking.callback SET status = $3, updated_at = now()
        WHERE company_id = $1 AND id = $2 AND status = 'open'";
    let values = vec![company.uuid().into(), id.uuid().into(), status.as_str().into()];
    Ok(sql::execute(tx, "closing a callback", update, values).await? > 0)
}
