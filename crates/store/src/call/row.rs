//! Call records as rows.

use callflow_domain::{
    id::{BranchId, CallId, CompanyId, CustomerId},
    masked::{PersonalText, PhoneNumber, Transcript},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::{Call, Facts, Kind, Phase};
use crate::{
    database::Tx,
    entity::call::{Entity, Model},
    error::Error,
    person::{clean, clean_json},
    session::Session,
    time,
};

const READING: &str = "reading a call";

pub(super) fn read(model: Model) -> Result<Call, Error> {
    let corrupt = |what| Error::Decode { doing: READING, what };
    let phase = usize::try_from(model.phase).ok().and_then(|phase| Phase::ALL.get(phase).copied());
    Ok(Call {
        id: CallId::parse(&model.call_id).ok_or(corrupt("call id"))?,
        kind: if model.kind == Kind::Chat.as_str() { Kind::Chat } else { Kind::Call },
        phase: phase.ok_or(corrupt("phase"))?,
        extra: serde_json::from_value(model.record).map_err(|_| corrupt("record"))?,
        marks: serde_json::from_value(model.marks).map_err(|_| corrupt("marks"))?,
        last_event_at: time::from_db(model.last_event_at),
        created_at: time::from_db(model.created_at),
        facts: Facts {
            branch: model.branch_id.map(BranchId),
            customer: model.customer_id.map(CustomerId),
            from: model.from_number.map(PhoneNumber::new),
            to: model.to_number.map(PhoneNumber::new),
            agent: model.agent_id,
            direction: model.direction,
            language: model.language,
            started_at: model.started_at.map(time::from_db),
            ended_at: model.ended_at.map(time::from_db),
            analyzed_at: model.analyzed_at.map(time::from_db),
            duration_ms: model.duration_ms.map(u64::try_from).transpose().map_err(|_| corrupt("duration"))?,
            disconnection_reason: model.disconnection_reason,
            cost_cents: model.cost_cents,
            transcript: model.transcript.map(Transcript::new),
            summary: model.summary.map(PersonalText::new),
            sentiment: model.sentiment,
            successful: model.successful,
            custom_analysis: model.custom_analysis,
            resolution: model.resolution,
        },
    })
}

/// Writes every column of a row that is there and locked.
pub(super) async fn write(tx: &mut Tx, company: CompanyId, call: &Call) -> Result<(), Error> {
    let doing = "storing a call";
    let unwritable = |_| Error::Decode { doing, what: "a fact to be written" };
    let row = Model {
        record: clean_json(&serde_json::to_value(&call.extra).map_err(unwritable)?),
        marks: clean_json(&serde_json::to_value(&call.marks).map_err(unwritable)?),
        ..columns(company, call)
    };
    // All columns: which of them changed is not worth finding out.
    let row = row.into_active_model().reset_all();
    Entity::update(row).exec(&tx.guard()).await.map(|_| ()).map_err(|cause| Error::sql(doing, cause))
}

fn columns(company: CompanyId, call: &Call) -> Model {
    let text = |text: &Option<String>| text.as_deref().map(clean);
    let facts = &call.facts;
    Model {
        company_id: company.uuid(),
        call_id: call.id.as_str().to_owned(),
        branch_id: facts.branch.map(BranchId::uuid),
        customer_id: facts.customer.map(CustomerId::uuid),
        kind: call.kind.as_str().to_owned(),
        phase: call.phase.number(),
        from_number: facts.from.as_ref().map(|number| clean(number.expose())),
        to_number: facts.to.as_ref().map(|number| clean(number.expose())),
        agent_id: text(&facts.agent),
        direction: text(&facts.direction),
        language: text(&facts.language),
        started_at: facts.started_at.map(time::to_db),
        ended_at: facts.ended_at.map(time::to_db),
        analyzed_at: facts.analyzed_at.map(time::to_db),
        last_event_at: time::to_db(call.last_event_at),
        duration_ms: facts.duration_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
        disconnection_reason: text(&facts.disconnection_reason),
        cost_cents: facts.cost_cents,
        transcript: facts.transcript.as_ref().map(|transcript| clean(transcript.expose())),
        summary: facts.summary.as_ref().map(|summary| clean(summary.expose())),
        sentiment: text(&facts.sentiment),
        successful: facts.successful,
        custom_analysis: facts.custom_analysis.as_ref().map(clean_json),
        resolution: facts.resolution.as_ref().map(clean_json),
        record: serde_json::Value::Null,
        marks: serde_json::Value::Null,
        created_at: time::to_db(call.created_at),
        updated_at: time::to_db(call.last_event_at),
    }
}
