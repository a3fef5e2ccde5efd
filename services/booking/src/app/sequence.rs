//! Booking several services one after another: all in one transaction, or none.

use callflow_contract::{
    availability::v1::{NoSlotReason, Offer, SearchSequencesRequest},
    booking::v1::{BookResponse, Outcome},
    common::v1::TimeRange,
    convert::to_wire_time,
    event::v1::AppointmentBooked,
};
use callflow_domain::{
    code::Code,
    id::{BranchId, GroupId, ServiceId},
    masked::PersonalText,
};
use callflow_queue::topology::key;
use callflow_store::{
    Person,
    appointment::{self, NewAppointment, Placement},
    audit, outbox,
    request::Ending,
};
use serde_json::json;
use uuid::Uuid;

use super::{App, Result, book::wish, once::Turn};
use crate::{
    command::{Book, Context, Target},
    event, metrics,
    slots::segments,
};

/// Different sequences tried before the caller hears that they were taken.
const ATTEMPTS: usize = 3;

/// Book a sequence.
#[derive(Debug, Clone)]
pub struct BookServices {
    /// Who asks, under which key.
    pub context: Context,
    /// Where.
    pub branch: BranchId,
    /// Two to eight services.
    pub services: Vec<ServiceId>,
    /// Whether their order is free.
    pub any_order: bool,
    /// Whether one person must do them all.
    pub same_staff: bool,
    /// Minutes between; the company's own when absent.
    pub gap_min: Option<u32>,
    /// Where to look; seven days from now when absent.
    pub window: Option<TimeRange>,
    /// The parts of an offered sequence, one slot id per service; empty to take the best.
    pub slots: Vec<String>,
    /// For whom.
    pub person: Person,
    /// Remarks of the customer.
    pub notes: Option<PersonalText>,
}

impl App {
    /// Books a sequence, once per key and intent.
    ///
    /// # Errors
    /// When availability or the database cannot be asked; that nothing fits is an answer.
    pub async fn book_services(&self, command: &BookServices) -> Result<BookResponse> {
        let context = &command.context;
        if let Some(answer) = self.answered::<BookResponse>(context).await? {
            return Ok(answer);
        }
        if let Some(pair) = self.forbidden_pair(command).await? {
            let answer = BookResponse {
                outcome: Outcome::ForbiddenCombination.into(),
                detail: format!("{} and {} may not be combined", pair.0, pair.1),
                ..BookResponse::default()
            };
            return self.refuse(context, answer).await;
        }
        let (sequences, reason, detail) = self.sequences(command).await?;
        for (tried, parts) in sequences.iter().take(ATTEMPTS).enumerate() {
            if let Some(answer) = self.place(command, parts, tried).await? {
                return Ok(answer);
            }
            metrics::conflict();
        }
        let outcome = if sequences.is_empty() { Outcome::NotBookable } else { Outcome::Taken };
        let answer = BookResponse { outcome: outcome.into(), reason: reason.into(), detail, ..BookResponse::default() };
        self.refuse(context, answer).await
    }

    /// Returns the sequences to try, best first: the offered one, or what a search finds.
    async fn sequences(&self, command: &BookServices) -> Result<(Vec<Vec<Offer>>, NoSlotReason, String)> {
        let context = &command.context;
        if !command.slots.is_empty() {
            let mut parts = Vec::new();
            for slot in &command.slots {
                let checked = self.deps.slots.check(context, &Target::Offered(slot.clone())).await?;
                match checked.offers.first() {
                    Some(offer) => parts.push(offer.clone()),
                    None => return Ok((Vec::new(), checked.reason(), checked.reason_detail)),
                }
            }
            return Ok((vec![parts], NoSlotReason::FullyBooked, String::new()));
        }
        let request = SearchSequencesRequest {
            company_id: context.company.to_string(),
            branch_id: command.branch.to_string(),
            service_ids: command.services.iter().map(ToString::to_string).collect(),
            any_order: command.any_order,
            same_staff: command.same_staff,
            gap_min: command.gap_min,
            window: command.window,
            limit: 3,
            owner: context.owner.clone(),
            hold: !context.owner.is_empty(),
            language: command.person.language.clone().unwrap_or_default(),
            now: Some(to_wire_time(context.now)),
            ..SearchSequencesRequest::default()
        };
        let found = self.deps.slots.sequences(context, request).await?;
        let reason = found.reason();
        Ok((found.sequences.into_iter().map(|sequence| sequence.parts).collect(), reason, found.reason_detail))
    }

