//! For whom a booking is: found among those who are known, or made known. A family shares a number, and somebody books for
//! somebody else; nobody's booking is taken for another's.

use callflow_contract::{convert::optional_id, event::v1::Appointment};
use callflow_domain::{
    id::{CompanyId, CustomerId},
    masked::{CustomerName, PhoneNumber},
};
use callflow_store::{
    Tx,
    customer::{self, Customer},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::app::{Result, name};

/// What a booking says of the person it is for.
pub(super) struct Booker {
    /// Who is said to have called: by the booking itself, or by its call.
    caller: Option<CustomerId>,
    pub(super) phone: Option<PhoneNumber>,
    name: Option<CustomerName>,
}

/// A customer, and whether they are new.
pub(super) struct Found {
    pub(super) id: CustomerId,
    pub(super) is_new: bool,
    /// The name they went by before.
    pub(super) name: Option<CustomerName>,
}

impl From<&Customer> for Found {
    fn from(known: &Customer) -> Self {
        Self { id: known.id, is_new: false, name: known.name.clone() }
    }
}

impl Booker {
    pub(super) fn read(told: &Appointment, of_call: Option<CustomerId>) -> Result<Self> {
        let person = told.person.clone().unwrap_or_default();
        let given = optional_id::<CustomerId>("appointment.person.customer_id", &person.customer_id)?;
        Ok(Self {
            caller: given.or(of_call),
            phone: (!person.phone.is_empty()).then(|| PhoneNumber::new(person.phone)),
            name: (!person.name.is_empty()).then(|| CustomerName::new(person.name)),
        })
    }

    /// Returns the customer, creating one where there is none; nobody for a booking that names nobody.
    pub(super) async fn find_or_create(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        told: &Appointment,
        at: Timestamp,
    ) -> Result<Option<Found>> {
        if let Some(caller) = self.caller
            && let Some(known) = customer::find(&*tx, company, caller).await?
            && self.may_be(&known)
        {
            return Ok(Some(Found::from(&known)));
        }
        Ok(match (&self.phone, &self.name) {
            (Some(phone), _) => self.under(tx, company, phone, at).await?,
            (None, Some(name)) => Some(guest(tx, company, told, name, at).await?),
            (None, None) => None,
        })
    }

    /// Returns whether the booking may be this customer's: one of them has no name yet, or both names are one person's.
    fn may_be(&self, known: &Customer) -> bool {
        match (&known.name, &self.name) {
            (Some(stored), Some(said)) => name::is_same(stored.expose(), said.expose()),
            (None, _) | (_, None) => true,
        }
    }

    async fn under(
        &self,
        tx: &mut Tx,
        company: CompanyId,
        phone: &PhoneNumber,
        at: Timestamp,
    ) -> Result<Option<Found>> {
        customer::lock_phone(tx, company, phone).await?;
        let known = customer::by_phone(&*tx, company, phone).await?;
        if self.name.is_none() && known.len() > 1 {
            // Several people share the number, and none of them was named.
            return Ok(None);
        }
        // Who goes by the name comes before somebody who never said one.
        let fitting = known.iter().filter(|one| self.may_be(one)).min_by_key(|one| one.name.is_none());
        if let Some(found) = fitting {
            return Ok(Some(Found::from(found)));
        }
        let id = CustomerId(Uuid::now_v7());
        customer::create(tx, company, id, Some(phone), at).await?;
        Ok(Some(Found { id, is_new: true, name: None }))
    }
}

/// Finds or creates the customer of a booking without a number: one for all that a name books in one call.
async fn guest(
    tx: &mut Tx,
    company: CompanyId,
    told: &Appointment,
    name: &CustomerName,
    at: Timestamp,
) -> Result<Found> {
    let of = if told.call_id.is_empty() { &told.appointment_id } else { &told.call_id };
    let seed = format!("guest/{of}/{}", name::key(name.expose()));
    let id = CustomerId(Uuid::new_v5(&company.uuid(), seed.as_bytes()));
    let known = customer::find(&*tx, company, id).await?;
    customer::create(tx, company, id, None, at).await?;
    Ok(Found { id, is_new: known.is_none(), name: known.and_then(|known| known.name) })
}
