//! Taking an event into its call's record, and learning from it about the customer.

mod fact;

use callflow_cache::Subject;
use callflow_contract::event::v1::{CallEvent, CustomerChanged};
use callflow_domain::{
    call_state::Phase,
    id::{BranchId, CompanyId, CustomerId, MessageId},
    phone::Caller,
    resolution::Method,
};
use callflow_queue::topology::key;
use callflow_retell::event::Event;
use callflow_store::{Tx, call, customer, inbox::Inbox, outbox::Table};
use jiff::Timestamp;
use uuid::Uuid;

use super::{App, Result};
use crate::{message, metrics};

/// Signals that say where a caller belongs, not merely where a call ended up.
const TEACHING: [Method; 4] = [Method::Metadata, Method::Number, Method::Agent, Method::ServiceArea];
/// Reasons for a language that say nothing about what the caller speaks.
const GUESSES: [&str; 4] = ["caller_country", "agent", "company", "default"];
/// Name of this consumer in the inbox.
const CONSUMER: &str = "resolver.call.v1";

impl App {
    /// Takes an event into the record of its call, once per message: record, customer and inbox in one transaction.
    ///
    /// # Errors
    /// Whatever the database says; the event is then tried again.
    pub async fn take_event(
        &self,
        company: CompanyId,
        id: MessageId,
        reported: &CallEvent,
        event: &Event<'_>,
    ) -> Result<()> {
        let received = reported.received_at.as_ref();
        let received = received.and_then(|at| callflow_contract::convert::from_wire_time("received_at", at).ok());
        let received = received.unwrap_or_else(Timestamp::now);
        let Some(call_id) = event.call_id() else { return Ok(()) };
        let missing = self.make_up(company, event, received).await?;
        let mut tx = self.deps.database.begin().await?;
        if !Inbox::Resolver.take(&mut tx, CONSUMER, id).await? {
            return Ok(());
        }
        let kept = call::NewEvent {
            call: call_id.clone(),
            event: event.kind.as_str().to_owned(),
            dedup_key: event.dedup_key(),
            occurred_at: event.occurred(),
            received_at: received,
            payload: reported.payload.clone(),
            note: fact::note(event),
            message: id,
        };
        call::note_event(&mut tx, company, &kept).await?;
        let mut merged = call::merge(&mut tx, company, call_id, fact::of(event), received).await?;
        if let Some(found) = missing.filter(|_| merged.call.resolution.is_none()) {
            merged.call = call::assign(&mut tx, company, call_id, &found, received).await?.call;
            metrics::kept("late");
        }
        let ended_now =
            merged.call.record.phase() >= Phase::Ended && merged.before.is_none_or(|phase| phase < Phase::Ended);
        if ended_now {
            self.learn_from_call(&mut tx, company, &merged.call, received).await?;
        }
        tx.commit().await?;
        self.deps.relay.wake();
        metrics::event(event.kind.label());
        if let Some(number) = merged.call.record.from().and_then(Caller::number) {
            // Whatever was learned shows at the next call; what cannot be deleted ends with its time.
            let _ = self.deps.callers.delete(company, &[Subject::Personal(number.expose())]).await;
        }
        Ok(())
    }

    /// Finds or creates the customer of a call that has ended, and counts the call for them.
    async fn learn_from_call(&self, tx: &mut Tx, company: CompanyId, ended: &call::Call, at: Timestamp) -> Result<()> {
        let Some((id, change)) = customer_of(tx, company, ended, at).await? else { return Ok(()) };
        let lesson = customer::Lesson {
            language: taught_language(ended),
            branch: taught_branch(ended),
            calls: 1,
            ..customer::Lesson::default()
        };
        customer::learn(tx, company, id, &lesson, at).await?;
        let found = call::Assignment { customer: Some(id), ..call::Assignment::default() };
        call::assign(tx, company, &ended.id, &found, at).await?;
        let body = CustomerChanged { customer_id: id.to_string(), change: change.into() };
        let call = Some(ended.id.as_str());
        let told = message::new(company, key::CUSTOMER_CHANGED, format!("customer/{id}"), call, &body, at);
        Ok(Table::Resolver.append(tx, &[told]).await?)
    }
}

/// Returns whose call it was, and whether they are new; nobody when it shows no number and nobody was identified in it.
async fn customer_of(
    tx: &mut Tx,
    company: CompanyId,
    ended: &call::Call,
    at: Timestamp,
) -> Result<Option<(CustomerId, &'static str)>> {
    if let Some(id) = ended.customer {
        return Ok(Some((id, "updated")));
    }
    let Some(number) = ended.record.from().and_then(Caller::number) else { return Ok(None) };
    customer::lock_phone(tx, company, number).await?;
    match customer::by_phone(&*tx, company, number).await?.as_slice() {
        [only] => Ok(Some((only.id, "updated"))),
        // Several people share the number: which of them called is not guessed.
        [_, _, ..] => Ok(None),
        [] => {
            let id = CustomerId(Uuid::now_v7());
            customer::create(tx, company, id, Some(number), at).await?;
            Ok(Some((id, "created")))
        }
    }
}

/// Returns the language a call teaches: one that was asked for or held against our own choice. What we chose for want of
/// anything better, and the platform repeats, would only confirm itself.
fn taught_language(ended: &call::Call) -> Option<String> {
    let held = ended.record.language()?;
    let held = held.as_str();
    let chosen = |name: &str| ended.resolution.as_ref().and_then(|kept| kept.get(name)?.as_str());
    let guessed =
        chosen("language") == Some(held) && chosen("language_reason").is_some_and(|why| GUESSES.contains(&why));
    (!guessed).then(|| held.to_owned())
}

/// Returns the branch a call was for, if something about the call said so: what was decided by default, by the caller's
/// clock or by what was learned before would only confirm itself.
fn taught_branch(ended: &call::Call) -> Option<BranchId> {
    let method = ended.resolution.as_ref()?.get("method")?.as_str()?;
    ended.branch.filter(|_| TEACHING.iter().any(|one| one.as_str() == method))
}
