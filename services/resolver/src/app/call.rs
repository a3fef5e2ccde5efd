//! Call records, read.

use callflow_contract::{
    convert::to_wire_time,
    resolver::v1::{CallRecord, CallTimelineEntry, GetCallResponse, ListCallsResponse},
};
use callflow_domain::{
    call_state::Phase,
    id::{CallId, CompanyId},
    phone::Caller,
};
use callflow_store::{call, directory::Directory};
use jiff::Timestamp;

use super::{App, Result};
use crate::error::Error;

impl App {
    /// Returns the record and time line of one call.
    ///
    /// # Errors
    /// `NotFound` when the company has no such call.
    pub async fn get_call(&self, slug: &str, id: &CallId) -> Result<GetCallResponse> {
        let company = CompanyId::from_slug(slug);
        let directory = self.directory(company).await?;
        let stored = call::find(&self.deps.database, company, id).await?.ok_or(Error::NotFound("call"))?;
        let events = call::timeline(&self.deps.database, company, id).await?;
        let timeline = events.into_iter().map(|event| CallTimelineEntry {
            event: event.event,
            occurred_at: Some(to_wire_time(event.occurred_at.unwrap_or(event.received_at))),
            received_at: Some(to_wire_time(event.received_at)),
            note: event.note,
        });
        Ok(GetCallResponse { call: Some(write(slug, &directory, &stored)), timeline: timeline.collect() })
    }

    /// Returns the newest calls of a company first.
    ///
    /// # Errors
    /// `NotFound` when there is no such company.
    pub async fn list_calls(
        &self,
        slug: &str,
        phase: Option<Phase>,
        before: Option<Timestamp>,
        limit: u64,
    ) -> Result<ListCallsResponse> {
        let company = CompanyId::from_slug(slug);
        let directory = self.directory(company).await?;
        let found = call::list(&self.deps.database, company, phase, before, limit).await?;
        Ok(ListCallsResponse { calls: found.iter().map(|stored| write(slug, &directory, stored)).collect() })
    }
}

fn write(slug: &str, directory: &Directory, stored: &call::Call) -> CallRecord {
    let record = &stored.record;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let analysis = record.analysis();
    let branch = stored.branch.and_then(|id| directory.branch(id));
    CallRecord {
        call_id: stored.id.as_str().to_owned(),
        company: slug.to_owned(),
        phase: record.phase().as_str().to_owned(),
        branch_id: stored.branch.map(|id| id.to_string()).unwrap_or_default(),
        branch_slug: branch.map(|branch| branch.declared.slug.clone()).unwrap_or_default(),
        customer_id: stored.customer.map(|id| id.to_string()).unwrap_or_default(),
        language: record.language().map(|language| language.as_str().to_owned()).unwrap_or_default(),
        started_at: record.started_at().map(to_wire_time),
        ended_at: record.ended_at().map(to_wire_time),
        duration_ms: record.duration_ms().unwrap_or_default(),
        disconnection_reason: text(record.disconnection_reason()),
        cost_cents: record.cost().map(callflow_domain::call_state::Cost::cents).unwrap_or_default(),
        summary: analysis.and_then(|one| one.summary.as_ref()).map(|text| text.expose().to_owned()).unwrap_or_default(),
        sentiment: analysis.and_then(|one| one.sentiment.clone()).unwrap_or_default(),
        successful: analysis.and_then(|one| one.successful),
        resolution_json: stored.resolution.as_ref().map(ToString::to_string).unwrap_or_default(),
        from_number: record
            .from()
            .and_then(Caller::number)
            .map(|number| number.expose().to_owned())
            .unwrap_or_default(),
        to_number: record.to().map(|number| number.expose().to_owned()).unwrap_or_default(),
        agent_id: text(record.agent()),
        complete: record.is_complete(),
        transfers: record.transfers().iter().map(|transfer| transfer.state.as_str().to_owned()).collect(),
    }
}
