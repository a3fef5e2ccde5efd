//! What bookings teach about customers: their name, their language, whom and where they prefer.

use callflow_cache::Subject;
use callflow_contract::{
    convert::{id, optional_id, required_time},
    event::v1::Appointment,
};
use callflow_domain::{
    id::{CompanyId, CustomerId, MessageId},
    masked::{CustomerName, PhoneNumber},
};
use callflow_store::{Tx, booked, customer, inbox::Inbox};
use jiff::Timestamp;
use uuid::Uuid;

use super::{App, Result};

/// Name of this consumer in the inbox.
const CONSUMER: &str = "resolver.appointment.v1";

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
        let mut phones = Vec::new();
        for (appointment, active) in list {
            phones.extend(self.take_one(&mut tx, company, appointment, *active).await?);
        }
        tx.commit().await?;
        let subjects: Vec<_> = phones.iter().map(|phone| Subject::Personal(phone.expose())).collect();
        let _ = self.deps.callers.delete(company, &subjects).await;
        Ok(())
    }

    async fn take_one(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        told: &Appointment,
        active: bool,
    ) -> Result<Option<PhoneNumber>> {
        let person = told.person.clone().unwrap_or_default();
        let phone = (!person.phone.is_empty()).then(|| PhoneNumber::new(person.phone.clone()));
        let at = required_time("appointment.changed_at", told.changed_at.as_ref())?;
        let given = optional_id::<CustomerId>("appointment.person.customer_id", &person.customer_id)?;
        let name = (!person.name.is_empty()).then(|| CustomerName::new(person.name.clone()));
        let customer = match (given, &phone) {
            (Some(id), _) => Some(id),
            (None, Some(phone)) => Some(customer_of(tx, company, phone, name.as_ref(), at).await?),
            (None, None) => None,
        };
        let change = booked::Booked {
            appointment: id("appointment.appointment_id", &told.appointment_id)?,
            branch: id("appointment.branch_id", &told.branch_id)?,
            staff: id("appointment.staff_id", &told.staff_id)?,
            service: id("appointment.service_id", &told.service_id)?,
            customer,
            starts_at: required_time("appointment.start", told.start.as_ref())?,
            active,
            changed_at: at,
        };
        let first_heard = booked::note(tx, company, &change).await?;
        if let (Some(customer), true, true) = (customer, first_heard, active) {
            let lesson = customer::Lesson {
                name,
                language: (!person.language.is_empty()).then(|| person.language.clone()),
                preferred_staff: Some(change.staff),
                branch: Some(change.branch),
                bookings: 1,
                ..customer::Lesson::default()
            };
            customer::learn(tx, company, customer, &lesson, at).await?;
        }
        Ok(phone)
    }
}

/// Finds the customer of a booking by number and name, or creates one: a family shares a number, and its members stay apart.
async fn customer_of(
    tx: &mut Tx,
    company: CompanyId,
    phone: &PhoneNumber,
    name: Option<&CustomerName>,
    at: Timestamp,
) -> Result<CustomerId> {
    customer::lock_phone(tx, company, phone).await?;
    let known = customer::by_phone(&*tx, company, phone).await?;
    let fold = |name: &CustomerName| name.expose().to_lowercase();
    let same = known.iter().find(|one| match (&one.name, name) {
        (Some(stored), Some(name)) => fold(stored) == fold(name),
        // Somebody who called before and never said a name is the one who books now.
        (None, _) | (_, None) => true,
    });
    if let Some(found) = same {
        return Ok(found.id);
    }
    let id = CustomerId(Uuid::now_v7());
    customer::create(tx, company, id, Some(phone), at).await?;
    Ok(id)
}
