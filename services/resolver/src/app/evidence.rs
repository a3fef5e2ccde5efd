//! The six signals: what each says about where a call belongs. They are looked at side by side.

mod derived;

use std::time::Duration;

use callflow_cache::Subject;
use callflow_domain::{
    id::{BranchId, CompanyId},
    language::Language,
    masked::PhoneNumber,
    phone::Caller,
    resolution::{Claim, Evidence, Method},
};
use callflow_store::{
    catalog::{self, Route},
    directory::Directory,
};
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{App, Result, caller::Known, ring::Ring};
use crate::error::Error;

/// Longest wait for one signal: the phone rings, and the others may know enough.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);

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

/// Everything the signals found, the languages number and agent are meant for, and who is known under the caller's number.
pub(crate) struct Found {
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) number_language: Option<Language>,
    pub(crate) agent_language: Option<Language>,
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
            Some(known) => derived::history(directory, known),
            None => Evidence::nothing(Method::History, "who is known could not be looked up"),
        });
        evidence.push(derived::area(directory, caller));
        evidence.push(derived::clock(directory, caller, ring.at));
        Found { evidence, number_language: numbers.1, agent_language: agent.1, known: known.unwrap_or_default() }
    }

    /// The dialled number, and those the call was diverted from, the one dialled first at the front.
    async fn numbers(&self, ring: &Ring, directory: &Directory) -> (Vec<Evidence>, Option<Language>) {
        let company = directory.company().id;
        let dialled = ring.dialled(directory.company().declared.country);
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

/// What is kept of a company's catalog is kept under the catalog's version: after a change nothing older is found.
fn versioned(directory: &Directory, id: &str) -> String {
    format!("{}:{id}", directory.company().version)
}
