//! The answer, kept with the call's record: in the background when the phone rings, and made up for when that failed.

use std::collections::HashMap;

use callflow_domain::{
    call_state::Event as CallEventName,
    id::{CallId, CompanyId},
    masked::PhoneNumber,
};
use callflow_retell::{
    call::{Call, Channel, Direction},
    event::Event,
};
use callflow_store::call::{self, Assignment};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Decided, answer::outcome_name};
use crate::{
    app::{App, Result, ring::Ring},
    error::Error,
    metrics,
};

/// Returns what is kept of an answer.
pub(super) fn assignment(decided: &Decided) -> Assignment {
    let Decided { resolution, language, known, .. } = decided;
    Assignment {
        branch: resolution.branch,
        customer: if let [only] = known.as_slice() { Some(only.id) } else { None },
        resolution: Some(json!({
            "outcome": outcome_name(resolution.outcome),
            "method": resolution.method.as_str(),
            "confidence": resolution.confidence,
            "language": language.language.as_str(),
            "language_reason": language.source.as_str(),
            "signals": resolution.signals,
        })),
    }
}

impl App {
    /// Keeps the answer with the call's record, in the background: the phone rings, and the record can wait. The service
    /// does not end before it is done. What is lost is counted, and found out again when the call is heard of next.
    pub(super) fn keep_soon(&self, company: CompanyId, call: &CallId, found: Assignment, at: Timestamp) {
        let (database, call) = (self.deps.database.clone(), call.clone());
        self.deps.keeping.spawn(async move {
            let work = async {
                let mut tx = database.begin().await?;
                call::assign(&mut tx, company, &call, &found, at).await?;
                tx.commit().await
            };
            match work.await {
                Ok(()) => metrics::kept("kept"),
                Err(error) => {
                    metrics::kept("lost");
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, call.id = call.as_str(), "a resolution was not kept with its call");
                }
            }
        });
    }

    /// Resolves a call that an event tells of and that has no resolution yet: nobody asked while it rang, as with web
    /// calls and outbound ones, or the answer could not be kept. `None` when there is nothing to make up for.
    ///
    /// # Errors
    /// When the database cannot be asked; the event is then tried again.
    pub(crate) async fn make_up(
        &self,
        company: CompanyId,
        event: &Event<'_>,
        received: Timestamp,
    ) -> Result<Option<Assignment>> {
        let name = CallEventName::of(event.kind.as_str());
        let tells = matches!(name, CallEventName::Started | CallEventName::Ended | CallEventName::Analyzed);
        let (Some(id), Some(call), true) = (event.call_id(), event.call.as_ref(), tells) else { return Ok(None) };
        if call::is_resolved(&self.deps.database, company, id).await? {
            return Ok(None);
        }
        let directory = match self.directory(company).await {
            Err(Error::NotFound(_)) => return Ok(None),
            found => found?,
        };
        let ring = ring_of(&directory.company().declared.slug, call, received);
        Ok(Some(assignment(&self.decide(&ring, &directory).await)))
    }
}

/// Returns what a call's own object says of how it came in.
fn ring_of(slug: &str, call: &Call<'_>, received: Timestamp) -> Ring {
    let text = |number: Option<&PhoneNumber>| number.map(|number| number.expose().to_owned()).unwrap_or_default();
    let echo = is_echo(call);
    let metadata = call.metadata.filter(|_| !echo).map(|raw| raw.json().to_owned());
    let headers = call.sip_headers.map(|raw| raw.texts()).unwrap_or_default();
    Ring {
        slug: slug.to_owned(),
        from: text(call.customer_number()),
        to: text(call.company_number()),
        agent: call.agent_id.as_ref().map(|agent| agent.to_string()).unwrap_or_default(),
        headers: headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect::<HashMap<_, _>>(),
        metadata: metadata.unwrap_or_default(),
        detected: if echo { String::new() } else { call.language().unwrap_or_default() },
        at: call.started.unwrap_or(received),
    }
}

/// Returns whether metadata and language are what we answered ourselves when the phone rang: then they are no signals, and
/// would only confirm what was decided. Our answer names the branch twice, by id and by slug.
fn is_echo(call: &Call<'_>) -> bool {
    let metadata = call.metadata.map(|raw| raw.object()).unwrap_or_default();
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    let phone = call.channel == Channel::Phone && call.direction == Direction::Inbound;
    let ours = match (text("company"), text("branch"), text("branch_id")) {
        (Some(company), Some(branch), Some(id)) => CompanyId::from_slug(company).branch(branch).to_string() == id,
        (Some(_), None, None) => true,
        _ => false,
    };
    phone && ours
}
