//! `call_inbound` and `chat_inbound` as they arrive, in all the shapes seen so far.

use std::collections::BTreeMap;

use callflow_domain::{
    id::CallId,
    masked::PhoneNumber,
    phone::{self, Caller, Country},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::AgentVersion;
use crate::{Error, body, call::instant, sip};

/// Whether somebody calls or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medium {
    /// `call_inbound`.
    Call,
    /// `chat_inbound`.
    Chat,
}

impl Medium {
    /// Returns the event's name, which is also the key of question and answer.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Call => "call_inbound",
            Self::Chat => "chat_inbound",
        }
    }

    const fn id_field(self) -> &'static str {
        match self {
            Self::Call => "call_id",
            Self::Chat => "chat_id",
        }
    }
}

/// One inbound question. Only the medium is certain.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// Whether somebody calls or writes.
    pub medium: Medium,
    /// The id the call will have; absent in the older shape.
    pub call_id: Option<CallId>,
    /// When the platform asked.
    pub at: Option<Timestamp>,
    /// The agent bound to the number, if one is.
    pub agent_id: Option<String>,
    /// Its version.
    pub agent_version: Option<AgentVersion>,
    /// Who calls, as sent; may be a word such as `anonymous`.
    pub from: Option<PhoneNumber>,
    /// The number that was reached, as sent.
    pub to: Option<PhoneNumber>,
    /// SIP headers under lower-case names.
    pub sip_headers: BTreeMap<String, String>,
    /// The body as it was sent, unknown fields included.
    body: Map<String, Value>,
}

