//! Taking an event into its call's record, and learning from it about the customer.

use callflow_cache::Subject;
use callflow_contract::event::v1::{CallEvent, CustomerChanged};
use callflow_domain::{
    call_state::{Analysis, CallFact, Cost, Direction, Event as CallEventName, Medium, Phase},
    id::{BranchId, CompanyId, CustomerId, MessageId},
    language::Language,
    phone::Caller,
    resolution::Method,
};
use callflow_queue::topology::key;
use callflow_retell::{
    call::{Call, Channel, Direction as WireDirection},
    event::Event,
};
use callflow_store::{Tx, call, customer, inbox::Inbox, outbox::Table};
use jiff::Timestamp;
use uuid::Uuid;

use super::{App, Result};
use crate::{message, metrics};

/// Signals that say where a caller belongs, not merely where a call ended up.
const TEACHING: [Method; 4] = [Method::Metadata, Method::Number, Method::Agent, Method::ServiceArea];
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
            message: id,
        };
        call::note_event(&mut tx, company, &kept).await?;
        let merged = call::merge(&mut tx, company, call_id, fact(event), received).await?;
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
        let Some(number) = ended.record.from().and_then(Caller::number) else { return Ok(()) };
        customer::lock_phone(tx, company, number).await?;
        let known = customer::by_phone(&*tx, company, number).await?;
        let (id, change) = match (ended.customer, known.as_slice()) {
            (Some(id), _) => (id, "updated"),
            (None, [only]) => (only.id, "updated"),
            // Several people share the number: which of them called is not guessed.
            (None, [_, _, ..]) => return Ok(()),
            (None, []) => {
                let id = CustomerId(Uuid::now_v7());
                customer::create(tx, company, id, Some(number), at).await?;
                (id, "created")
            }
        };
        let lesson = customer::Lesson {
            language: ended.record.language().map(|language| language.as_str().to_owned()),
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

/// Returns the branch a call was for, if something about the call said so: what was decided by default, by the caller's
/// clock or by what was learned before would only confirm itself.
fn taught_branch(ended: &call::Call) -> Option<BranchId> {
    let method = ended.resolution.as_ref()?.get("method")?.as_str()?;
    ended.branch.filter(|_| TEACHING.iter().any(|one| one.as_str() == method))
}

/// Returns what an event says, in the form records are made of.
fn fact(event: &Event<'_>) -> CallFact {
    let empty = CallFact { at: event.occurred(), ..CallFact::new(CallEventName::of(event.kind.as_str())) };
    let Some(call) = &event.call else { return empty };
    CallFact {
        medium: Some(medium(call.channel)),
        direction: Some(match call.direction {
            WireDirection::Inbound => Direction::Inbound,
            WireDirection::Outbound => Direction::Outbound,
        }),
        from: call.customer_number().map(|_| call.caller()),
        to: call.company_number().cloned(),
        agent: call.agent_id.as_ref().map(|agent| agent.to_string()),
        language: call.language().as_deref().and_then(Language::read),
        started_at: call.started,
        ended_at: call.ended,
        duration_ms: call.duration_ms,
        disconnection_reason: call.disconnection.as_ref().map(|reason| reason.as_str().to_owned()),
        cost: call.cost.and_then(|cost| Cost::from_cents(cost.cents)),
        transcript: call.transcript(),
        transfer_destination: event.destination().map(|destination| destination.target.clone()),
        analysis: analysis(call),
        ..empty
    }
}

const fn medium(channel: Channel) -> Medium {
    match channel {
        Channel::Chat => Medium::Chat,
        Channel::Web => Medium::Web,
        Channel::Phone => Medium::Phone,
    }
}

fn analysis(call: &Call<'_>) -> Option<Analysis> {
    let found = call.analysis.as_ref()?;
    let custom = found.findings();
    Some(Analysis {
        summary: found.summary(),
        sentiment: found.sentiment.as_ref().map(|sentiment| sentiment.to_string()),
        successful: found.successful,
        voicemail: found.in_voicemail,
        custom: (!custom.is_empty())
            .then(|| callflow_domain::masked::PersonalText::new(serde_json::Value::Object(custom).to_string())),
    })
}
