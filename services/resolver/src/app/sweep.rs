//! Calls that never ended: an end that was lost is asked for, and where nobody knows it, the call is closed.

mod lost;

use std::{borrow::Cow, time::Duration};

use callflow_domain::{
    call_state::{CallFact, Event as CallEventName, Phase},
    id::{CallId, CompanyId, MessageId},
};
use callflow_queue::topology::key;
use callflow_store::{call, directory::Directory};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{App, Result};
use crate::{metrics, platform::Answer};

/// How long after the longest possible call nothing must have been heard of one before it is looked into.
const GRACE: Duration = Duration::from_secs(10 * 60);
/// How long a platform that does not answer is waited for before a call is closed without its word.
const WITHOUT_WORD: Duration = Duration::from_secs(24 * 3_600);
/// Most calls looked into in one round.
const ROUND: u64 = 100;

/// What became of a call that was looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// The platform told its end.
    Told,
    /// It goes on.
    Ongoing,
    /// Nobody knows its end; it is closed.
    Closed,
    /// The platform did not answer; it is looked into again.
    Open,
}

/// The parts of the platform's answer that say which events were lost.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(default, borrow)]
    call_status: Option<Cow<'a, str>>,
    #[serde(default)]
    end_timestamp: Option<serde_json::Number>,
    #[serde(default, borrow)]
    call_analysis: Option<&'a RawValue>,
}

impl App {
    /// Looks into calls of which nothing was heard for longer than any call lasts, the longest silent first, and returns
    /// how many there were.
    ///
    /// # Errors
    /// When the database cannot be asked. What goes wrong with one call leaves it to the next round.
    pub async fn sweep(&self, longest_call: Duration, now: Timestamp) -> Result<usize> {
        let before = now - longest_call - GRACE;
        let silent = call::silent(&self.deps.database, before, ROUND).await?;
        let count = silent.len();
        for (company, one) in silent {
            match self.sweep_one(company, &one, now).await {
                Ok(outcome) => metrics::swept(outcome),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, call.id = one.id.as_str(), "not swept");
                }
            }
        }
        Ok(count)
    }

    async fn sweep_one(&self, company: CompanyId, silent: &call::Call, now: Timestamp) -> Result<Swept> {
        let directory = self.directory(company).await?;
        match self.deps.platform.call(&directory.company().declared.slug, &silent.id).await {
            Ok(Answer::Call(body)) => self.take_told(&directory, silent, &body, now).await,
            Ok(Answer::Unknown | Answer::NotAsked) => self.close(company, silent).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the platform does not tell of a call");
                let for_long = now - WITHOUT_WORD > silent.last_event_at;
                if for_long { self.close(company, silent).await } else { Ok(Swept::Open) }
            }
        }
    }

    /// Takes the platform's own record as the events that were lost, and publishes them for everybody else.
    async fn take_told(
        &self,
        directory: &Directory,
        silent: &call::Call,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Swept> {
        let company = directory.company().id;
        let Ok(told) = serde_json::from_slice::<Told<'_>>(body) else { return self.close(company, silent).await };
        if told.end_timestamp.is_none() && matches!(told.call_status.as_deref(), Some("ongoing" | "registered")) {
            // Asked again when nothing is heard of it for as long as before.
            let mut tx = self.deps.database.begin().await?;
            call::touch(&mut tx, company, &silent.id, now).await?;
            tx.commit().await?;
            return Ok(Swept::Ongoing);
        }
        self.take_lost(directory, &silent.id, "call_ended", key::CALL_ENDED, body, now).await?;
        if told.call_analysis.is_some_and(|analysis| analysis.get() != "null") {
            self.take_lost(directory, &silent.id, "call_analyzed", key::CALL_ANALYZED, body, now).await?;
        }
        // Whatever the platform calls it, it is over when it says so; a record without an end is closed all the same.
        self.close_unless_ended(company, silent).await?;
        Ok(Swept::Told)
    }

    async fn close_unless_ended(&self, company: CompanyId, silent: &call::Call) -> Result<()> {
        let stored = call::find(&self.deps.database, company, &silent.id).await?;
        if stored.is_some_and(|call| call.record.phase() < Phase::Ended) {
            self.close(company, silent).await?;
        }
        Ok(())
    }

    /// Closes a call at the moment it was last heard of; what the platform says later still counts for more.
    async fn close(&self, company: CompanyId, silent: &call::Call) -> Result<Swept> {
        let at = silent.last_event_at;
        let fact = CallFact { ended_at: Some(at), ..CallFact::new(CallEventName::Swept) };
        let note = call::NewEvent {
            call: silent.id.clone(),
            event: CallEventName::Swept.as_str().to_owned(),
            dedup_key: Some(format!("swept+{}", silent.id)),
            occurred_at: None,
            received_at: Timestamp::now(),
            payload: Vec::new(),
            note: "no end was heard of; closed at the last sign of life".into(),
            message: swept_id(company, &silent.id, "swept"),
        };
        let mut tx = self.deps.database.begin().await?;
        call::merge(&mut tx, company, &silent.id, fact, at).await?;
        call::note_event(&mut tx, company, &note).await?;
        tx.commit().await?;
        Ok(Swept::Closed)
    }
}

fn swept_id(company: CompanyId, call: &CallId, name: &str) -> MessageId {
    MessageId(Uuid::new_v5(&company.uuid(), format!("swept/{name}/{call}").as_bytes()))
}
