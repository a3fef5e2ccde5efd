//! The six signals: what each says about where a call belongs. They are looked at side by side.

use std::collections::HashMap;

use callflow_cache::Subject;
use callflow_domain::{
    id::{BranchId, CompanyId},
    language::Language,
    masked::PhoneNumber,
    phone::{Caller, Country, diverted, history, parse},
    resolution::{BranchFact, Claim, Clocks, Evidence, Method, ServiceAreas},
};
use callflow_store::{
    catalog::{self, Route, StoredBranch},
    directory::Directory,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{App, Result, caller::Known};
use crate::error::Error;

/// Where a number or an agent leads, as kept in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    company: CompanyId,
    branch: Option<BranchId>,
    /// The language its callers expect.
    pub language: Option<Language>,
}

impl From<Route> for Led {
    fn from(route: Route) -> Self {
        Self { company: route.company, branch: route.branch, language: route.language }
    }
}

/// What is known of a call when it rings.
#[derive(Debug, Clone)]
pub struct Ring {
    /// Slug of the company whose key signed the request.
    pub slug: String,
    /// The caller's number as it arrived.
    pub from: String,
    /// The dialled number as it arrived.
    pub to: String,
    /// The agent that answers.
    pub agent: String,
    /// SIP headers with lower-case names.
    pub headers: HashMap<String, String>,
    /// Metadata as JSON text.
    pub metadata: String,
    /// Language that was heard, in whatever spelling.
    pub detected: String,
    /// When.
    pub at: Timestamp,
}

/// Everything the signals found, and the languages they expect.
pub(crate) struct Found {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) language: Option<Language>,
}

impl App {
    /// Looks at all six signals. A signal that cannot be looked at is silent; the others still count.
    pub(crate) async fn evidence(&self, ring: &Ring, directory: &Directory, caller: &Caller, known: &[Known]) -> Found {
        let company = directory.company().id;
        let home = Some(directory.company().declared.country);
        let (numbers, agent) = tokio::join!(self.numbers(ring, home, company), self.agent(ring, company));
        let language = numbers.1.or(agent.1);
        let facts: Vec<BranchFact> = directory.branches().map(|branch| fact(company, branch)).collect();
        let mut evidence = vec![Claim::read(&ring.metadata).evidence(&ring.slug)];
        evidence.extend(numbers.0);
        evidence.push(agent.0);
        evidence.push(from_history(company, known));
        evidence.push(from_area(directory, &facts, caller));
        evidence.push(from_clock(directory, &facts, caller, ring.at));
        Found { evidence, language }
    }

    /// The dialled number, and those the call was diverted from, the one dialled first at the front.
    async fn numbers(
        &self,
        ring: &Ring,
        home: Option<Country>,
        company: CompanyId,
    ) -> (Vec<Evidence>, Option<Language>) {
        let header = |name: &str| ring.headers.get(name).map(String::as_str).unwrap_or_default();
        let mut dialled: Vec<(PhoneNumber, &str)> = Vec::new();
        dialled.extend(parse(&ring.to, home).ok().map(|parsed| (parsed.number, "the dialled number")));
        let diverted = diverted(header("diversion"), home).into_iter().chain(history(header("history-info"), home));
        dialled.extend(diverted.map(|number| (number, "a number the call was diverted from")));
        let (mut evidence, mut language) = (Vec::new(), None);
        for (number, what) in dialled.iter().take(4) {
            match self.number(number, company).await {
                Ok(Some(led)) => {
                    language = language.or(led.language.filter(|_| led.company == company));
                    evidence.push(Evidence::of(Method::Number, led.company, led.branch, *what));
                }
                Ok(None) => evidence.push(Evidence::nothing(Method::Number, format!("{what} is in no catalog"))),
                Err(_) => evidence.push(Evidence::nothing(Method::Number, format!("{what} could not be looked up"))),
            }
        }
        if evidence.is_empty() {
            evidence.push(Evidence::nothing(Method::Number, "there is no readable dialled number"));
        }
        (evidence, language)
    }

    async fn number(&self, number: &PhoneNumber, company: CompanyId) -> Result<Option<Led>> {
        let load = || async { Ok(catalog::number(&self.deps.database, number.expose()).await?.map(Led::from)) };
        // Kept under the company that asks: what one company looks up never shows in another's keys.
        let subject = Subject::Public(number.expose());
        self.deps.numbers.get_or_load(company, subject, load).await.map_err(Error::Shared)
    }

    async fn agent(&self, ring: &Ring, company: CompanyId) -> (Evidence, Option<Language>) {
        let nothing = |reason: &str| (Evidence::nothing(Method::Agent, reason), None);
        if ring.agent.is_empty() || ring.agent.len() > 128 {
            return nothing("no agent is named");
        }
        let load = || async { Ok(catalog::agent(&self.deps.database, company, &ring.agent).await?.map(Led::from)) };
        match self.deps.agents.get_or_load(company, Subject::Public(&ring.agent), load).await {
            Ok(Some(led)) => (Evidence::of(Method::Agent, led.company, led.branch, "the agent"), led.language),
            Ok(None) => nothing("the agent is in no catalog"),
            Err(_) => nothing("the agent could not be looked up"),
        }
    }
}

pub(crate) fn fact(company: CompanyId, branch: &StoredBranch) -> BranchFact {
    BranchFact {
        id: branch.id,
        company,
        slug: branch.declared.slug.clone(),
        active: branch.declared.active,
        fallback: branch.fallback,
    }
}

fn from_history(company: CompanyId, known: &[Known]) -> Evidence {
    match known {
        [] => Evidence::nothing(Method::History, "the caller is not known"),
        several => match several.iter().find_map(|one| one.preferred_branch.or(one.last_branch)) {
            Some(branch) => Evidence::branch(Method::History, company, branch, "the caller was there before"),
            None => Evidence::nothing(Method::History, "the caller has been at no branch yet"),
        },
    }
}

/// By the area code of the *caller*; the company's own number says nothing about where the caller is.
fn from_area(directory: &Directory, facts: &[BranchFact], caller: &Caller) -> Evidence {
    let Some(number) = caller.number() else {
        return Evidence::nothing(Method::ServiceArea, "the caller shows no number");
    };
    let listed = directory
        .branches()
        .flat_map(|branch| branch.declared.service_areas.iter().map(|area| (area.clone(), branch.id)));
    let areas: ServiceAreas = listed.collect();
    match areas.longest(number) {
        Some((prefix, branches)) => {
            among(Method::ServiceArea, directory, facts, branches, &format!("the caller's number begins with {prefix}"))
        }
        None => Evidence::nothing(Method::ServiceArea, "the caller's area is in no service area"),
    }
}

fn from_clock(directory: &Directory, facts: &[BranchFact], caller: &Caller, at: Timestamp) -> Evidence {
    let zone = caller.origin().and_then(|origin| origin.time_zone);
    let Some(zone) = zone else {
        return Evidence::nothing(Method::TimeZone, "the caller's number leaves the time zone open");
    };
    let listed = directory.branches().map(|branch| (directory.time_zone(branch.id).to_owned(), branch.id));
    let clocks: Clocks = listed.collect();
    among(Method::TimeZone, directory, facts, &clocks.like(zone, at), &format!("the caller's clock is {zone}"))
}

fn among(method: Method, directory: &Directory, facts: &[BranchFact], branches: &[BranchId], reason: &str) -> Evidence {
    let fitting: Vec<BranchFact> = facts.iter().filter(|fact| branches.contains(&fact.id)).cloned().collect();
    let company = directory.company();
    Evidence::among(method, company.id, company.default_branch, &fitting, reason)
}
