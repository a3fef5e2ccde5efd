//! The six signals: what each says about where a call belongs. They are looked at side by side.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use callflow_cache::Subject;
use callflow_domain::{
    id::{BranchId, CompanyId},
    language::Language,
    masked::PhoneNumber,
    phone::{Caller, Country, diverted, history, parse},
    resolution::{Claim, Evidence, Fitting, Method},
};
use callflow_store::{
    catalog::{self, Route},
    directory::Directory,
};
use futures::future::join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{App, Result, caller::Known};
use crate::error::Error;

/// Longest wait for one signal: the phone rings, and the others may know enough.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
/// Most numbers a call is looked up by: the dialled one and those it was diverted from.
const NUMBERS: usize = 4;

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

/// Everything the signals found, the language they expect, and who is known under the caller's number.
pub(crate) struct Found {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) language: Option<Language>,
    pub(crate) known: Vec<Known>,
}

impl App {
    /// Looks at all six signals side by side. A signal that cannot be looked at in time is silent; the others still count.
    pub(crate) async fn evidence(&self, ring: &Ring, directory: &Directory, caller: &Caller) -> Found {
        let company = directory.company().id;
        let known = timeout(PATIENCE, self.known(company, caller));
        let (numbers, agent, known) = tokio::join!(self.numbers(ring, directory), self.agent(ring, directory), known);
        let known = known.ok().and_then(Result::ok);
        let mut evidence = vec![Claim::read(&ring.metadata).evidence(&ring.slug)];
        evidence.extend(numbers.0);
        evidence.push(agent.0);
        evidence.push(match &known {
            Some(known) => from_history(directory, known),
            None => Evidence::nothing(Method::History, "who is known could not be looked up"),
        });
        evidence.push(from_area(directory, caller));
        evidence.push(from_clock(directory, caller, ring.at));
        Found { evidence, language: numbers.1.or(agent.1), known: known.unwrap_or_default() }
    }

    /// The dialled number, and those the call was diverted from, the one dialled first at the front.
    async fn numbers(&self, ring: &Ring, directory: &Directory) -> (Vec<Evidence>, Option<Language>) {
        let company = directory.company().id;
        let dialled = dialled(ring, directory.company().declared.country);
        let looks = dialled.iter().map(|(number, _)| self.number(number, directory));
        let (mut evidence, mut language) = (Vec::new(), None);
        for ((_, what), led) in dialled.iter().zip(join_all(looks).await) {
            evidence.push(match led {
                Some(Ok(Some(led))) => {
                    language = language.or(led.language.filter(|_| led.company == company));
                    Evidence::of(Method::Number, led.company, led.branch, *what)
                }
                Some(Ok(None)) => Evidence::nothing(Method::Number, format!("{what} is in no catalog")),
                Some(Err(_)) => Evidence::nothing(Method::Number, format!("{what} could not be looked up")),
                None => Evidence::nothing(Method::Number, format!("{what} was not found out in time")),
            });
        }
        if evidence.is_empty() {
            evidence.push(Evidence::nothing(Method::Number, "there is no readable dialled number"));
        }
        (evidence, language)
    }

    async fn number(&self, number: &PhoneNumber, directory: &Directory) -> Option<Result<Option<Led>>> {
        let load = || async { Ok(catalog::number(&self.deps.database, number.expose()).await?.map(Led::from)) };
        let key = versioned(directory, number.expose());
        let look = self.deps.numbers.get_or_load(directory.company().id, Subject::Public(&key), load);
        timeout(PATIENCE, look).await.ok().map(|led| led.map_err(Error::Shared))
    }

