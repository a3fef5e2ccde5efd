//! A company: its own fields, its numbers and agents, and then its parts.

use std::collections::HashMap;

use super::{Findings, Names, branch, policy, service, staff};
use crate::{catalog::Company, id::is_slug, phone};

/// Most keys that are valid at a time: the present one and the next or last one.
const SIGNING_KEYS: usize = 2;
/// Longest agent id in bytes; seen ones have 32.
const AGENT_BYTES: usize = 128;

/// Checks a company; `numbers` maps every number seen so far, in any company, to its place.
pub(super) fn check(found: &mut Findings, path: &str, company: &Company, numbers: &mut HashMap<String, String>) {
    let branches = Names::of("branch", company.branches.iter().map(|branch| branch.slug.as_str()));
    own_fields(found, path, company, &branches);
    policy::check(found, path, company);
    branch::check(found, path, company, &branches);
    phone_numbers(found, path, company, &branches, numbers);
    agents(found, path, company, &branches);
    staff::check(found, path, company, &branches);
    service::check(found, path, company, &branches);
}

fn own_fields(found: &mut Findings, path: &str, company: &Company, branches: &Names<'_>) {
    found.text(format!("{path}.name"), &company.name);
    if !company.country.is_dialable() {
        found.add(format!("{path}.country"), format!("{} is no country with phone numbers", company.country));
    }
    if let Some(slug) = &company.default_branch {
        branches.refer(found, format!("{path}.default_branch"), slug);
    }
    languages(found, path, company);
    found.time_zone(format!("{path}.time_zone"), &company.time_zone);
    found.schedule(path, &company.schedule);
    if company.signing_keys.len() > SIGNING_KEYS {
        found.add(format!("{path}.signing_keys"), format!("names more than {SIGNING_KEYS} keys"));
    }
    for (index, name) in company.signing_keys.iter().enumerate().filter(|(_, name)| !is_slug(name)) {
        found.add(format!("{path}.signing_keys[{index}]"), format!("{name:?} is no slug"));
    }
}

fn languages(found: &mut Findings, path: &str, company: &Company) {
    let spoken = &company.languages;
    found.length(&format!("{path}.languages"), spoken.len());
    if !spoken.is_empty() && !spoken.contains(&company.default_language) {
        let default = company.default_language;
        found.add(format!("{path}.default_language"), format!("{default} is not among the company's languages"));
    }
    for (index, language) in spoken.iter().enumerate() {
        if spoken[..index].contains(language) {
            found.add(format!("{path}.languages[{index}]"), format!("{language} is named twice"));
        }
    }
}

fn phone_numbers(
    found: &mut Findings,
    path: &str,
    company: &Company,
    branches: &Names<'_>,
    numbers: &mut HashMap<String, String>,
) {
    for (index, entry) in company.phone_numbers.iter().enumerate() {
        let here = format!("{path}.phone_numbers[{index}]");
        match phone::parse(&entry.number, Some(company.country)) {
            Err(error) => found.add(format!("{here}.number"), format!("{:?}: {error}", entry.number)),
            Ok(parsed) => {
                if parsed.extension.is_some() {
                    found.add(format!("{here}.number"), "has an extension, which nobody can dial directly");
                }
                let number = parsed.number.expose().to_owned();
                // One number in two companies would give a caller to whichever is looked at first.
                if let Some(first) = numbers.get(&number) {
                    found.add(format!("{here}.number"), format!("{number} already belongs to {first}"));
                } else {
                    numbers.insert(number, here.clone());
                }
            }
        }
        if let Some(slug) = &entry.branch {
            branches.refer(found, format!("{here}.branch"), slug);
        }
    }
}

fn agents(found: &mut Findings, path: &str, company: &Company, branches: &Names<'_>) {
    let mut seen = HashMap::new();
    for (index, agent) in company.agents.iter().enumerate() {
        let here = format!("{path}.agents[{index}]");
        let is_id = (1..=AGENT_BYTES).contains(&agent.id.len()) && agent.id.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_id {
            found.add(format!("{here}.id"), format!("is no agent id: 1 to {AGENT_BYTES} visible ASCII characters"));
        }
        if let Some(first) = seen.insert(agent.id.as_str(), index) {
            found.add(format!("{here}.id"), format!("agent {:?} is already {path}.agents[{first}]", agent.id));
        }
        if let Some(slug) = &agent.branch {
            branches.refer(found, format!("{here}.branch"), slug);
        }
    }
}
