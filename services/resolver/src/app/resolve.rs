//! Resolving a call: branch, caller, language, and why.

use callflow_contract::resolver::v1::{
    Branch, Company, ResolveCallResponse, Signal, resolve_call_response::Outcome as WireOutcome,
};
use callflow_domain::{
    id::{BranchId, CallId, CompanyId},
    language::{Choice, Language, Signals, choose},
    phone::Caller,
    resolution::{Outcome, Question, Resolution, Verdict, resolve},
};
use callflow_store::{
    call::{self, Assignment},
    directory::Directory,
};
use serde_json::json;

use super::{
    App, Result,
    caller::{self, Known},
    evidence::Ring,
};
use crate::{error::Error, metrics};

impl App {
    /// Resolves a call inside the company that signed it. With `call` the answer is kept with that call's record.
    ///
    /// # Errors
    /// `NotFound` when there is no such company, and when neither Redis nor Postgres can be asked.
    pub async fn resolve(&self, ring: &Ring, call: Option<&CallId>) -> Result<ResolveCallResponse> {
        let company = CompanyId::from_slug(&ring.slug);
        let directory = self.directory(company).await?;
        let caller = Caller::read(&ring.from, Some(directory.company().declared.country));
        let found = self.evidence(ring, &directory, &caller).await;
        let known = found.known;
        let question =
            Question { company, default_branch: directory.company().default_branch, evidence: found.evidence };
        let resolution = resolve(&question, |id| directory.places().fact(id).cloned());
        let language = language(&directory, ring, &caller, &known, found.language);
        let (staff, staff_note) = match resolution.branch {
            Some(branch) => self.suggest(&directory, branch, &language, ring.at).await,
            None => (Vec::new(), String::new()),
        };
        metrics::resolved(outcome_name(resolution.outcome), resolution.method.as_str());
        let response = ResolveCallResponse {
            outcome: wire_outcome(resolution.outcome).into(),
            branch: resolution.branch.and_then(|id| branch(&directory, id)),
            method: resolution.method.as_str().to_owned(),
            confidence: resolution.confidence,
            signals: signals(&directory, &resolution),
            language: language.language.as_str().to_owned(),
            language_reason: language.source.as_str().to_owned(),
            caller: Some(caller::write(&caller, &known, &directory)),
            staff,
            staff_note,
            company: Some(self::company(&directory)),
        };
        if let Some(call) = call {
            self.keep(company, call, &resolution, &response, &known, ring);
        }
        Ok(response)
    }

    /// Keeps the answer with the call's record, in the background: the phone rings, and the record can wait.
    fn keep(
        &self,
        company: CompanyId,
        call: &CallId,
        resolution: &Resolution,
        response: &ResolveCallResponse,
        known: &[Known],
        ring: &Ring,
    ) {
        let found = Assignment {
            branch: resolution.branch,
            customer: if let [only] = known { Some(only.id) } else { None },
            resolution: Some(json!({
                "outcome": outcome_name(resolution.outcome),
                "method": response.method,
                "confidence": response.confidence,
                "language": response.language,
                "language_reason": response.language_reason,
                "signals": resolution.signals,
            })),
        };
        let (database, call, at) = (self.deps.database.clone(), call.clone(), ring.at);
        tokio::spawn(async move {
            let work = async {
                let mut tx = database.begin().await?;
                call::assign(&mut tx, company, &call, &found, at).await?;
                tx.commit().await
            };
            if let Err(error) = work.await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the resolution was not kept with the call");
            }
        });
    }
}

fn language(
    directory: &Directory,
    ring: &Ring,
    caller: &Caller,
    known: &[Known],
    expected: Option<Language>,
) -> Choice {
    let declared = &directory.company().declared;
    let stored = if let [only] = known { only.language.as_deref().and_then(Language::read) } else { None };
    choose(&Signals {
        stored,
        detected: Language::read(&ring.detected),
        country: caller.origin().and_then(|origin| origin.country),
        company_default: expected.or(Some(declared.default_language)),
        supported: &declared.languages,
    })
}

pub(crate) fn company(directory: &Directory) -> Company {
    let stored = directory.company();
    Company {
        company_id: stored.id.to_string(),
        slug: stored.declared.slug.clone(),
        name: stored.declared.name.clone(),
        default_language: stored.declared.default_language.as_str().to_owned(),
        time_zone: stored.declared.time_zone.clone(),
        policies_json: serde_json::to_string(&stored.declared.policies).unwrap_or_default(),
    }
}

pub(crate) fn branch(directory: &Directory, id: BranchId) -> Option<Branch> {
    let stored = directory.branch(id)?;
    Some(Branch {
        branch_id: id.to_string(),
        slug: stored.declared.slug.clone(),
        name: stored.declared.name.clone(),
        time_zone: directory.time_zone(id).to_owned(),
        active: stored.declared.active,
    })
}

fn signals(directory: &Directory, resolution: &Resolution) -> Vec<Signal> {
    let slug = |id: Option<BranchId>| {
        id.and_then(|id| directory.branch(id)).map(|branch| branch.declared.slug.clone()).unwrap_or_default()
    };
    let write = |signal: &callflow_domain::resolution::Signal| Signal {
        name: signal.method.as_str().to_owned(),
        confidence: signal.confidence,
        matched: matches!(signal.verdict, Verdict::Won | Verdict::Outweighed),
        branch_id: signal.branch.map(|id| id.to_string()).unwrap_or_default(),
        branch_slug: slug(signal.branch),
        reason: signal.reason.clone(),
    };
    resolution.signals.iter().map(write).collect()
}

const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Resolved => "resolved",
        Outcome::Fallback => "fallback",
        Outcome::Default => "default",
        Outcome::Unresolved => "unresolved",
    }
}

const fn wire_outcome(outcome: Outcome) -> WireOutcome {
    match outcome {
        Outcome::Resolved => WireOutcome::Resolved,
        Outcome::Fallback => WireOutcome::Fallback,
        Outcome::Default => WireOutcome::Default,
        Outcome::Unresolved => WireOutcome::Unresolved,
    }
}

impl App {
    /// Returns the customers under a number or an id, narrowed down by name; a caller who shows no number is identified by
    /// name and confirmation code together, and by neither of them alone.
    ///
    /// # Errors
    /// `NotFound` when there is no such company, and when neither Redis nor Postgres can be asked.
    pub async fn find_customer(&self, asked: &Asked<'_>) -> Result<callflow_contract::resolver::v1::Caller> {
        let company = CompanyId::from_slug(asked.company);
        let directory = self.directory(company).await?;
        let caller = Caller::read(asked.phone, Some(directory.company().declared.country));
        let known = match asked.id {
            Some(id) => vec![self.by_id(company, id).await?.ok_or(Error::NotFound("customer"))?],
            None if caller.number().is_none() => self.by_code(company, asked.code, asked.name).await?,
            None => caller::pick(self.known(company, &caller).await?, asked.name),
        };
        Ok(caller::write(&caller, &known, &directory))
    }
}

/// Whom somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Slug of the company.
    pub company: &'a str,
    /// The number as it arrived; may be withheld.
    pub phone: &'a str,
    /// The customer, when it is known who it is.
    pub id: Option<callflow_domain::id::CustomerId>,
    /// The name that was said; may be empty.
    pub name: &'a str,
    /// The confirmation code that was said; may be empty.
    pub code: &'a str,
}
