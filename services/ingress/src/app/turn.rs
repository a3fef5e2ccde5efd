//! One turn of a conversation: which call, which branch, which language, whose number.
//!
//! All of it comes from the call the platform signed or from our own inbound answer, nothing from the arguments.

use std::sync::Arc;

use callflow_contract::{
    booking::v1::{Identity, WriteContext},
    common::v1::{Actor, Person, actor::Kind},
    convert::to_wire_time,
    resolver::v1::ResolveCallRequest,
};
use callflow_domain::{
    id::{CallId, CompanyId},
    masked::{CustomerName, PhoneNumber},
    phone::Caller,
};
use callflow_extract::name::{Match, Named, find};
use callflow_retell::{
    answer::{Answer, Outcome},
    function::Request,
    spoken::{Line, Phrasebook, Speech},
};
use callflow_rpc::idempotent;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use tonic::Status;

use super::{App, branch::Site};

/// Why a function has no ordinary answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something is missing or not understood; this is what to say.
    Say(Box<Answer>),
    /// A service did not do its part.
    Away(Box<Status>),
}

impl From<Answer> for Trouble {
    fn from(answer: Answer) -> Self {
        Self::Say(Box::new(answer))
    }
}

impl From<Status> for Trouble {
    fn from(status: Status) -> Self {
        Self::Away(Box::new(status))
    }
}

/// How a function ends.
pub(crate) type Told = Result<Answer, Trouble>;

/// Who speaks with whom, and what was asked.
pub(crate) struct Turn {
    pub(crate) slug: String,
    pub(crate) site: Arc<Site>,
    pub(crate) call: Option<CallId>,
    pub(crate) caller: Caller,
    pub(crate) customer: String,
    pub(crate) phrases: Phrasebook,
    pub(crate) now: Zoned,
    tool: String,
    /// Hash of the body, for requests without a tool call id.
    hash: String,
}

impl App {
    /// Finds out everything a function needs to know before it looks at its arguments.
    pub(crate) async fn turn(&self, slug: &str, request: &Request<'_>, hash: String) -> Result<Turn, Trouble> {
        let call = request.call.as_ref();
        let entry = |name: &str| call.and_then(|call| call.metadata_entry(name));
        let known = entry("branch_id").or_else(|| call.and_then(|call| call.variable("location_id")));
        let (branch, language) = match known.filter(|branch| !branch.is_empty()) {
            Some(branch) => (branch, None),
            None => self.look_up(slug, request).await?,
        };
        let site = self.site(slug, &branch).await.map_err(|status| Status::new(status.code(), status.message()))?;
        let spoken = request.identity.language.clone().or_else(|| entry("language")).or(language).unwrap_or_default();
        let speech = Speech::choose([spoken.as_str(), site.company.default_language.as_str()]);
        let now = Timestamp::now().to_zoned(site.zone.clone());
        Ok(Turn {
            slug: slug.to_owned(),
            call: request.identity.call_id.clone(),
            caller: Caller::read(request.identity.caller.as_ref().map_or("", PhoneNumber::expose), None),
            customer: entry("customer_id").unwrap_or_default(),
            phrases: Phrasebook::new(speech, now.date()),
            now,
            tool: request.tool_call_id.clone().unwrap_or_default(),
            hash,
            site,
        })
    }

    /// Asks the resolver for a call that our inbound answer knows nothing of, such as a web call.
    async fn look_up(&self, slug: &str, request: &Request<'_>) -> Result<(String, Option<String>), Trouble> {
        let identity = &request.identity;
        let expose = |number: &Option<PhoneNumber>| number.as_ref().map(|one| one.expose().to_owned());
        let question = ResolveCallRequest {
            company: slug.to_owned(),
            call_id: identity.call_id.as_ref().map(CallId::to_string).unwrap_or_default(),
            from_number: expose(&identity.caller).unwrap_or_default(),
            to_number: expose(&identity.dialled).unwrap_or_default(),
            agent_id: identity.agent_id.clone().unwrap_or_default(),
            metadata_json: request
                .call
                .as_ref()
                .and_then(|call| call.metadata)
                .map(|raw| raw.json().to_owned())
                .unwrap_or_default(),
            detected_language: identity.language.clone().unwrap_or_default(),
            at: Some(to_wire_time(Timestamp::now())),
            ..ResolveCallRequest::default()
        };
        let found = self.deps.resolver.clone().resolve_call(idempotent(question)).await?.into_inner();
        let phrases = phrases(Some(&found.language));
        let branch = found.branch.ok_or_else(|| Answer::new(Outcome::UnknownBranch, phrases.say(Line::Unresolved)))?;
        Ok((branch.branch_id, Some(found.language)))
    }

