//! The answer while the phone rings: who calls which branch, in which language, and what is free.
//!
//! Whatever is away, the caller is connected: first with what was known of the number before, then with the safe set of variables.

use std::{sync::Arc, time::Instant};

use callflow_contract::{
    availability::v1::SearchSlotsRequest,
    booking::v1::{FindForCallerRequest, Identity},
    convert::to_wire_time,
    event::v1::AnswerGiven,
    resolver::v1::{Branch, Caller as Known, Company, Customer, ResolveCallRequest, caller::Kind},
};
use callflow_domain::{
    id::{CallId, CompanyId},
    language::Language,
    masked::PhoneNumber,
    phone::Caller,
};
use callflow_retell::{
    inbound::{AgentOverride, AgentSettings, Answer, Connect, Medium, Request},
    spoken::{Phrasebook, Speech},
    variables::{self, Calendar},
};
use callflow_rpc::{Deadline, idempotent};
use jiff::{Timestamp, Zoned, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    App, away,
    branch::{Site, policies},
    offer::{self, Spot},
};
use crate::metrics;

/// Share of the time that finding branch and caller may take; the rest is for what is free.
const RESOLVE_SHARE: f64 = 0.6;

/// What is known of a call once it is resolved.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolved {
    company: Option<Company>,
    branch: Option<Branch>,
    language: String,
    caller: Option<Known>,
    nobody_speaks: bool,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// What to send.
    pub body: Value,
    /// How it came about.
    pub how: How,
    /// The branch that was reached, if one was.
    branch_id: String,
}

/// How an inbound answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Everything that was asked answered.
    Live,
    /// The company does not take this call.
    Rejected,
    /// Something was away; what was known is in it.
    Degraded,
    /// Nothing could be found out.
    Safe,
    /// Time was up.
    Timeout,
    /// There was too much to do.
    Shed,
}

impl How {
    /// Returns the metrics label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Rejected => "rejected",
            Self::Degraded => "degraded",
            Self::Safe => "safe",
            Self::Timeout => "timeout",
            Self::Shed => "shed",
        }
    }
}

impl Answered {
    fn new(answer: &Answer, medium: Medium, how: How) -> Self {
        let branch = |connect: &Connect| connect.metadata.get("branch_id").and_then(Value::as_str).map(str::to_owned);
        let branch_id = match answer {
            Answer::Connect(connect) => branch(connect).unwrap_or_default(),
            Answer::Reject => String::new(),
        };
        Self { body: answer.to_json(medium), how, branch_id }
    }

    /// Returns whether nothing was missing, so that the same call may be answered with it again.
    pub(super) const fn is_complete(&self) -> bool {
        matches!(self.how, How::Live | How::Rejected)
    }

    /// Returns the answer for when nothing could be found out.
    pub(super) fn safe(slug: &str, medium: Medium, how: How) -> Self {
        let now = Zoned::now().with_time_zone(TimeZone::UTC);
        let phrases = Phrasebook::new(Speech::default(), now.date());
        let metadata = [("company".to_owned(), json!(slug))].into_iter().collect();
        let dynamic_variables = variables::safe(slug, &phrases, &now);
        Self::new(&Answer::connect(Connect { dynamic_variables, metadata, ..Connect::default() }), medium, how)
    }
}

impl App {
    /// Answers an inbound question; always, and within the limit. The same call gets the same answer again.
    pub async fn answer_inbound(&self, slug: &str, request: &Request) -> Arc<Answered> {
        let begun = Instant::now();
        let within = self.limit.inbound();
        let answer = async {
            match &request.call_id {
                Some(call) => self.once(slug, call, request.medium, || self.find_out(slug, request)).await,
                None => (Arc::new(self.find_out(slug, request).await), false),
            }
        };
        let (answered, repeated) = match tokio::time::timeout(within, Deadline::after(within).scope(answer)).await {
            Ok(answered) => answered,
            Err(_) => (Arc::new(Answered::safe(slug, request.medium, How::Timeout)), false),
        };
        if repeated {
            metrics::inbound("repeated");
        } else {
            metrics::inbound(answered.how.as_str());
            self.tell(CompanyId::from_slug(slug), given(request, &answered, begun));
        }
        answered
    }

    /// Answers without asking anybody, because there is too much to do.
    pub fn shed_inbound(&self, slug: &str, request: &Request) -> Answered {
        metrics::inbound(How::Shed.as_str());
        Answered::safe(slug, request.medium, How::Shed)
    }

    async fn find_out(&self, slug: &str, request: &Request) -> Answered {
        let (resolved, live) = self.resolve(slug, request).await;
        let Some(resolved) = resolved else { return Answered::safe(slug, request.medium, How::Safe) };
        if self.rejects(slug, request, &resolved).await {
            return Answered::new(&Answer::Reject, request.medium, How::Rejected);
        }
        let site = match &resolved.branch {
            Some(branch) => self.site(slug, &branch.branch_id).await.ok(),
            None => None,
        };
        let phone = resolved.caller.as_ref().map(|caller| caller.phone.clone()).unwrap_or_default();
        let call = request.call_id.as_ref();
        let (free, booked) = match &site {
            Some(site) => tokio::join!(self.free(site, &resolved, call), self.booked(site, &phone)),
            None => (None, None),
        };
        let how = if live && free.is_some() && booked.is_some() { How::Live } else { How::Degraded };
        let story = Story { slug, resolved: &resolved, site: site.as_deref(), free, booked, live };
        Answered::new(&story.connect(), request.medium, how)
    }

