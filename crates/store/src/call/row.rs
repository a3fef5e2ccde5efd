//! Call records as rows: the document is the truth, the columns repeat parts of it.

use callflow_domain::{
    call_state::{CallRecord, Cost, Direction, Medium, Phase},
    id::{BranchId, CallId, CompanyId, CustomerId},
    language::Language,
    masked::PhoneNumber,
    phone::Caller,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::Call;
use crate::{
    database::Tx,
    entity::call::{Entity, Model},
    error::Error,
    person::{clean, clean_json},
    session::Session,
    time,
};

/// Returns the number a phase is stored as.
pub(super) const fn number(phase: Phase) -> i16 {
    match phase {
        Phase::Ringing => 0,
        Phase::Ongoing => 1,
        Phase::Transferring => 2,
        Phase::Ended => 3,
        Phase::Analyzed => 4,
    }
}

pub(super) fn read(model: Model) -> Result<Call, Error> {
    let corrupt = |what| Error::Decode { doing: "reading a call", what };
    Ok(Call {
        id: CallId::parse(&model.call_id).ok_or(corrupt("call id"))?,
        branch: model.branch_id.map(BranchId),
        customer: model.customer_id.map(CustomerId),
        resolution: model.resolution,
        record: serde_json::from_value(model.record).map_err(|_| corrupt("record"))?,
        last_event_at: time::from_db(model.last_event_at),
        created_at: time::from_db(model.created_at),
    })
}

/// Writes every column of a row that is there and locked.
pub(super) async fn write(tx: &mut Tx, company: CompanyId, call: &Call) -> Result<(), Error> {
    let doing = "storing a call";
    let record = serde_json::to_value(&call.record).map_err(|_| Error::Decode { doing, what: "the record" })?;
    let row = Model { record: clean_json(&record), ..columns(company, call, &call.record) };
    // All columns: which of them changed is not worth finding out.
    let row = row.into_active_model().reset_all();
    Entity::update(row).exec(&tx.guard()).await.map(|_| ()).map_err(|cause| Error::sql(doing, cause))
}

fn columns(company: CompanyId, call: &Call, record: &CallRecord) -> Model {
    let text = |text: Option<&str>| text.map(clean);
    let analysis = record.analysis();
    let direction = |direction| match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    };
    let from = match record.from() {
        Some(Caller::Known(number)) => Some(clean(number.expose())),
        _ => None,
    };
    Model {
        company_id: company.uuid(),
        call_id: call.id.as_str().to_owned(),
        branch_id: call.branch.map(BranchId::uuid),
        customer_id: call.customer.map(CustomerId::uuid),
        kind: if record.medium() == Some(Medium::Chat) { "chat" } else { "call" }.to_owned(),
        phase: number(record.phase()),
        from_number: from,
        to_number: text(record.to().map(PhoneNumber::expose)),
        agent_id: text(record.agent()),
        direction: record.direction().map(direction).map(str::to_owned),
        language: record.language().as_ref().map(Language::to_string),
        started_at: record.started_at().map(time::to_db),
        ended_at: record.ended_at().map(time::to_db),
        last_event_at: time::to_db(call.last_event_at),
        duration_ms: record.duration_ms().map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
        disconnection_reason: text(record.disconnection_reason()),
        cost_cents: record.cost().map(Cost::cents),
        sentiment: text(analysis.and_then(|analysis| analysis.sentiment.as_deref())),
        successful: analysis.and_then(|analysis| analysis.successful),
        resolution: call.resolution.as_ref().map(clean_json),
        record: serde_json::Value::Null,
        created_at: time::to_db(call.created_at),
        updated_at: time::to_db(call.last_event_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_phases_have_higher_numbers() {
        assert!(Phase::ALL.windows(2).all(|pair| number(pair[0]) < number(pair[1])));
    }
}