impl Request {
    /// Reads a question; fails when the body is no JSON object or about something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(body::parse(body::text(bytes)?)?)
    }

    fn read(body: Map<String, Value>) -> Result<Self, Error> {
        let medium = medium(&body)?;
        let empty = Map::new();
        let inner = body.get(medium.key()).and_then(Value::as_object).unwrap_or(&empty);
        let text = |field: &str| inner.get(field).and_then(scalar).filter(|text| !text.trim().is_empty());
        Ok(Self {
            medium,
            call_id: text(medium.id_field()).as_deref().and_then(CallId::parse),
            at: body.get("event_timestamp").and_then(Value::as_i64).and_then(instant),
            agent_id: text("agent_id"),
            agent_version: inner.get("agent_version").and_then(version),
            from: text("from_number").map(PhoneNumber::new),
            to: text("to_number").map(PhoneNumber::new),
            sip_headers: headers(inner.get("custom_sip_headers")),
            body,
        })
    }

    /// Builds a question as the platform asks it, for simulators and sample calls.
    #[must_use]
    pub fn call(id: &CallId, from: &str, to: &str, at: Timestamp) -> Self {
        let inner = json!({ "call_id": id.as_str(), "from_number": from, "to_number": to });
        let body = [
            ("event", json!(Medium::Call.key())),
            ("event_timestamp", json!(at.as_millisecond())),
            (Medium::Call.key(), inner),
        ];
        let body = body.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self::read(body).expect("the event is named a few lines above")
    }

    /// Returns the body as it was sent.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(self.body.clone())
    }

    /// Returns who the number says is calling; withheld when there is none.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller::read(self.from.as_ref().map_or("", PhoneNumber::expose), None)
    }

    /// Returns every number that was dialled on the way here, the first one at the front and the
    /// platform's own at the end; national ones are read in the country `home`.
    ///
    /// Behind a diversion stands the number the customer knows, so it says more than `to_number`.
    #[must_use]
    pub fn dialled(&self, home: Option<Country>) -> Vec<PhoneNumber> {
        let of = |name: &str| self.sip_headers.get(name).map(|header| sip::numbers(header)).unwrap_or_default();
        // `Diversion` lists the latest diversion first, `History-Info` the earliest.
        let hops = of("diversion").into_iter().rev().chain(of("history-info"));
        let own = self.to.iter().map(|number| number.expose().to_owned());
        let mut numbers: Vec<PhoneNumber> = Vec::new();
        for number in hops.chain(own).filter_map(|text| phone::parse(&text, home).ok()) {
            if !numbers.contains(&number.number) {
                numbers.push(number.number);
            }
        }
        // A history ends with the number that was reached; it stays the last one.
        if let Some(own) = self.to.as_ref().and_then(|number| phone::parse(number.expose(), home).ok()) {
            numbers.retain(|number| *number != own.number);
            numbers.push(own.number);
        }
        numbers
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without headers and body, which hold numbers.
        f.debug_struct("Request")
            .field("medium", &self.medium)
            .field("call_id", &self.call_id)
            .field("agent_id", &self.agent_id)
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// Returns what the body asks about: by its event, else by the object it has.
fn medium(body: &Map<String, Value>) -> Result<Medium, Error> {
    let both = [Medium::Call, Medium::Chat];
    match body.get("event").and_then(Value::as_str) {
        Some(event) => both.into_iter().find(|medium| medium.key() == event).ok_or(Error::NotInbound),
        None => both
            .into_iter()
            .find(|medium| body.get(medium.key()).is_some_and(Value::is_object))
            .ok_or(Error::Missing { field: "event" }),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn version(value: &Value) -> Option<AgentVersion> {
    match value {
        Value::String(tag) if !tag.trim().is_empty() => Some(AgentVersion::Tag(tag.clone())),
        number => number.as_i64().map(AgentVersion::Number),
    }
}

fn headers(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.to_ascii_lowercase(), scalar(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(json: &Value) -> Request {
        Request::parse(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_older_shape_and_the_newest_are_read() {
        let old = request(
            &json!({"event":"call_inbound","call_inbound":{"from_number":"+4917604069042","to_number":"+492214710200"}}),
        );
        assert_eq!((old.call_id, old.agent_id, old.at), (None, None, None));
        let new = request(&json!({"event":"chat_inbound","event_timestamp":1_795_518_000_000_i64,
            "chat_inbound":{"chat_id":"chat_1","agent_version":"prod","from_number":"+491713920031","later":{"x":1}},"later":1}));
        assert_eq!((new.medium, new.call_id.as_ref().map(CallId::as_str)), (Medium::Chat, Some("chat_1")));
        assert_eq!(new.agent_version, Some(AgentVersion::Tag("prod".into())));
        assert_eq!(new.to_json()["chat_inbound"]["later"]["x"], 1);
    }

    #[test]
    fn a_question_without_an_event_is_known_by_its_object() {
        let bare = request(&json!({"chat_inbound":{"from_number":"+491713920031"}}));
        assert_eq!(bare.medium, Medium::Chat);
        assert!(Request::parse(b"{}").is_err());
        assert_eq!(Request::parse(br#"{"event":"call_started","call":{}}"#).unwrap_err(), Error::NotInbound);
    }

    #[test]
    fn fields_of_another_type_count_as_absent() {
        let odd = request(&json!({"event":"call_inbound","call_inbound":{"call_id":7,"agent_id":[],"from_number":null,
            "to_number":{"n":1},"custom_sip_headers":[1],"agent_version":1.5}}));
        assert_eq!(odd.call_id.as_ref().map(CallId::as_str), Some("7"));
        assert_eq!((odd.agent_id, odd.from, odd.to, odd.agent_version), (None, None, None, None));
        assert!(request(&json!({"event":"call_inbound","call_inbound":null})).from.is_none());
    }

    #[test]
    fn withheld_numbers_are_a_case_of_their_own() {
        let asked =
            |from: Value| request(&json!({"event":"call_inbound","call_inbound":{"from_number":from}})).caller();
        assert_eq!(asked(json!("anonymous")), Caller::Withheld);
        assert_eq!(asked(Value::Null), Caller::Withheld);
        assert!(matches!(asked(json!("+491713920017")), Caller::Known(_)));
    }

    #[test]
    fn the_number_the_customer_dialled_comes_first() {
        let asked =
            request(&json!({"event":"call_inbound","call_inbound":{"to_number":"+493023125100","custom_sip_headers":{
            "Diversion":"<sip:+493023125102@a>;reason=no-answer, <tel:03023125101>;reason=unconditional",
            "history-info":"<sip:+493023125101@a>;index=1, <sip:+493023125100@a>;index=1.1"}}}));
        let numbers = asked.dialled(Some(Country::DE));
        let shown: Vec<&str> = numbers.iter().map(PhoneNumber::expose).collect();
        assert_eq!(shown, ["+493023125101", "+493023125102", "+493023125100"]);
        assert_eq!(asked.dialled(None).len(), 3, "the history has it in full, so the country is not needed");
    }

    #[test]
    fn a_built_question_reads_like_a_sent_one() {
        let at = Timestamp::from_millisecond(1_795_507_950_000).unwrap();
        let built = Request::call(&CallId::parse("call_1").unwrap(), "anonymous", "+493023125100", at);
        assert_eq!(request(&built.to_json()), built);
        assert!(!format!("{built:?}").contains("+49"));
    }
}