    /// Returns what the call is resolved to, and whether the resolver itself said so just now.
    async fn resolve(&self, slug: &str, request: &Request) -> (Option<Arc<Resolved>>, bool) {
        let number = request.to.as_ref().map_or("", PhoneNumber::expose);
        let memory = format!("{slug}/{number}/{}", request.agent_id.as_deref().unwrap_or_default());
        let question = ResolveCallRequest {
            company: slug.to_owned(),
            call_id: request.call_id.as_ref().map(CallId::to_string).unwrap_or_default(),
            from_number: request.from.as_ref().map(|from| from.expose().to_owned()).unwrap_or_default(),
            to_number: number.to_owned(),
            agent_id: request.agent_id.clone().unwrap_or_default(),
            sip_headers: request.sip_headers.clone().into_iter().collect(),
            at: Some(to_wire_time(Timestamp::now())),
            record: request.call_id.is_some(),
            ..ResolveCallRequest::default()
        };
        let mut resolver = self.deps.resolver.clone();
        let ask = async { resolver.resolve_call(idempotent(question)).await };
        match Deadline::after(self.limit.inbound().mul_f64(RESOLVE_SHARE)).enforce(ask).await {
            Ok(found) => {
                let found = found.into_inner();
                let resolved = Resolved {
                    company: found.company,
                    branch: found.branch,
                    language: found.language,
                    caller: found.caller,
                    nobody_speaks: !found.staff.is_empty() && found.staff.iter().all(|member| !member.speaks_language),
                };
                // The next caller is somebody else.
                let place = Resolved { caller: None, language: String::new(), ..resolved.clone() };
                self.memory.led.insert(memory, Arc::new(place)).await;
                (Some(Arc::new(resolved)), true)
            }
            Err(status) => {
                away("resolver", &status);
                (self.memory.led.get(&memory).await, false)
            }
        }
    }

    async fn rejects(&self, slug: &str, request: &Request, resolved: &Resolved) -> bool {
        let Some(company) = &resolved.company else { return false };
        let reject = policies(company).reject;
        if reject.is_empty() {
            return false;
        }
        let caller = match resolved.caller.as_ref().map(|caller| caller.phone.as_str()) {
            Some(phone) if !phone.is_empty() => Caller::Known(PhoneNumber::new(phone)),
            _ => request.caller(),
        };
        // Who is not welcome at all is not counted.
        let rejection = match (reject.decide(&caller, 0), caller.number(), reject.calls_per_hour) {
            (None, Some(number), Some(most)) => reject.decide(&caller, self.calls_before(slug, number, most).await),
            (decided, ..) => decided,
        };
        if let Some(why) = rejection {
            tracing::info!(reason = why.as_str(), "call rejected");
        }
        rejection.is_some()
    }

    /// Asks of a branch what a first call would, so that everybody behind has it at hand.
    pub(crate) async fn rehearse_branch(&self, slug: &str, branch: &str) {
        if let Ok(site) = self.site(slug, branch).await {
            // No number has this one: booking looks, and finds nobody.
            let nobody = Resolved::default();
            tokio::join!(self.free(&site, &nobody, None), self.booked(&site, "+10000000000"));
        }
    }

    /// Returns the next free times for what the branch does first; `None` when nobody knows.
    async fn free(&self, site: &Site, resolved: &Resolved, call: Option<&CallId>) -> Option<Vec<Spot>> {
        let Some(service) = site.services.first() else { return Some(Vec::new()) };
        let preferred = customer(resolved.caller.as_ref()).map(|one| one.preferred_staff_id.clone());
        let request = SearchSlotsRequest {
            company_id: site.company.company_id.clone(),
            branch_id: site.branch.branch_id.clone(),
            service_id: service.service_id.clone(),
            limit: 3,
            language: resolved.language.clone(),
            preferred_staff_id: preferred.unwrap_or_default(),
            owner: call.map(CallId::to_string).unwrap_or_default(),
            ..SearchSlotsRequest::default()
        };
        match self.deps.availability.clone().search_slots(idempotent(request)).await {
            Ok(found) => Some(offer::offers(&found.into_inner().offers, &site.branch.branch_id)),
            Err(status) => {
                away("availability", &status);
                None
            }
        }
    }

