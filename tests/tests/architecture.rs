//! Dependencies between our crates point downwards only; see "Who may know whom" in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Tier of each crate, lowest first. A crate may depend on lower tiers, never on its own or a higher one.
const TIERS: &[(&str, u8)] = &[
    ("callflow-domain", 0),
    // Pure neighbours of the domain: they may use its ids and times.
    ("callflow-extract", 1),
    ("callflow-retell", 1),
    ("callflow-contract", 2),
    ("callflow-telemetry", 2),
    ("callflow-store", 3),
    ("callflow-queue", 3),
    ("callflow-cache", 3),
    ("callflow-rpc", 3),
    ("callflow-runtime", 3),
    ("callflow-ingress", 4),
    ("callflow-resolver", 4),
    ("callflow-availability", 4),
    ("callflow-booking", 4),
    ("callflow-metrics", 4),
    // Tools around the fleet.
    ("callflow-stack", 5),
    ("callflow-fleet", 6),
    ("callflowctl", 5),
    ("callflow-testkit", 6),
    ("callflow-bench", 7),
    ("callflow-tests", 7),
];

/// Crates that must stay free of runtimes, clocks and randomness, with what would betray one.
const PURE: &[&str] = &["callflow-domain", "callflow-extract", "callflow-retell"];
const IMPURE: &[&str] =
    &["tokio", "rand", "lapin", "tonic", "sea-orm", "deadpool-redis", "actix-web", "reqwest", "async-trait"];

fn workspace() -> Metadata {
    MetadataCommand::new().no_deps().exec().expect("cargo metadata works in the workspace")
}

/// Returns each member's normal dependencies by name.
fn normal_dependencies(workspace: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let normal = |package: &cargo_metadata::Package| {
        let kinds = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        kinds.map(|dependency| dependency.name.clone()).collect()
    };
    workspace.packages.iter().map(|package| (package.name.to_string(), normal(package))).collect()
}

#[test]
fn every_member_has_a_tier() {
    let known: BTreeSet<&str> = TIERS.iter().map(|(name, _)| *name).collect();
    for package in &workspace().packages {
        assert!(known.contains(package.name.as_str()), "{} has no tier; give it one in this file", package.name);
    }
}

#[test]
fn dependencies_point_down() {
    let tiers: BTreeMap<&str, u8> = TIERS.iter().copied().collect();
    let mut upward = Vec::new();
    for (name, dependencies) in normal_dependencies(&workspace()) {
        for dependency in dependencies {
            if let Some(tier) = tiers.get(dependency.as_str())
                && *tier >= tiers[name.as_str()]
            {
                upward.push(format!("{name} → {dependency}"));
            }
        }
    }
    assert!(upward.is_empty(), "these dependencies do not point down: {upward:#?}");
}

#[test]
fn the_domain_tier_knows_no_runtime_clock_or_randomness() {
    let dependencies = normal_dependencies(&workspace());
    for name in PURE {
        let impure: Vec<_> = IMPURE.iter().filter(|library| dependencies[*name].contains(**library)).collect();
        assert!(impure.is_empty(), "{name} depends on {impure:?}");
    }
}

#[test]
fn testkit_is_a_development_dependency_only() {
    for (name, dependencies) in normal_dependencies(&workspace()) {
        let allowed = name == "callflow-tests" || !dependencies.contains("callflow-testkit");
        assert!(allowed, "{name} ships the test kit");
    }
}

#[test]
fn every_member_inherits_version_and_lints() {
    for package in &workspace().packages {
        let text = std::fs::read_to_string(&package.manifest_path).expect("a member's manifest is readable");
        let manifest: toml::Table = text.parse().expect("a member's manifest is TOML");
        let inherits = |table: &str, key: &str| {
            let value = manifest.get(table)?.get(key)?;
            value.as_bool().or_else(|| value.get("workspace")?.as_bool())
        };
        assert_eq!(inherits("lints", "workspace"), Some(true), "{} has its own lints", package.name);
        assert_eq!(inherits("package", "version"), Some(true), "{} has its own version", package.name);
    }
}

/// RabbitMQ 3.10 and 4.x count returns differently and write other headers of their own: what depends on neither works on both.
#[test]
fn events_depend_on_nothing_in_which_versions_of_the_broker_differ() {
    let differing = [
        "nack(",
        "BasicNack",
        "x-death",
        "x-first-death",
        "x-delivery-count",
        "x-acquired-count",
        "global: true",
        // Two levels in 4.0, strict in 4.3, ignored in 3.10; a foreign message's is not copied either.
        "with_priority",
        "x-max-priority",
        // What quorum queues do not have, and shared queues may not be since 4.3.
        "exclusive: true",
        "auto_delete: true",
        "basic_recover",
        "tx_select",
        // Blocks at the head of the queue: a delay is a queue of its own.
        "with_expiration",
    ];
    let mut read = 0;
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/queue/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources are readable") {
            let path = entry.expect("the sources are readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("the sources are readable");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
                let found = differing.iter().find(|name| line.contains(**name));
                assert_eq!(found, None, "{}: {line}", path.display());
            }
            read += 1;
        }
    }
    assert!(read > 10, "the sources moved: only {read} files were read");
}
