//! Booking one slot: checked and held by availability, made unique by the database, explained when it fails.

mod target;
mod wish;

use callflow_contract::{
    availability::v1::{NoSlotReason, Offer, SearchSlotsResponse},
    booking::v1::{BookResponse, Outcome},
    convert::required_time,
    event::v1::AppointmentBooked,
};
use callflow_queue::topology::key;
use callflow_store::{
    appointment::{self, Booking, Made},
    directory::Directory,
};
use prost::Message as _;

pub(crate) use target::Backoff;
use target::{anyone, candidates, named, start_of};
pub(crate) use wish::wish;

use super::{
    App, Result,
    once::{Turn, persevere, row},
};
use crate::{
    command::{Book, Context, Target},
    error::Error,
    event, metrics,
    slots::segments,
};

/// Different candidates tried before the caller hears alternatives.
pub(crate) const ATTEMPTS: u32 = 3;

/// How one attempt ended.
enum Attempt {
    Answer(Box<BookResponse>),
    Taken,
}

/// The wanted staff member, when somebody else is to do it: who, and why not.
#[derive(Debug, Clone, Default)]
struct Declined {
    staff: String,
    reason: NoSlotReason,
    detail: String,
}

impl App {
    /// Books a slot, once per key and once per intent.
    ///
    /// # Errors
    /// When availability or the database cannot be asked, an id is unknown, or the key belongs to another request. That the slot
    /// is taken or against the rules is an answer.
    pub async fn book(&self, command: &Book) -> Result<BookResponse> {
        let context = &command.context;
        if let Some(answer) = self.answered::<BookResponse>(context).await? {
            return Ok(replayed(answer));
        }
        let directory = self.directory(context.company).await?;
        self.known(&directory, &command.target)?;
        let checked = self.deps.slots.check(context, &command.target).await?;
        let named = named(&directory, &command.target);
        if let Some(offer) = checked.offers.first() {
            let lost = named.map(|staff| Declined { staff, reason: NoSlotReason::FullyBooked, detail: LOST.into() });
            return self.try_all(command, &directory, offer.clone(), lost).await;
        }
        // Somebody else may do it: the same time with whoever is free, and the reason why it is not the one asked for.
        if let (Some(staff), true) = (named, command.any_staff)
            && let Some(anyone) = anyone(&directory, &command.target)
            && let Some(offer) = self.deps.slots.check(context, &anyone).await?.offers.first()
        {
            let lost = Declined { staff, reason: checked.reason(), detail: checked.reason_detail.clone() };
            return self.try_all(command, &directory, offer.clone(), Some(lost)).await;
        }
        self.not_bookable(context, &command.target, checked).await
    }

    /// Tries the offer and, where others may take over, the others who are free then: a different one each time.
    async fn try_all(
        &self,
        command: &Book,
        directory: &Directory,
        offer: Offer,
        declined: Option<Declined>,
    ) -> Result<BookResponse> {
        let context = &command.context;
        let mut backoff = Backoff::new();
        let mut candidates = candidates(&offer, command.any_staff);
        let mut tried = vec![offer.staff_id.clone()];
        for attempt in 1..=ATTEMPTS {
            if candidates.is_empty() && command.any_staff && attempt > 1 {
                candidates = self.others(context, directory, &command.target, &tried).await?;
            }
            if candidates.is_empty() || (attempt > 1 && !backoff.wait(context).await) {
                break;
            }
            let candidate = candidates.remove(0);
            tried.push(candidate.staff_id.clone());
            let declined = declined.as_ref().filter(|declined| declined.staff != candidate.staff_id);
            match persevere!(context, self.attempt(command, directory, &candidate, declined, attempt))? {
                Attempt::Answer(answer) => return Ok(*answer),
                Attempt::Taken => self.deps.slots.release_later(context, candidate.branch_id, candidate.slot_id),
            }
            metrics::conflict();
        }
        self.taken(context, &command.target, &offer).await
    }

    /// Looks once more who is free at that time, apart from those who were tried.
    async fn others(
        &self,
        context: &Context,
        directory: &Directory,
        target: &Target,
        tried: &[String],
    ) -> Result<Vec<Offer>> {
        let Some(anyone) = anyone(directory, target) else { return Ok(Vec::new()) };
        let found = self.deps.slots.check(context, &anyone).await?;
        let all = found.offers.first().map(|offer| candidates(offer, true)).unwrap_or_default();
        Ok(all.into_iter().filter(|offer| !tried.contains(&offer.staff_id)).collect())
    }