    /// Returns what the caller has booked; `None` when nobody knows.
    async fn booked(&self, site: &Site, phone: &str) -> Option<Vec<Spot>> {
        if phone.is_empty() {
            return Some(Vec::new());
        }
        let request = FindForCallerRequest {
            company_id: site.company.company_id.clone(),
            identity: Some(Identity { phone: phone.to_owned(), ..Identity::default() }),
            ..FindForCallerRequest::default()
        };
        match self.deps.booking.clone().find_for_caller(idempotent(request)).await {
            Ok(found) => Some(offer::appointments(&found.into_inner().appointments, &site.branch.branch_id)),
            Err(status) => {
                away("booking", &status);
                None
            }
        }
    }
}

/// Everything an answer is made of.
struct Story<'a> {
    slug: &'a str,
    resolved: &'a Resolved,
    site: Option<&'a Site>,
    free: Option<Vec<Spot>>,
    booked: Option<Vec<Spot>>,
    live: bool,
}

impl Story<'_> {
    fn connect(&self) -> Answer {
        let company = self.resolved.company.as_ref();
        let home = company.map_or("", |company| company.default_language.as_str());
        let speech = Speech::choose([self.resolved.language.as_str(), home]);
        let now = Timestamp::now().to_zoned(self.zone());
        let phrases = Phrasebook::new(speech, now.date());
        let notice = self.notice(speech);
        let agent = AgentSettings {
            // The agent speaks the company's language by itself.
            language: (speech != Speech::choose([home])).then(|| speech.locale().to_owned()),
            ..AgentSettings::default()
        };
        Answer::connect(Connect {
            agent_override: AgentOverride { agent, ..AgentOverride::default() },
            dynamic_variables: variables::build(&self.known(&notice), &phrases, &now),
            metadata: self.metadata(speech),
            ..Connect::default()
        })
    }

    fn zone(&self) -> TimeZone {
        let named = self.resolved.branch.as_ref().map(|branch| branch.time_zone.as_str());
        let named = named.or_else(|| self.resolved.company.as_ref().map(|company| company.time_zone.as_str()));
        self.site.map(|site| site.zone.clone()).or_else(|| TimeZone::get(named?).ok()).unwrap_or(TimeZone::UTC)
    }

    /// Returns the company's own words about recording, if it has any in this language.
    fn notice(&self, speech: Speech) -> String {
        let said = self.resolved.company.as_ref().map(|company| policies(company).recording_notice);
        let language = Language::read(speech.tag());
        said.and_then(|mut said| said.remove(&language?)).unwrap_or_default()
    }

    fn known<'k>(&'k self, notice: &'k str) -> variables::Known<'k> {
        let caller = self.resolved.caller.as_ref();
        let who = match (caller.map(Known::kind), customer(caller)) {
            (_, Some(one)) => variables::Customer::Known { id: &one.customer_id, name: &one.name },
            (Some(Kind::New), None) => variables::Customer::New,
            _ => variables::Customer::Unknown,
        };
        let branch = self.resolved.branch.as_ref();
        let company = self.resolved.company.as_ref();
        variables::Known {
            tenant_id: self.slug,
            business_name: company.map_or("", |company| &company.name),
            location_id: branch.map_or("", |branch| &branch.slug),
            branch: branch.map_or("", |branch| &branch.name),
            customer: who,
            next_appointment: self.booked.as_ref().and_then(|spots| spots.first()).map(Spot::visit),
            next_slots: self.free.as_deref().map(offer::slot_visits).unwrap_or_default(),
            preferred_staff: customer(caller).map_or("", |one| &one.preferred_staff_name),
            language_missing: self.resolved.nobody_speaks,
            recorded: company.is_some_and(|company| !policies(company).recording_notice.is_empty()),
            notice,
            calendar: match (&self.free, self.live) {
                (Some(_), true) => Calendar::Live,
                (Some(_), false) => Calendar::Cached,
                (None, _) => Calendar::Unavailable,
            },
        }
    }

    fn metadata(&self, speech: Speech) -> Map<String, Value> {
        let mut metadata = Map::new();
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                metadata.insert(name.to_owned(), json!(value));
            }
        };
        put("company", self.slug);
        if let Some(branch) = &self.resolved.branch {
            put("branch_id", &branch.branch_id);
            put("branch", &branch.slug);
        }
        put("customer_id", customer(self.resolved.caller.as_ref()).map_or("", |one| &one.customer_id));
        put("language", speech.tag());
        put("trace", callflow_telemetry::current_traceparent().as_deref().unwrap_or_default());
        metadata
    }
}

/// Returns the one customer a number belongs to.
fn customer(caller: Option<&Known>) -> Option<&Customer> {
    let caller = caller.filter(|caller| caller.kind() == Kind::Known)?;
    caller.customers.first()
}

fn given(request: &Request, answered: &Answered, begun: Instant) -> AnswerGiven {
    AnswerGiven {
        surface: "inbound".into(),
        name: request.medium.key().into(),
        result: answered.how.as_str().into(),
        seconds: begun.elapsed().as_secs_f64(),
        call_id: request.call_id.as_ref().map(CallId::to_string).unwrap_or_default(),
        branch_id: answered.branch_id.clone(),
        degraded: !answered.is_complete(),
        at: Some(to_wire_time(Timestamp::now())),
    }
}
