//! Reading appointments: one, many, and those of the person on the phone.

use callflow_contract::{
    booking::v1::{GetResponse, ListResponse, Outcome},
    event::v1::Appointment as Told,
};
use callflow_domain::{
    code::Code,
    id::{AppointmentId, CompanyId},
};
use callflow_extract::name::{Match, Named, find};
use callflow_store::appointment::{self, Appointment, Filter, Status};
use jiff::Timestamp;

use super::{App, Result};
use crate::{command::Identity, error::Error, event, limit::Verdict};

/// The person on the phone.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose customer.
    pub company: CompanyId,
    /// The proof.
    pub identity: Identity,
    /// Whose tries at codes are counted: the call id; empty counts with everybody's.
    pub owner: String,
    /// The name they gave; picks one of several people on one number.
    pub name: String,
}

impl App {
    /// Returns one appointment with the reasons for its staff member.
    ///
    /// # Errors
    /// `NotFound` when the company has no such appointment.
    pub async fn get(&self, company: CompanyId, which: &str) -> Result<GetResponse> {
        let stored =
            self.by_id_or_code(company, which, Timestamp::now()).await?.ok_or(Error::NotFound("appointment"))?;
        let names = self.directory(company).await?;
        let choice_json = stored.choice.to_string();
        Ok(GetResponse { appointment: Some(event::appointment(&stored, &names)), choice_json })
    }

    /// Returns the appointments that fit the filter, by start.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn list(&self, company: CompanyId, filter: &Filter) -> Result<ListResponse> {
        let found = appointment::list(&self.deps.database, company, filter).await?;
        Ok(ListResponse { outcome: Outcome::Unspecified.into(), appointments: self.told(company, &found).await? })
    }

    /// Returns what the person on the phone has booked. They prove who they are by number or by code.
    ///
    /// # Errors
    /// Whatever the database says; not being identified is an answer.
    pub async fn find_for_caller(&self, caller: &Caller, with_past: bool, now: Timestamp) -> Result<ListResponse> {
        let company = caller.company;
        if let Some(phone) = &caller.identity.phone {
            let from = (!with_past).then_some(now);
            let filter = Filter { phone: Some(phone.clone()), from, with_inactive: with_past, ..Filter::default() };
            let found = appointment::list(&self.deps.database, company, &filter).await?;
            if !found.is_empty() || caller.identity.code.is_none() {
                let found = of_person(found, &caller.name);
                return Ok(ListResponse {
                    outcome: Outcome::Unspecified.into(),
                    appointments: self.told(company, &found).await?,
                });
            }
        }
        let Some(code) = caller.identity.code.as_deref() else {
            return Ok(only(Outcome::NotIdentified));
        };
        if self.deps.limiter.check(company, &caller.owner).await == Verdict::Refused {
            return Ok(only(Outcome::Limited));
        }
        let found = match Code::hear(code) {
            Some(code) => appointment::by_code(&self.deps.database, company, code.as_str(), now).await?,
            None => Vec::new(),
        };
        let is_current = |found: &Appointment| found.starts_at >= now && found.status == Status::Active;
        let current: Vec<_> = found.into_iter().filter(|found| with_past || is_current(found)).collect();
        let outcome = if current.is_empty() { Outcome::NotIdentified } else { Outcome::Unspecified };
        Ok(ListResponse { outcome: outcome.into(), appointments: self.told(company, &current).await? })
    }

    /// Finds an appointment by its id, or by what was heard of its code.
    pub(crate) async fn by_id_or_code(
        &self,
        company: CompanyId,
        which: &str,
        now: Timestamp,
    ) -> Result<Option<Appointment>> {
        if let Ok(id) = which.parse::<AppointmentId>() {
            return Ok(appointment::find(&self.deps.database, company, id).await?);
        }
        let Some(code) = Code::hear(which) else { return Ok(None) };
        Ok(appointment::by_code(&self.deps.database, company, code.as_str(), now).await?.into_iter().next())
    }

    /// Returns appointments as they are told to others.
    pub(crate) async fn told(&self, company: CompanyId, found: &[Appointment]) -> Result<Vec<Told>> {
        let names = self.directory(company).await?;
        Ok(found.iter().map(|stored| event::appointment(stored, &names)).collect())
    }
}

/// Returns the appointments of the person named, when several people share the number and the name fits one of them.
fn of_person(found: Vec<Appointment>, name: &str) -> Vec<Appointment> {
    let name_of = |one: &Appointment| one.person.name.as_ref().map(|name| name.expose().to_owned()).unwrap_or_default();
    let mut people: Vec<String> = found.iter().map(name_of).collect();
    people.sort_unstable();
    people.dedup();
    if name.trim().is_empty() || people.len() < 2 {
        return found;
    }
    let named: Vec<_> = people.into_iter().map(|one| Named { value: one.clone(), names: vec![one] }).collect();
    match find(name, &named) {
        Match::One(person) => found.into_iter().filter(|one| name_of(one) == person).collect(),
        Match::Several(_) | Match::None => found,
    }
}

fn only(outcome: Outcome) -> ListResponse {
    ListResponse { outcome: outcome.into(), appointments: Vec::new() }
}
