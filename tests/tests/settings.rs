//! Each service's README lists every setting with its default; `make settings` rewrites the tables.
#![allow(clippy::unwrap_used)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use callflow_runtime::config::table;

const BEGIN: &str = "<!-- settings, written by `make settings` -->\n";
const END: &str = "<!-- end of settings -->\n";

fn readme(service: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../services").join(service).join("README.md")
}

/// Returns the page with this table where the old one is.
fn with_table(page: &str, table: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[test]
fn every_readme_lists_all_settings_of_its_service() {
    let tables = [
        ("ingress", table::<callflow_ingress::Config>()),
        ("resolver", table::<callflow_resolver::Config>()),
        ("availability", table::<callflow_availability::Config>()),
        ("booking", table::<callflow_booking::Config>()),
        ("metrics", table::<callflow_metrics::Config>()),
    ];
    for (service, table) in tables {
        let path = readme(service);
        let page = fs::read_to_string(&path).unwrap();
        let current = with_table(&page, &table).unwrap_or_else(|| panic!("{service}'s README has no settings section"));
        if env::var_os("CALLFLOW_SETTINGS_WRITE").is_some() {
            fs::write(&path, current).unwrap();
        } else {
            assert!(page == current, "the settings in {service}'s README are not current; run: make settings");
        }
    }
}

#[test]
fn a_table_replaces_the_former_one_and_nothing_else() {
    let page = format!("above\n{BEGIN}old\n{END}below\n");
    assert_eq!(with_table(&page, "new\n").unwrap(), format!("above\n{BEGIN}new\n{END}below\n"));
    assert_eq!(with_table("no table here", "new\n"), None);
}

/// Starts a service with these settings only, and returns whether it ran and what it said.
fn start(service: &str, settings: &[(&str, &str)]) -> (bool, String) {
    let tests = env::current_exe().unwrap();
    let programs = tests.ancestors().nth(2).unwrap();
    let mut command = Command::new(programs.join(format!("callflow-{service}")));
    let output = command.arg("--check").env_clear().envs(settings.iter().copied()).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_service_without_what_it_needs_names_the_variables_and_does_not_start() {
    for service in ["ingress", "resolver", "availability", "booking", "metrics"] {
        let (ran, told) = start(service, &[]);
        assert!(!ran, "{service}: {told}");
        assert!(told.contains("CALLFLOW__AMQP__URL") && told.contains("amqp://"), "{service}: {told}");
    }
}

#[test]
fn nonsense_is_refused_with_what_is_accepted() {
    for (variable, value, accepted) in [
        ("CALLFLOW__AMQP__CONCURRENCY", "many", "1 to 16"),
        ("CALLFLOW__GRPC__LISTEN", "here", "ip:port"),
        ("CALLFLOW__MODE", "whatever", "production or dev"),
        ("CALLFLOW__DATABASE__URL", "mysql://nowhere", "postgres://"),
        ("CALLFLOW__DATABASE__MAX_CONNECTIONS", "0", "1 to 500"),
    ] {
        let (ran, told) = start("booking", &[(variable, value)]);
        assert!(!ran && told.contains(variable) && told.contains(accepted), "{variable}={value}: {told}");
    }
    let (ran, told) = start("booking", &[("CALLFLOW__DATABSE__URL", "postgres://typo")]);
    assert!(!ran && told.contains("CALLFLOW__DATABSE__URL"), "a misspelt variable is refused: {told}");
}
