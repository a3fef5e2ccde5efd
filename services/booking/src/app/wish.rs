//! After the call: a wish that was not fulfilled is booked when everything is known and the company allows it, else noted as a callback.

use std::collections::HashMap;

use callflow_contract::booking::v1::Outcome;
use callflow_domain::{
    id::{BranchId, CallId, CompanyId, ServiceId},
    masked::{CustomerName, PersonalText},
};
use callflow_extract::{
    Clock, TimeOfDay,
    lexicon::Language,
    name::{Match, Named, find},
    understand,
};
use callflow_retell::event::{Event, Kind};
use callflow_store::{
    Person,
    appointment::{self, Filter},
    audit::Actor,
    directory::Directory,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{App, Result, callback::RequestCallback};
use crate::{
    PATIENCE,
    command::{Book, Context, Target},
    metrics,
};

/// Findings that say the caller wanted an appointment.
const BOOKING_INTENTS: [&str; 5] = ["book", "booking", "book_appointment", "appointment", "termin"];

/// What a finished call left open.
#[derive(Debug, Clone)]
pub struct OpenWish {
    company: CompanyId,
    call: CallId,
    branch: Option<BranchId>,
    person: Person,
    at: Timestamp,
    findings: Map<String, Value>,
}

impl OpenWish {
    /// Returns the wish in an event, or `None` when there is none or it was fulfilled in the call.
    #[must_use]
    pub fn of(company: CompanyId, event: &Event<'_>) -> Option<Self> {
        let call = event.call.as_ref()?;
        let findings = match event.kind {
            Kind::AppointmentRequested => event.appointment.map(|raw| raw.object()).unwrap_or_default(),
            Kind::CallAnalyzed | Kind::ChatAnalyzed => call.analysis.as_ref()?.findings(),
            _ => return None,
        };
        let asked_for = event.kind == Kind::AppointmentRequested || is_open(&findings);
        let name = text(&findings, &["customer_name", "name"]).map(CustomerName::new);
        let person =
            Person { name, phone: call.customer_number().cloned(), language: call.language(), ..Person::default() };
        asked_for.then_some(Self {
            company,
            call: call.id.clone()?,
            branch: call.metadata_entry("branch_id").and_then(|id| id.parse().ok()),
            person,
            at: event.occurred().or(call.ended).unwrap_or_else(Timestamp::now),
            findings,
        })
    }

    fn context(&self, what: &str) -> Context {
        Context {
            company: self.company,
            key: format!("call/{}/after/{what}", self.call),
            intent: None,
            // One call has one wish of each sort: whatever a repeated analysis says, the first answer stands.
            body_hash: what.as_bytes().to_vec(),
            actor: Actor::System { call: Some(self.call.clone()) },
            owner: String::new(),
            now: self.at,
            until: Instant::now() + PATIENCE,
        }
    }

    fn known(&self) -> HashMap<String, String> {
        let scalar = |(name, value): (&String, &Value)| match value {
            Value::String(text) if !text.is_empty() => Some((name.clone(), text.clone())),
            Value::Number(number) => Some((name.clone(), number.to_string())),
            Value::Bool(flag) => Some((name.clone(), flag.to_string())),
            _ => None,
        };
        self.findings.iter().filter_map(scalar).collect()
    }
}

/// A wish is open when the findings name one and do not say that it was fulfilled.
fn is_open(findings: &Map<String, Value>) -> bool {
    let flag = |name: &str| findings.get(name).is_some_and(|value| value == &Value::Bool(true) || value == "true");
    let intent = text(findings, &["intent"]).map(|intent| intent.to_lowercase());
    let wanted = intent.is_some_and(|intent| BOOKING_INTENTS.contains(&intent.as_str()));
    flag("callback_requested") || (wanted && !flag("appointment_booked"))
}

fn text(findings: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let found = names.iter().find_map(|name| findings.get(*name)?.as_str());
    found.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl App {
    /// Looks after an open wish; once per call, however often the analysis arrives.
    ///
    /// # Errors
    /// When availability or the database cannot be asked; the event is then tried again.
    pub async fn look_after(&self, wish: &OpenWish) -> Result<()> {
        let made = Filter { call: Some(wish.call.clone()), limit: 1, ..Filter::default() };
        if !appointment::list(&self.deps.database, wish.company, &made).await?.is_empty() {
            metrics::wish("fulfilled_in_call");
            return Ok(());
        }
        let directory = self.directory(wish.company).await?;
        if let Some(book) = self.bookable(wish, &directory) {
            let answer = self.book(&book).await?;
            if matches!(answer.outcome(), Outcome::Booked | Outcome::Replayed) {
                metrics::wish("booked");
                return Ok(());
            }
        }
        let callback = RequestCallback {
            context: wish.context("callback"),
            branch: wish.branch,
            person: wish.person.clone(),
            kind: "wish",
            reason: PersonalText::new(text(&wish.findings, &["reason", "wish", "intent"]).unwrap_or_default()),
            known: wish.known(),
        };
        self.request_callback(&callback).await?;
        metrics::wish("callback");
        Ok(())
    }

    /// Returns the booking a wish amounts to, when the company allows it and nothing has to be guessed.
    fn bookable(&self, wish: &OpenWish, directory: &Directory) -> Option<Book> {
        if !directory.policies().auto_book_after_call || wish.person.name.is_none() {
            return None;
        }
        let branch = wish.branch?;
        let service = service_named(directory, &text(&wish.findings, &["service"])?)?;
        let zone = TimeZone::get(directory.time_zone(branch)).ok()?;
        let language = Language::of_tag(wish.person.language.as_deref().unwrap_or("de"));
        let clock = Clock::new(wish.at.to_zoned(zone.clone()).datetime(), language);
        let said = format!("{} {}", text(&wish.findings, &["date"])?, text(&wish.findings, &["time"])?);
        let when = understand(&said, &clock);
        let (days, time) = (when.days?, when.time?);
        let TimeOfDay::At(at) = time.value else { return None };
        // A value with a second meaning is a question for a person, not a booking.
        if !(days.alternatives.is_empty() && time.alternatives.is_empty()) {
            return None;
        }
        let start = days.value.single()?.to_datetime(at).to_zoned(zone).ok()?.timestamp();
        Some(Book {
            context: wish.context("book"),
            target: Target::Parts { branch, service, staff: None, start },
            person: wish.person.clone(),
            notes: text(&wish.findings, &["notes"]).map(PersonalText::new),
            any_staff: true,
        })
    }
}

/// Returns the one service that is meant by these words, or `None` when none or several are.
fn service_named(directory: &Directory, said: &str) -> Option<ServiceId> {
    let named = directory.services().map(|service| {
        let declared = &service.declared;
        let aliases = declared.aliases.values().flatten();
        Named {
            value: service.id,
            names: [&declared.name, &declared.slug].into_iter().chain(aliases).cloned().collect(),
        }
    });
    match find(said, &named.collect::<Vec<_>>()) {
        Match::One(id) => Some(id),
        Match::Several(_) | Match::None => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn open(findings: Value) -> bool {
        is_open(findings.as_object().unwrap())
    }

    #[test]
    fn only_wishes_that_were_not_fulfilled_are_open() {
        assert!(open(json!({"intent": "book", "appointment_booked": false})));
        assert!(open(json!({"intent": "Termin"})));
        assert!(open(json!({"intent": "question", "callback_requested": "true"})));
        assert!(!open(json!({"intent": "book", "appointment_booked": true, "callback_requested": false})));
        assert!(!open(json!({"intent": "question"})));
        assert!(!open(json!({})));
    }
}
