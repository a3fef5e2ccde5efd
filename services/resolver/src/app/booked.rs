//! What bookings teach about customers: their name, their language, whom and where they prefer.

mod booker;

use std::collections::BTreeSet;

use callflow_cache::Subject;
use callflow_contract::{
    convert::{id, required_time},
    event::v1::{Appointment, CustomerChanged},
};
use callflow_domain::{
    call_state::Phase,
    code::Code,
    id::{BranchId, CallId, CompanyId, MessageId},
    masked::{CustomerName, PersonalText, PhoneNumber},
};
use callflow_queue::topology::key;
use callflow_store::{
    Tx, booked, call,
    customer::{self, Lesson},
    inbox::Inbox,
    outbox::Table,
};
use jiff::{SignedDuration, Timestamp};

use self::booker::{Booker, Found};
use super::{App, Result, name};
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
        let at = required_time("appointment.changed_at", told.changed_at.as_ref())?;
        let appointment = id("appointment.appointment_id", &told.appointment_id)?;
        let before = booked::customer(&*tx, company, appointment).await?;
        let call_id = CallId::parse(&told.call_id);
        let call = match &call_id {
            // The call first, then customers: events of calls lock them in this order, too.
            Some(id) if active && before.is_none() => Some(call::open(tx, company, id, at).await?.call),
            _ => None,
        };
        let booker = Booker::read(told, call.as_ref().and_then(|call| call.customer))?;
        let found = match before {
            Some(id) => Some(Found { id, is_new: false, name: None }),
            None => booker.find_or_create(tx, company, told, at).await?,
        };
        let change = booked::Booked {
            appointment,
            branch: id("appointment.branch_id", &told.branch_id)?,
            staff: id("appointment.staff_id", &told.staff_id)?,
            service: id("appointment.service_id", &told.service_id)?,
            customer: found.as_ref().map(|found| found.id),
            code: Code::hear(&told.confirmation_code).map(|code| code.as_str().to_owned()),
            starts_at: required_time("appointment.start", told.start.as_ref())?,
            active,
            changed_at: at,
        };
        let first_heard = booked::note(tx, company, &change).await?;
        let taken = Taken { phone: booker.phone.clone(), branch: change.branch, starts_at: change.starts_at };
        let Some(found) = found.filter(|_| first_heard && active) else { return Ok(taken) };
        let mut lesson = self.lesson(tx, company, told, (&change, &found), at).await?;
        if let Some(call) = call.filter(|call| call.customer.is_none()) {
            // The call itself does not say who it was: no number, or one that a family shares.
            call::identify(tx, company, &call.id, found.id).await?;
            lesson.calls = u32::from(call.record.phase() >= Phase::Ended);
        }
        customer::learn(tx, company, found.id, &lesson, at).await?;
        let change = if found.is_new { "created" } else { "updated" };
        let body = CustomerChanged { customer_id: found.id.to_string(), change: change.to_owned() };
        let call = call_id.as_ref().map(CallId::as_str);
        let message = message::new(company, key::CUSTOMER_CHANGED, format!("customer/{}", found.id), call, &body, at);
        Table::Resolver.append(tx, &[message]).await?;
        Ok(taken)
    }

    /// Returns what a booking teaches about whom it is for.
    async fn lesson(
        &self,
        tx: &Tx,
        company: CompanyId,
        told: &Appointment,
        (change, found): (&booked::Booked, &Found),
        at: Timestamp,
    ) -> Result<Lesson> {
        let person = told.person.clone().unwrap_or_default();
        let since = at.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
        let favourite = match found.is_new {
            true => Some((change.staff, change.branch)),
            false => booked::favourite(tx, company, found.id, since).await?.map(|(staff, branch, _)| (staff, branch)),
        };
        let filled = |text: String| (!text.is_empty()).then_some(text);
        let is_fuller = |said: &String| found.name.as_ref().is_none_or(|known| name::is_fuller(said, known.expose()));
        Ok(Lesson {
            name: filled(person.name).filter(is_fuller).map(CustomerName::new),
            email: filled(person.email).map(PersonalText::new),
            language: filled(person.language),
            preferred_staff: favourite.map(|(staff, _)| staff),
            preferred_branch: favourite.map(|(_, branch)| branch),
            branch: Some(change.branch),
            bookings: 1,
            ..Lesson::default()
        })
    }
}

/// What a change of an appointment concerns.
struct Taken {
    phone: Option<PhoneNumber>,
    branch: BranchId,
    starts_at: Timestamp,
}