    async fn agent(&self, ring: &Ring, directory: &Directory) -> (Evidence, Option<Language>) {
        let nothing = |reason: &str| (Evidence::nothing(Method::Agent, reason), None);
        if ring.agent.is_empty() || ring.agent.len() > 128 || ring.agent.contains('\0') {
            return nothing("no agent is named");
        }
        let company = directory.company().id;
        let load = || async { Ok(catalog::agent(&self.deps.database, company, &ring.agent).await?.map(Led::from)) };
        let key = versioned(directory, &ring.agent);
        let look = self.deps.agents.get_or_load(company, Subject::Public(&key), load);
        match timeout(PATIENCE, look).await {
            Ok(Ok(Some(led))) => (Evidence::of(Method::Agent, led.company, led.branch, "the agent"), led.language),
            Ok(Ok(None)) => nothing("the agent is in no catalog"),
            Ok(Err(_)) => nothing("the agent could not be looked up"),
            Err(_) => nothing("the agent was not found out in time"),
        }
    }
}

/// The readable numbers of a call and what each is, without doubles.
fn dialled(ring: &Ring, home: Country) -> Vec<(PhoneNumber, &'static str)> {
    let header = |name: &str| ring.headers.get(name).map(String::as_str).unwrap_or_default();
    let to = parse(&ring.to, Some(home)).ok().map(|parsed| (parsed.number, "the dialled number"));
    let diverted = diverted(header("diversion"), Some(home)).into_iter();
    let diverted = diverted.chain(history(header("history-info"), Some(home)));
    let diverted = diverted.map(|number| (number, "a number the call was diverted from"));
    let mut found: Vec<(PhoneNumber, &str)> = Vec::new();
    // Where the caller wanted to go comes first; where the call went after that, second.
    for one in diverted.take(NUMBERS - 1).chain(to) {
        if !found.iter().any(|(number, _)| *number == one.0) {
            found.push(one);
        }
    }
    found
}

/// What is kept of a company's catalog is kept under the catalog's version: after a change nothing older is found.
fn versioned(directory: &Directory, id: &str) -> String {
    format!("{}:{id}", directory.company().version)
}

fn from_history(directory: &Directory, known: &[Known]) -> Evidence {
    let been = |one: &Known| {
        // A branch that is gone from the catalog says nothing about where the caller goes now.
        [one.preferred_branch, one.last_branch].into_iter().flatten().find(|id| directory.branch(*id).is_some())
    };
    let nothing = |reason: &str| Evidence::nothing(Method::History, reason);
    let branches: BTreeSet<BranchId> = known.iter().filter_map(been).collect();
    match (known, branches.len(), branches.first()) {
        ([], ..) => nothing("the caller is not known"),
        (_, 1, Some(branch)) => {
            Evidence::branch(Method::History, directory.company().id, *branch, "the caller was there before")
        }
        (_, 0, _) => nothing("the caller has been at no branch yet"),
        // A family shares the number: which of them is calling is asked, not guessed.
        _ => nothing("several customers share the number and go to different branches"),
    }
}

/// By the area code of the *caller*; the company's own number says nothing about where the caller is.
fn from_area(directory: &Directory, caller: &Caller) -> Evidence {
    let Some(number) = caller.number() else {
        return Evidence::nothing(Method::ServiceArea, "the caller shows no number");
    };
    match directory.places().areas.longest(number) {
        Some((prefix, fitting)) => {
            among(Method::ServiceArea, directory, fitting, &format!("the caller's number begins with {prefix}"))
        }
        None => Evidence::nothing(Method::ServiceArea, "the caller's area is in no service area"),
    }
}

fn from_clock(directory: &Directory, caller: &Caller, at: Timestamp) -> Evidence {
    let zone = caller.origin().and_then(|origin| origin.time_zone);
    let Some(zone) = zone else {
        return Evidence::nothing(Method::TimeZone, "the caller's number leaves the time zone open");
    };
    let fitting = directory.places().clocks.like(zone, at);
    among(Method::TimeZone, directory, &fitting, &format!("the caller's clock is {zone}"))
}

fn among(method: Method, directory: &Directory, fitting: &Fitting, reason: &str) -> Evidence {
    let company = directory.company();
    Evidence::among(method, company.id, company.default_branch, fitting, reason)
}
