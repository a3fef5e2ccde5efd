//! Customers: who calls, under which number, and what was learned about them.
//!
//! Several customers may share a number. Which of them is calling is for the caller of this module
//! to decide; here nothing is merged and nothing is guessed.

use callflow_domain::{
    id::{BranchId, CompanyId, CustomerId, StaffId},
    masked::{CustomerName, PersonalText, PhoneNumber},
};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    database::Tx,
    entity::customer::{Column, Entity, Model},
    error::Error,
    person::clean,
    session::Connection,
    sql, time,
};

/// A customer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Their id.
    pub id: CustomerId,
    /// E.164; missing for guests with a withheld number.
    pub phone: Option<PhoneNumber>,
    /// The name last given.
    pub name: Option<CustomerName>,
    /// E-mail address.
    pub email: Option<PersonalText>,
    /// BCP 47 tag of the language they speak.
    pub language: Option<String>,
    /// With whom they like to book.
    pub preferred_staff: Option<StaffId>,
    /// Where they like to book.
    pub preferred_branch: Option<BranchId>,
    /// Calls so far.
    pub calls: u32,
    /// Appointments so far.
    pub bookings: u32,
    /// First call or booking.
    pub first_seen: Timestamp,
    /// Latest call or booking.
    pub last_seen: Timestamp,
    /// The branch of the latest call or booking.
    pub last_branch: Option<BranchId>,
}

/// What a call or a booking teaches about a customer; `None` teaches nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lesson {
    /// The name they gave.
    pub name: Option<CustomerName>,
    /// Their e-mail address.
    pub email: Option<PersonalText>,
    /// The language they spoke.
    pub language: Option<String>,
    /// Whom they prefer.
    pub preferred_staff: Option<StaffId>,
    /// Where they prefer to go.
    pub preferred_branch: Option<BranchId>,
    /// The branch they called or booked at.
    pub branch: Option<BranchId>,
    /// Calls to be added.
    pub calls: u32,
    /// Appointments to be added.
    pub bookings: u32,
}

/// Makes others wait who are deciding about customers of the same number, until this transaction ends.
///
/// Without it, two events of one first-time caller would each find nobody and create somebody.
pub async fn lock_phone(tx: &mut Tx, company: CompanyId, phone: &PhoneNumber) -> Result<(), Error> {
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))";
    let key = format!("customer/{company}/{}", phone.expose());
    sql::execute(tx, "locking a phone number", lock, vec![key.into()]).await.map(|_| ())
}

/// Returns the customers under a number, the one last seen first.
pub async fn by_phone(on: &impl Connection, company: CompanyId, phone: &PhoneNumber) -> Result<Vec<Customer>, Error> {
    let select = Entity::find()
        .filter(Column::CompanyId.eq(company.uuid()))
        .filter(Column::Phone.eq(phone.expose()))
        .order_by_desc(Column::LastSeen)
        .order_by_asc(Column::Id)
        .limit(50);
    let found = select.all(&on.guard()).await.map_err(|cause| Error::sql("finding customers by phone", cause))?;
    found.into_iter().map(read).collect()
}

/// Returns one customer.
pub async fn find(on: &impl Connection, company: CompanyId, id: CustomerId) -> Result<Option<Customer>, Error> {
    let select = Entity::find_by_id(id.uuid()).filter(Column::CompanyId.eq(company.uuid()));
    let found = select.one(&on.guard()).await.map_err(|cause| Error::sql("finding a customer", cause))?;
    found.map(read).transpose()
}

/// Creates a customer; under an id that exists nothing happens.
pub async fn create(
    tx: &mut Tx,
    company: CompanyId,
    id: CustomerId,
    phone: Option<&PhoneNumber>,
    at: Timestamp,
) -> Result<(), Error> {
    let insert = "
        INSERT INTO resolver.customer (id, company_id, phone, first_seen, last_seen) VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (id) DO NOTHING";
    let phone = phone.map(|phone| clean(phone.expose()));
    let values = vec![id.uuid().into(), company.uuid().into(), phone.into(), time::value(at)];
    sql::execute(tx, "creating a customer", insert, values).await.map(|_| ())
}

/// Adds what was learned at `at` and returns the customer as they stand now; `None` when there is none.
///
/// Something learned late, from an event that is older than the latest one, adds to the counts and
/// fills gaps, but replaces nothing.
pub async fn learn(
    tx: &mut Tx,
    company: CompanyId,
    id: CustomerId,
    lesson: &Lesson,
    at: Timestamp,
) -> Result<Option<Customer>, Error> {
    let doing = "learning about a customer";
    let update = "
        UPDATE resolver.customer SET
            name = CASE WHEN $3 >= last_seen THEN COALESCE($4, name) ELSE COALESCE(name, $4) END,
            email = CASE WHEN $3 >= last_seen THEN COALESCE($5, email) ELSE COALESCE(email, $5) END,
            language = CASE WHEN $3 >= last_seen THEN COALESCE($6, language) ELSE COALESCE(language, $6) END,
            preferred_staff_id =
                CASE WHEN $3 >= last_seen THEN COALESCE($7, preferred_staff_id) ELSE COALESCE(preferred_staff_id, $7) END,
            preferred_branch_id =
                CASE WHEN $3 >= last_seen THEN COALESCE($8, preferred_branch_id) ELSE COALESCE(preferred_branch_id, $8) END,
            last_branch_id =
                CASE WHEN $3 >= last_seen THEN COALESCE($9, last_branch_id) ELSE COALESCE(last_branch_id, $9) END,
            calls = calls + $10,
            bookings = bookings + $11,
            first_seen = LEAST(first_seen, $3),
            last_seen = GREATEST(last_seen, $3)
        WHERE company_id = $1 AND id = $2 RETURNING *";
    let values = vec![
        company.uuid().into(),
        id.uuid().into(),
        time::value(at),
        lesson.name.as_ref().map(|name| clean(name.expose())).into(),
        lesson.email.as_ref().map(|email| clean(email.expose())).into(),
        lesson.language.clone().into(),
        lesson.preferred_staff.map(StaffId::uuid).into(),
        lesson.preferred_branch.map(BranchId::uuid).into(),
        lesson.branch.map(BranchId::uuid).into(),
        i32::try_from(lesson.calls).unwrap_or(i32::MAX).into(),
        i32::try_from(lesson.bookings).unwrap_or(i32::MAX).into(),
    ];
    let found: Option<Model> = sql::optional(tx, doing, update, values).await?;
    found.map(read).transpose()
}

fn read(model: Model) -> Result<Customer, Error> {
    let corrupt = |_| Error::Decode { doing: "reading a customer", what: "a count" };
    Ok(Customer {
        id: CustomerId(model.id),
        phone: model.phone.map(PhoneNumber::new),
        name: model.name.map(CustomerName::new),
        email: model.email.map(PersonalText::new),
        language: model.language,
        preferred_staff: model.preferred_staff_id.map(StaffId),
        preferred_branch: model.preferred_branch_id.map(BranchId),
        calls: u32::try_from(model.calls).map_err(corrupt)?,
        bookings: u32::try_from(model.bookings).map_err(corrupt)?,
        first_seen: time::from_db(model.first_seen),
        last_seen: time::from_db(model.last_seen),
        last_branch: model.last_branch_id.map(BranchId),
    })
}