    /// Goes to another branch of the company when the caller asks for one.
    pub(crate) async fn elsewhere(&self, turn: Turn, wanted: Option<&str>) -> Result<Turn, Trouble> {
        let Some(wanted) = wanted else { return Ok(turn) };
        let all = std::iter::once(&turn.site.branch).chain(&turn.site.others);
        let named: Vec<_> = all
            .map(|branch| Named {
                value: branch.branch_id.clone(),
                names: vec![branch.name.clone(), branch.slug.clone(), branch.slug.replace('-', " ")],
            })
            .collect();
        let chosen = match find(wanted, &named) {
            Match::One(id) => id,
            // The branch that was called is meant when its name is among those that fit.
            Match::Several(ids) if ids.contains(&turn.site.branch.branch_id) => return Ok(turn),
            _ if named.iter().any(|one| one.value == wanted) => wanted.to_owned(),
            _ => return Err(turn.say(Outcome::UnknownBranch, Line::UnknownBranch).into()),
        };
        let site =
            self.site(&turn.slug, &chosen).await.map_err(|status| Status::new(status.code(), status.message()))?;
        let now = Timestamp::now().to_zoned(site.zone.clone());
        Ok(Turn { site, phrases: Phrasebook::new(turn.phrases.speech(), now.date()), now, ..turn })
    }
}

/// Returns the sentences of a language, for when the branch is not known.
pub(crate) fn phrases(language: Option<&str>) -> Phrasebook {
    let berlin = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    Phrasebook::new(Speech::choose(language), Zoned::now().with_time_zone(berlin).date())
}

impl Turn {
    pub(crate) fn company(&self) -> CompanyId {
        CompanyId::from_slug(&self.slug)
    }

    pub(crate) fn home(&self) -> &str {
        &self.site.branch.branch_id
    }

    /// Returns the call id, or nothing.
    pub(crate) fn owner(&self) -> String {
        self.call.as_ref().map(CallId::to_string).unwrap_or_default()
    }

    pub(crate) fn phone(&self) -> String {
        self.caller.number().map(|number| number.expose().to_owned()).unwrap_or_default()
    }

    /// Begins an answer with a sentence that needs nothing filled in.
    pub(crate) fn say(&self, outcome: Outcome, line: Line) -> Answer {
        Answer::new(outcome, self.phrases.say(line))
    }

    /// Begins the answer that asks for something.
    pub(crate) fn ask(&self, field: &'static str, line: Line) -> Answer {
        self.say(Outcome::MissingField, line).field("field", field)
    }

    /// Returns what every write carries. The wish is the same however often the model asks for it in a call.
    pub(crate) fn write(&self, wish: &str) -> WriteContext {
        let call = self.owner();
        let kind = if call.is_empty() { Kind::System } else { Kind::Call };
        let key = match (call.is_empty(), self.tool.is_empty()) {
            (false, false) => format!("call/{call}/tool/{}", self.tool),
            (false, true) => format!("call/{call}/body/{}", self.hash),
            (true, _) => format!("body/{}", self.hash),
        };
        WriteContext {
            company_id: self.company().to_string(),
            idempotency_key: key,
            intent_key: if call.is_empty() || wish.is_empty() {
                String::new()
            } else {
                format!("call/{call}/intent/{wish}")
            },
            actor: Some(Actor {
                kind: kind.into(),
                call_id: call.clone(),
                tool_call_id: self.tool.clone(),
                ..Actor::default()
            }),
            owner: call,
        }
    }

    /// Returns the person on the phone; the name is what they said, the number what the call says.
    pub(crate) fn person(&self, name: Option<&CustomerName>) -> Person {
        Person {
            customer_id: self.customer.clone(),
            name: name.map(|name| name.expose().to_owned()).unwrap_or_default(),
            phone: self.phone(),
            language: self.phrases.speech().tag().to_owned(),
            ..Person::default()
        }
    }

    /// Returns the proof that an appointment is the caller's.
    pub(crate) fn identity(&self, code: Option<&str>) -> Identity {
        Identity { phone: self.phone(), confirmation_code: code.unwrap_or_default().to_owned(), ..Identity::default() }
    }

    /// Returns the code to be spoken, for those who cannot be recognised by their number.
    pub(crate) fn spoken_code<'c>(&self, code: Option<&'c str>) -> Option<&'c str> {
        code.filter(|_| self.caller.number().is_none())
    }
}
