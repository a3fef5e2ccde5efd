//! Third-party code obeys `deny.toml`: licences, banned crates, sources. Reads the lock file's packages, needs no network.

use std::{collections::BTreeSet, path::Path};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use serde::Deserialize;

#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

fn policy() -> Policy {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
    toml::from_str(&std::fs::read_to_string(path).expect("deny.toml is readable"))
        .expect("deny.toml has the known shape")
}

/// Returns the packages that a build for Linux really uses; lock files also name other systems' ones.
fn used_packages(metadata: &Metadata) -> Vec<&Package> {
    let resolve = metadata.resolve.as_ref().expect("metadata was asked for with dependencies");
    let used: BTreeSet<_> = resolve.nodes.iter().map(|node| &node.id).collect();
    metadata.packages.iter().filter(|package| used.contains(&package.id)).collect()
}

fn metadata() -> Metadata {
    let options = ["--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned).to_vec();
    MetadataCommand::new().other_options(options).exec().expect("cargo metadata works in the workspace")
}

/// Returns whether an SPDX expression of `OR`, `AND` and parentheses can be satisfied with allowed licences.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let flat = expression.replace('/', " OR ");
    if let Some((before, inner, after)) = innermost_group(&flat) {
        let verdict = if is_allowed(inner, allowed) { "yes" } else { "no" };
        return is_allowed(&format!("{before} {verdict} {after}"), allowed);
    }
    let term = |text: &str| text.trim() == "yes" || allowed.contains(text.trim());
    flat.split(" OR ").any(|option| option.split(" AND ").all(term))
}

fn innermost_group(text: &str) -> Option<(&str, &str, &str)> {
    let close = text.find(')')?;
    let open = text[..close].rfind('(')?;
    Some((&text[..open], &text[open + 1..close], &text[close + 1..]))
}

#[test]
fn licences_are_allowed() {
    let (policy, metadata) = (policy(), metadata());
    let refused: Vec<_> = used_packages(&metadata)
        .into_iter()
        .filter(|package| package.source.is_some())
        .filter(|package| !package.license.as_deref().is_some_and(|text| is_allowed(text, &policy.licenses.allow)))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(refused.is_empty(), "licences outside deny.toml: {refused:#?}");
}

#[test]
fn banned_crates_are_absent() {
    let (policy, metadata) = (policy(), metadata());
    for ban in policy.bans.deny {
        let found = used_packages(&metadata).iter().any(|package| *package.name == ban.name);
        assert!(!found, "{} is banned: {}", ban.name, ban.reason);
    }
}

#[test]
fn every_source_is_the_registry() {
    let metadata = metadata();
    for package in used_packages(&metadata) {
        let from_registry = package.source.as_ref().is_none_or(|source| source.is_crates_io());
        assert!(from_registry, "{} does not come from the registry", package.name);
    }
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "ISC".to_owned()]);
    for expression in ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "MIT AND ISC", "(GPL-3.0 OR MIT) AND ISC"] {
        assert!(is_allowed(expression, &allowed), "{expression}");
    }
    for expression in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0"] {
        assert!(!is_allowed(expression, &allowed), "{expression}");
    }
}
