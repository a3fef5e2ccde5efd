//! Resolving a call: branch, caller, language, and why.

mod answer;
mod keep;

use callflow_contract::resolver::v1::ResolveCallResponse;
use callflow_domain::{
    id::{CallId, CompanyId},
    language::{Choice, Language, Signals, choose},
    phone::Caller,
    resolution::{Question, Resolution, resolve},
};
use callflow_store::directory::Directory;

pub(crate) use answer::{branch, company};

use super::{
    App, Result,
    caller::{self, Known},
    evidence::Found,
    ring::Ring,
};
use crate::metrics;

/// What was found out about a call.
struct Decided {
    resolution: Resolution,
    language: Choice,
    caller: Caller,
    known: Vec<Known>,
}

impl App {
    /// Resolves a call inside the company that signed it. With `call` the answer is kept with that call's record.
    ///
    /// # Errors
    /// `NotFound` when there is no such company, and when neither Redis nor Postgres can be asked.
    pub async fn resolve(&self, ring: &Ring, call: Option<&CallId>) -> Result<ResolveCallResponse> {
        let company = CompanyId::from_slug(&ring.slug);
        let directory = self.directory(company).await?;
        let decided = self.decide(ring, &directory).await;
        let Decided { resolution, language, .. } = &decided;
        let (staff, staff_note) = match resolution.branch {
            Some(branch) => self.suggest(&directory, branch, language, ring.at).await,
            None => (Vec::new(), String::new()),
        };
        metrics::resolved(answer::outcome_name(resolution.outcome), resolution.method.as_str());
        if let Some(call) = call {
            self.keep_soon(company, call, keep::assignment(&decided), ring.at);
        }
        Ok(ResolveCallResponse {
            outcome: answer::wire_outcome(resolution.outcome).into(),
            branch: resolution.branch.and_then(|id| branch(&directory, id)),
            method: resolution.method.as_str().to_owned(),
            confidence: resolution.confidence,
            signals: answer::signals(&directory, resolution),
            language: language.language.as_str().to_owned(),
            language_reason: language.source.as_str().to_owned(),
            caller: Some(caller::write(&decided.caller, &decided.known, &directory)),
            staff,
            staff_note,
            company: Some(answer::company(&directory)),
        })
    }

    /// Weighs everything that is known of a call.
    async fn decide(&self, ring: &Ring, directory: &Directory) -> Decided {
        let stored = directory.company();
        let caller = Caller::read(&ring.from, Some(stored.declared.country));
        let mut found = self.evidence(ring, directory, &caller).await;
        let evidence = std::mem::take(&mut found.evidence);
        let question = Question { company: stored.id, default_branch: stored.default_branch, evidence };
        let resolution = resolve(&question, |id| directory.places().fact(id).cloned());
        let language = language(directory, ring, &caller, &found);
        Decided { resolution, language, caller, known: found.known }
    }
}

fn language(directory: &Directory, ring: &Ring, caller: &Caller, found: &Found) -> Choice {
    let declared = &directory.company().declared;
    choose(&Signals {
        stored: shared_language(&found.known),
        detected: Language::read(&ring.detected),
        number: found.number_language,
        country: caller.origin().and_then(|origin| origin.country),
        agent: found.agent_language,
        company_default: Some(declared.default_language),
        supported: &declared.languages,
    })
}

/// Returns the language of everybody who is known under the number; where they differ, nobody's is taken for another's.
fn shared_language(known: &[Known]) -> Option<Language> {
    let mut languages = known.iter().map(|one| one.language.as_deref().and_then(Language::read));
    let first = languages.next().flatten()?;
    languages.all(|other| other == Some(first)).then_some(first)
}
