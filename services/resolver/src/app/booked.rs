//! What bookings teach about customers: their name, their language, whom and where they prefer.

use std::collections::BTreeSet;

use callflow_cache::Subject;
use callflow_contract::{
    convert::{id, optional_id, required_time},
    event::v1::{Appointment, CustomerChanged},
};
use callflow_domain::{
    code::Code,
    id::{BranchId, CallId, CompanyId, CustomerId, MessageId},
    masked::{CustomerName, PersonalText, PhoneNumber},
};
use callflow_queue::topology::key;
use callflow_store::{Tx, booked, call, customer, inbox::Inbox, outbox::Table};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{App, Result};
use crate::message;

/// Name of this consumer in the inbox.
const CONSUMER: &str = "resolver.appointment.v1";
/// How far back it counts with whom and where a customer books.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(365 * 24);

impl App {
    /// Takes changed appointments into account, once per message.
    ///
    /// # Errors
    /// When an appointment makes no sense, or whatever the database says.
    pub async fn take_appointments(
        &self,
        company: CompanyId,
        message: MessageId,
        list: &[(Appointment, bool)],
    ) -> Result<()> {
        let mut tx = self.deps.database.begin().await?;
        if !Inbox::Resolver.take(&mut tx, CONSUMER, message).await? {
            return Ok(());
        }
        let (mut phones, mut days) = (Vec::new(), Vec::new());
        for (appointment, active) in list {
            let taken = self.take_one(&mut tx, company, appointment, *active).await?;
            phones.extend(taken.phone);
            days.push((taken.branch, taken.starts_at));
        }
        tx.commit().await?;
        self.deps.relay.wake();
        // What cannot be deleted ends with its tier's time to live.
        let subjects: Vec<_> = phones.iter().map(|phone| Subject::Personal(phone.expose())).collect();
        let _ = self.deps.callers.delete(company, &subjects).await;
        self.forget_busy(company, &days).await;
        Ok(())
    }

    /// Forgets how busy the branches are on the days that changed.
    async fn forget_busy(&self, company: CompanyId, days: &[(BranchId, Timestamp)]) {
        let Ok(directory) = self.directory(company).await else { return };
        let keys = days.iter().filter_map(|(branch, at)| Self::busy_on(&directory, *branch, *at));
        let keys: BTreeSet<String> = keys.collect();
        let subjects: Vec<_> = keys.iter().map(|key| Subject::Public(key)).collect();
        let _ = self.deps.busy.delete(company, &subjects).await;
    }

    async fn take_one(&self, tx: &mut Tx, company: CompanyId, told: &Appointment, active: bool) -> Result<Taken> {
        let person = told.person.clone().unwrap_or_default();
        let phone = (!person.phone.is_empty()).then(|| PhoneNumber::new(person.phone.clone()));
        let at = required_time("appointment.changed_at", told.changed_at.as_ref())?;
        let given = optional_id::<CustomerId>("appointment.person.customer_id", &person.customer_id)?;
        let name = (!person.name.is_empty()).then(|| CustomerName::new(person.name.clone()));
        let customer = match (given, &phone) {
            (Some(id), _) => Some((id, false)),
            (None, Some(phone)) => Some(customer_of(tx, company, phone, name.as_ref(), at).await?),
            // Somebody without a number is a guest, who can be recognised by name and code later.
            (None, None) if name.is_some() => Some(guest_of(tx, company, told, at).await?),
            (None, None) => None,
        };
        let change = booked::Booked {
            appointment: id("appointment.appointment_id", &told.appointment_id)?,
            branch: id("appointment.branch_id", &told.branch_id)?,
            staff: id("appointment.staff_id", &told.staff_id)?,
            service: id("appointment.service_id", &told.service_id)?,
            customer: customer.map(|(id, _)| id),
            code: Code::hear(&told.confirmation_code).map(|code| code.as_str().to_owned()),
            starts_at: required_time("appointment.start", told.start.as_ref())?,
            active,
            changed_at: at,
        };
        let taken = Taken { phone, branch: change.branch, starts_at: change.starts_at };
        let first_heard = booked::note(tx, company, &change).await?;
        let Some((customer, is_new)) = customer.filter(|_| first_heard && active) else { return Ok(taken) };
        let since = at.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        let favourite = booked::favourite(&*tx, company, customer, since).await?;
        let lesson = customer::Lesson {
            name,
            email: (!person.email.is_empty()).then(|| PersonalText::new(person.email.clone())),
            language: (!person.language.is_empty()).then(|| person.language.clone()),
            preferred_staff: favourite.map(|(staff, ..)| staff),
            preferred_branch: favourite.map(|(_, branch, _)| branch),
            branch: Some(change.branch),
            bookings: 1,
            ..customer::Lesson::default()
        };
        customer::learn(tx, company, customer, &lesson, at).await?;
        if let Some(call) = CallId::parse(&told.call_id).filter(|_| taken.phone.is_none()) {
            // The call itself does not say who it was.
            let found = call::Assignment { customer: Some(customer), ..call::Assignment::default() };
            call::assign(tx, company, &call, &found, at).await?;
        }
        let body = CustomerChanged {
            customer_id: customer.to_string(),
            change: if is_new { "created" } else { "updated" }.to_owned(),
        };
        let call = (!told.call_id.is_empty()).then_some(told.call_id.as_str());
        let message = message::new(company, key::CUSTOMER_CHANGED, format!("customer/{customer}"), call, &body, at);
        Table::Resolver.append(tx, &[message]).await?;
        Ok(taken)
    }
}

/// What a change of an appointment concerns.
struct Taken {
    phone: Option<PhoneNumber>,
    branch: BranchId,
    starts_at: Timestamp,
}

/// Creates the customer of a booking without a number, one for all that is booked in a call, and says whether they are new.
async fn guest_of(tx: &mut Tx, company: CompanyId, told: &Appointment, at: Timestamp) -> Result<(CustomerId, bool)> {
    let of = if told.call_id.is_empty() { &told.appointment_id } else { &told.call_id };
    let id = CustomerId(Uuid::new_v5(&company.uuid(), format!("guest/{of}").as_bytes()));
    let is_new = customer::find(&*tx, company, id).await?.is_none();
    customer::create(tx, company, id, None, at).await?;
    Ok((id, is_new))
}

/// Finds the customer of a booking by number and name, or creates one, and says which: a family shares a number, and its
/// members stay apart.
async fn customer_of(
    tx: &mut Tx,
    company: CompanyId,
    phone: &PhoneNumber,
    name: Option<&CustomerName>,
    at: Timestamp,
) -> Result<(CustomerId, bool)> {
    customer::lock_phone(tx, company, phone).await?;
    let known = customer::by_phone(&*tx, company, phone).await?;
    let fold = |name: &CustomerName| name.expose().to_lowercase();
    let same = known.iter().find(|one| match (&one.name, name) {
        (Some(stored), Some(name)) => fold(stored) == fold(name),
        // Somebody who called before and never said a name is the one who books now.
        (None, _) | (_, None) => true,
    });
    if let Some(found) = same {
        return Ok((found.id, false));
    }
    let id = CustomerId(Uuid::now_v7());
    customer::create(tx, company, id, Some(phone), at).await?;
    Ok((id, true))
}
