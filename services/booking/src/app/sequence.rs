//! Booking several services one after another: all in one transaction, or none.

use callflow_contract::{
    availability::v1::{NoSlotReason, Offer, SearchSequencesRequest},
    booking::v1::{BookResponse, Outcome},
    common::v1::TimeRange,
    convert::{FieldError, to_wire_time},
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
    appointment::{self, Booking, Made, NewAppointment},
};
use prost::Message as _;
use uuid::Uuid;

use super::{
    App, Result,
    book::{replayed, wish},
    once::{Turn, persevere, row},
};
use crate::{
    command::{Book, Context, Target},
    error::Error,
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
            return Ok(replayed(answer));
        }
        let directory = self.directory(context.company).await?;
        super::check_ids(&directory, Some(command.branch), None, None)?;
        for service in &command.services {
            if directory.service(*service).is_none() {
                return Err(FieldError::new("service_ids", "name no service of this company").into());
            }
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
            if let Some(answer) = persevere!(context, self.place(command, parts, tried))? {
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
        let (context, request) = (&command.context, row(&command.context));
        let wishes = wishes(command, parts, request.id)?;
        let directory = self.directory(context.company).await?;
        let stored = wishes.iter().map(|wish| wish.as_stored(context.company, context.now));
        let told: Vec<_> = stored.map(|stored| event::appointment(&stored, &directory)).collect();
        let body = AppointmentBooked { appointments: told.clone(), actor: Some(event::actor(&context.actor)) };
        let code = wishes.first().map(|wish| wish.confirmation_code.as_str()).unwrap_or_default();
        let message = event::about(context, key::APPOINTMENT_BOOKED, code, &body);
        let entries: Vec<_> = wishes.iter().map(|wish| event::made(context, "book_services", wish)).collect();
        let attempts = u32::try_from(tried + 1).unwrap_or(u32::MAX);
        let answer =
            BookResponse { outcome: Outcome::Booked.into(), appointments: told, attempts, ..BookResponse::default() };
        let booking = Booking {
            request: &request,
            outcome: &answer.encode_to_vec(),
            at: context.now,
            wishes: &wishes,
            entries: &entries,
            messages: &[message],
        };
        let mut tx = self.deps.database.begin_within(context.time_left()).await?;
        match appointment::book(&mut tx, context.company, &booking).await? {
            Made::Done => tx.commit().await?,
            Made::Lost(_) => {
                tx.rollback().await?;
                return Ok(None);
            }
            Made::CodeInUse => {
                tx.rollback().await?;
                return Err(Error::CodeInUse);
            }
            Made::Repeated => {
                tx.rollback().await?;
                return Ok(match self.claim::<BookResponse>(context).await? {
                    Turn::Known(answer) => Some(replayed(answer)),
                    Turn::Ours(..) => None,
                });
            }
        }
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