    /// Places all parts in one transaction; `None` when one of them was just taken.
    async fn place(&self, command: &BookServices, parts: &[Offer], tried: usize) -> Result<Option<BookResponse>> {
        let context = &command.context;
        let (mut tx, request) = match self.claim::<BookResponse>(context).await? {
            Turn::Ours(tx, request) => (tx, request),
            Turn::Known(answer) => return Ok(Some(answer)),
        };
        let wishes = wishes(command, parts, request)?;
        let placed = appointment::place_all(&mut tx, context.company, &wishes).await?;
        if placed.iter().any(|placement| *placement != Placement::Placed) {
            tx.rollback().await?;
            return Ok(None);
        }
        let stored = appointment::by_request(&*tx, context.company, request).await?;
        let told = self.told(context.company, &stored).await?;
        let body = AppointmentBooked { appointments: told.clone(), actor: Some(event::actor(&context.actor)) };
        let call = context.call().map(|call| call.as_str());
        let order = wishes[0].group.map(|group| group.to_string()).unwrap_or_default();
        let message = event::message(context.company, key::APPOINTMENT_BOOKED, order, call, &body, context.now);
        let entries: Vec<_> = wishes.iter().map(|wish| entry(context, wish)).collect();
        audit::record(&mut tx, context.company, &entries).await?;
        outbox::Table::Booking.append(&mut tx, &[message]).await?;
        let attempts = u32::try_from(tried + 1).unwrap_or(u32::MAX);
        let answer =
            BookResponse { outcome: Outcome::Booked.into(), appointments: told, attempts, ..BookResponse::default() };
        self.finish(tx, context, request, &answer, Ending::Done).await?;
        self.deps.relay.wake();
        let blocked = parts.iter().flat_map(segments).collect();
        self.deps.slots.confirm_later(context, command.branch.to_string(), String::new(), blocked);
        Ok(Some(answer))
    }

    /// Returns the names of two services that may not be booked together, if there are any.
    async fn forbidden_pair(&self, command: &BookServices) -> Result<Option<(String, String)>> {
        let directory = self.directory(command.context.company).await?;
        let pairs = command.services.iter().flat_map(|one| command.services.iter().map(move |other| (*one, *other)));
        let forbidden = pairs.into_iter().find(|(one, other)| one != other && directory.are_forbidden(*one, *other));
        Ok(forbidden.map(|(one, other)| (directory.service_name(one), directory.service_name(other))))
    }
}

/// Returns one wish per part; a sequence shares one confirmation code and one group.
fn wishes(command: &BookServices, parts: &[Offer], request: Uuid) -> Result<Vec<NewAppointment>> {
    let group = GroupId(Uuid::now_v7());
    let code = Code::from_random(rand::random()).as_str().to_owned();
    let book = Book {
        context: command.context.clone(),
        target: Target::Offered(String::new()),
        person: command.person.clone(),
        notes: command.notes.clone(),
        any_staff: false,
    };
    let one = |(position, offer): (usize, &Offer)| {
        let wish = wish(&book, offer, request)?;
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        Ok(NewAppointment { group: Some(group), position, confirmation_code: code.clone(), ..wish })
    };
    parts.iter().enumerate().map(one).collect()
}

fn entry(context: &Context, wish: &NewAppointment) -> audit::Entry {
    audit::Entry {
        at: context.now,
        appointment: Some(wish.id),
        action: "book_services".into(),
        actor: context.actor.clone(),
        before: None,
        after: Some(json!({ "staff_id": wish.staff, "starts_at": wish.starts_at, "position": wish.position })),
    }
}