    /// Tries one candidate in one transaction.
    async fn attempt(
        &self,
        command: &Book,
        directory: &Directory,
        offer: &Offer,
        declined: Option<&Declined>,
        attempt: u32,
    ) -> Result<Attempt> {
        let (context, request) = (&command.context, row(&command.context));
        let wish = wish(command, offer, request.id)?;
        let told = event::appointment(&wish.as_stored(context.company, context.now), directory);
        let body = AppointmentBooked { appointments: vec![told.clone()], actor: Some(event::actor(&context.actor)) };
        let answer = BookResponse {
            outcome: Outcome::Booked.into(),
            appointments: vec![told],
            attempts: attempt,
            declined_staff: declined.map(|declined| declined.staff.clone()).unwrap_or_default(),
            reason: declined.map(|declined| declined.reason).unwrap_or_default().into(),
            detail: declined.map(|declined| declined.detail.clone()).unwrap_or_default(),
            ..BookResponse::default()
        };
        let message = event::about(context, key::APPOINTMENT_BOOKED, &wish.confirmation_code, &body);
        let booking = Booking {
            request: &request,
            outcome: &answer.encode_to_vec(),
            at: context.now,
            entries: &[event::made(context, "book", &wish)],
            messages: &[message],
            wishes: std::slice::from_ref(&wish),
        };
        let mut tx = self.deps.database.begin_within(context.time_left()).await?;
        match appointment::book(&mut tx, context.company, &booking).await? {
            Made::Done => tx.commit().await?,
            Made::Lost(_) => {
                tx.rollback().await?;
                return Ok(Attempt::Taken);
            }
            Made::CodeInUse => {
                tx.rollback().await?;
                return Err(Error::CodeInUse);
            }
            Made::Repeated => {
                tx.rollback().await?;
                return self.repeated(context).await;
            }
        }
        self.deps.relay.wake();
        self.deps.slots.confirm_later(context, offer.branch_id.clone(), offer.slot_id.clone(), segments(offer));
        Ok(Attempt::Answer(Box::new(answer)))
    }

    /// Returns the answer that was given before. When it vanished meanwhile, the attempt counts as lost.
    async fn repeated(&self, context: &Context) -> Result<Attempt> {
        match self.claim::<BookResponse>(context).await? {
            Turn::Known(answer) => Ok(Attempt::Answer(Box::new(replayed(answer)))),
            Turn::Ours(tx, _) => {
                tx.rollback().await?;
                Ok(Attempt::Taken)
            }
        }
    }

    /// Answers that the slot is gone, with what comes closest. The wish stays open: only the key is used up.
    pub(crate) async fn taken(&self, context: &Context, target: &Target, offer: &Offer) -> Result<BookResponse> {
        let start = required_time("offer.start", offer.start.as_ref())?;
        let answer = BookResponse {
            outcome: Outcome::Taken.into(),
            alternatives: self.deps.slots.alternatives(context, target, start).await,
            detail: LOST.into(),
            reason: NoSlotReason::FullyBooked.into(),
            ..BookResponse::default()
        };
        self.refuse(context, answer).await
    }

    /// Answers why the slot cannot be booked at all, and what comes closest.
    pub(crate) async fn not_bookable(
        &self,
        context: &Context,
        target: &Target,
        checked: SearchSlotsResponse,
    ) -> Result<BookResponse> {
        let busy = checked.reason() == NoSlotReason::FullyBooked;
        let mut alternatives = checked.alternatives.clone();
        if alternatives.is_empty()
            && let Some(start) = start_of(target)
        {
            alternatives = self.deps.slots.alternatives(context, target, start).await;
        }
        let directory = self.directory(context.company).await?;
        let answer = BookResponse {
            outcome: if busy { Outcome::Taken } else { Outcome::NotBookable }.into(),
            alternatives,
            detail: checked.reason_detail.clone(),
            declined_staff: named(&directory, target).unwrap_or_default(),
            reason: checked.reason,
            ..BookResponse::default()
        };
        self.refuse(context, answer).await
    }

    /// Stores a refusal under the key, unless the wish turns out to be booked already.
    pub(crate) async fn refuse(&self, context: &Context, answer: BookResponse) -> Result<BookResponse> {
        self.settle(context, answer).await.map(replayed)
    }
}

const LOST: &str = "somebody else was first";

/// Marks an answer as the repetition it is.
pub(crate) fn replayed(answer: BookResponse) -> BookResponse {
    match answer.outcome() {
        Outcome::Booked => BookResponse { outcome: Outcome::Replayed.into(), ..answer },
        _ => answer,
    }
}
