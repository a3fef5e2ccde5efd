//! Loading with the environment as an argument: order, refusals, secrets, hints.

use serde::Deserialize;

use super::*;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Config {
    mode: Mode,
    process: Process,
    admin: Admin,
    telemetry: callflow_telemetry::Config,
    database: Database,
    peers: Vec<String>,
}

impl Validate for Config {
    fn validate(&self, check: &mut Check<'_>) {
        check.that("mode", true, "dev or production");
        check.part("process", &self.process);
        check.part("admin", &self.admin);
        check.part("telemetry", &self.telemetry);
        check.part("database", &self.database);
        check.that("peers", self.peers.iter().all(|peer| peer.starts_with("http")), "http URLs, separated by commas");
    }
}

const URL: &str = "postgres://callflow_booking:kQ9v-2mXr-77Lp@db:5432/callflow";

fn load(env: &[(&str, &str)], file: Option<&str>) -> Result<Config, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callflow.yaml");
    let file = file.map(|text| {
        std::fs::write(&path, text).unwrap();
        path
    });
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load_from("booking", &Inputs { env, file })
}

/// Loads with a good database URL and returns the refusal's text.
fn refusal(env: &[(&str, &str)]) -> String {
    let mut all = vec![("CALLFLOW__DATABASE__URL", URL)];
    all.extend_from_slice(env);
    load(&all, None).unwrap_err().to_string()
}

#[test]
fn environment_wins_over_file_wins_over_default() {
    let yaml = "database:\n  max_connections: 20\n  acquire_timeout_ms: 700\npeers: [\"http://a\", \"http://b\"]\n";
    let env = [("CALLFLOW__DATABASE__URL", URL), ("CALLFLOW__DATABASE__MAX_CONNECTIONS", "30")];
    let config = load(&env, Some(yaml)).unwrap();
    assert_eq!((config.database.max_connections, config.database.acquire_timeout_ms), (30, 700));
    assert_eq!(config.database.statement_timeout_ms, 5_000);
    assert_eq!(config.peers, ["http://a", "http://b"]);
}

#[test]
fn lists_are_split_at_commas_and_an_empty_variable_is_not_set() {
    let env = [
        ("CALLFLOW__DATABASE__URL", URL),
        ("CALLFLOW__PEERS", "http://a, http://b,"),
        ("CALLFLOW__DATABASE__MAX_CONNECTIONS", ""),
        ("CALLFLOW__TELEMETRY__OTLP_ENDPOINT", "http://collector:4317"),
    ];
    let config = load(&env, None).unwrap();
    assert_eq!(config.peers, ["http://a", "http://b"]);
    assert_eq!(config.database.max_connections, 10);
    assert_eq!(config.telemetry.endpoint(), Some("http://collector:4317"));
}

#[test]
fn a_missing_setting_is_named_with_what_is_accepted() {
    let text = load(&[], None).unwrap_err().to_string();
    assert!(text.contains("CALLFLOW__DATABASE__URL is missing; accepted: postgres://"), "{text}");
}

#[test]
fn every_problem_is_reported_at_once_and_no_value_is_repeated() {
    let text = refusal(&[
        ("CALLFLOW__DATABASE__MAX_CONNECTIONS", "hunter2"),
        ("CALLFLOW__DATABASE__ACQUIRE_TIMEOUT_MS", "1"),
        ("CALLFLOW__ADMIN__LISTEN", "localhost"),
        ("CALLFLOW__TELEMETRY__LOG_FORMAT", "xml"),
        ("CALLFLOW__MODE", "prod"),
        ("CALLFLOW__DATABSE__URL", "x"),
    ]);
    for expected in [
        "booking: 6 settings are refused",
        "CALLFLOW__DATABASE__MAX_CONNECTIONS cannot be read; accepted: 1 to 500",
        "CALLFLOW__DATABASE__ACQUIRE_TIMEOUT_MS is 1; accepted: 50 to 30000",
        "CALLFLOW__ADMIN__LISTEN cannot be read; accepted: ip:port",
        "CALLFLOW__TELEMETRY__LOG_FORMAT cannot be read; accepted: json or text",
        "CALLFLOW__MODE cannot be read; accepted: dev or production",
        "CALLFLOW__DATABSE__URL is not a setting; did you mean CALLFLOW__DATABASE__URL?",
    ] {
        assert!(text.contains(expected), "{expected}\n--\n{text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn unknown_settings_in_the_file_are_refused_too() {
    let yaml = "database:\n  max_conections: 5\nunheard_of: {x: 1}\n";
    let text = load(&[("CALLFLOW__DATABASE__URL", URL)], Some(yaml)).unwrap_err().to_string();
    assert!(text.contains("did you mean CALLFLOW__DATABASE__MAX_CONNECTIONS?"), "{text}");
    assert!(text.contains("`unheard_of.x` stands in"), "{text}");
}

#[test]
fn a_file_that_is_missing_or_no_yaml_is_refused() {
    let inputs = Inputs { env: Vec::new(), file: Some("/nonexistent/callflow.yaml".into()) };
    let text = load_from::<Config>("booking", &inputs).unwrap_err().to_string();
    assert!(text.contains("CALLFLOW_CONFIG"), "{text}");
    let text = load(&[], Some("a: [")).unwrap_err().to_string();
    assert!(text.contains("CALLFLOW_CONFIG"), "{text}");
}

#[test]
fn a_secret_comes_from_a_file_without_its_last_line_feed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    std::fs::write(&path, format!("{URL}\n")).unwrap();
    let path = path.to_str().unwrap();
    let config = load(&[("CALLFLOW__DATABASE__URL_FILE", path)], None).unwrap();
    assert_eq!(config.database.url.expose(), URL);

    let text = refusal(&[("CALLFLOW__DATABASE__URL_FILE", path)]);
    assert!(text.contains("CALLFLOW__DATABASE__URL and CALLFLOW__DATABASE__URL_FILE are both set"), "{text}");
    let text = load(&[("CALLFLOW__DATABASE__URL_FILE", "/nonexistent")], None).unwrap_err().to_string();
    assert!(text.contains("CALLFLOW__DATABASE__URL_FILE names a file that cannot be read"), "{text}");
}

#[test]
fn weak_secrets_stop_the_start_unless_the_mode_is_dev() {
    let weak = ("CALLFLOW__DATABASE__URL", "postgres://callflow:callflow@localhost/callflow");
    let text = load(&[weak], None).unwrap_err().to_string();
    assert!(text.contains("CALLFLOW__DATABASE__URL has a password that is shorter than 12"), "{text}");
    assert!(load(&[weak, ("CALLFLOW__MODE", "dev")], None).is_ok());
    assert!(load(&[weak, ("CALLFLOW__MODE", "Dev")], None).is_err(), "an unreadable mode is the strict one");
}

#[test]
fn the_reference_lists_every_setting_with_default_and_range() {
    let table = table::<Config>();
    assert!(table.contains("| `CALLFLOW__DATABASE__MAX_CONNECTIONS` | `10` | 1 to 500 |"), "{table}");
    assert!(table.contains("| `CALLFLOW__DATABASE__URL` | required | postgres"), "{table}");
    assert!(reference::<Config>().iter().all(|setting| !setting.accepted.is_empty()), "{table}");
}

#[test]
fn printing_a_configuration_shows_no_secret() {
    let config = load(&[("CALLFLOW__DATABASE__URL", URL)], None).unwrap();
    let shown = format!("{config:?}{}", serde_json::to_string(&config).unwrap());
    assert!(!shown.contains("kQ9v"), "{shown}");
}
