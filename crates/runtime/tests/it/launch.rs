//! The process as the platform sees it: exit status, ready file, an end in time.
//!
//! The service under test is this very test binary, started again with one test selected.

use std::{
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use callflow_runtime::{
    CancellationToken, Check, Drain, Health, ListenOn, Listeners, Mode, ServiceConfig, Validate, Work, admin, announce,
    config::{Admin, Process},
    launch,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Config {
    mode: Mode,
    process: Process,
    admin: Admin,
    telemetry: callflow_telemetry::Config,
    ignore_stop: bool,
}

impl Validate for Config {
    fn validate(&self, check: &mut Check<'_>) {
        check.that("mode", true, "dev or production");
        check.part("process", &self.process);
        check.part("admin", &self.admin);
        check.part("telemetry", &self.telemetry);
        check.that("ignore_stop", true, "true or false");
    }
}

impl ServiceConfig for Config {
    fn process(&self) -> &Process {
        &self.process
    }

    fn telemetry(&self) -> &callflow_telemetry::Config {
        &self.telemetry
    }

    fn listen(&self) -> ListenOn {
        ListenOn { http: None, grpc: None, admin: self.admin.listen }
    }
}

/// A service in miniature, written the way the README shows.
async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<(), callflow_runtime::Error> {
    let addresses = listeners.addresses();
    let (_, _, admin_listener) = listeners.into_parts();
    let health = Health::new("probe");
    let admin = admin::serve(admin_listener, &config.admin, &health)?;
    let mut work = Work::new();
    let stop = work.token();
    work.spawn("idle", async move {
        stop.cancelled().await;
        if config.ignore_stop {
            std::future::pending::<()>().await;
        }
        Ok::<_, std::io::Error>(())
    });
    health.serving();
    announce("probe", &addresses)?;
    let ended = work.until(&shutdown).await;
    health.draining();
    work.stop();
    Drain::within(config.process.grace()).step("work", work.finish()).step("admin", admin.stop()).run().await;
    ended
}

/// Not a test of its own: the body of the child process the tests below start.
#[test]
#[ignore = "started by the other tests of this file, as a process"]
fn child() {
    // The test runner's own arguments are not the service's, so the frame's parser is given none.
    let status = launch_without_arguments();
    std::process::exit(i32::from(status != ExitCode::SUCCESS) + i32::from(status == ExitCode::from(2)));
}

fn launch_without_arguments() -> ExitCode {
    launch::with_arguments("probe", &[], run)
}

/// Starts the child with `env` and nothing else of ours.
fn start(env: &[(&str, &str)]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "launch::child", "--nocapture"])
        .env("CALLFLOW__ADMIN__LISTEN", "127.0.0.1:0")
        .envs(env.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn stop(child: &Child) {
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Waits for the ready file and returns what it says.
async fn ready(path: &std::path::Path) -> serde_json::Value {
    for _ in 0..1_000 {
        if let Ok(text) = std::fs::read_to_string(path) {
            return serde_json::from_str(&text).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the service was never ready");
}

/// Finds the resident memory among the metrics.
fn resident_bytes(metrics: &str) -> f64 {
    let line = metrics.lines().find(|line| line.starts_with("process_resident_memory_bytes ")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_service_says_where_it_is_answers_and_ends_cleanly_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.json");
    let child = start(&[("CALLFLOW_READY_FILE", path.to_str().unwrap())]);
    let said = ready(&path).await;
    assert_eq!((&said["service"], &said["pid"]), (&"probe".into(), &child.id().into()));
    let url = format!("http://{}/readyz", said["admin"].as_str().unwrap());
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
    let url = format!("http://{}/metrics", said["admin"].as_str().unwrap());
    let resident = resident_bytes(&reqwest::get(url).await.unwrap().text().await.unwrap());
    assert!(resident < 30.0 * 1_048_576.0, "the frame alone holds {resident} bytes");
    stop(&child);
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{log}");
    for expected in [r#""message":"ready""#, r#""signal":"SIGTERM""#, r#""step":"work""#, r#""message":"stopped""#] {
        assert!(log.contains(expected), "{expected} in {log}");
    }
}

#[tokio::test]
async fn work_that_will_not_stop_is_cut_off_within_the_grace_period() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probe.json");
    let env = [
        ("CALLFLOW_READY_FILE", path.to_str().unwrap()),
        ("CALLFLOW__IGNORE_STOP", "true"),
        ("CALLFLOW__PROCESS__GRACE_MS", "1000"),
    ];
    let child = start(&env);
    ready(&path).await;
    let begun = Instant::now();
    stop(&child);
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(String::from_utf8_lossy(&output.stdout).contains("drain step given up"));
}

#[test]
fn a_refused_configuration_ends_with_status_2_and_names_the_variable() {
    let output =
        start(&[("CALLFLOW__PROCESS__GRACE_MS", "99000"), ("CALLFLOW__PROCES__X", "1")]).wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("CALLFLOW__PROCESS__GRACE_MS is 99000; accepted: 1000 to 15000"), "{text}");
    assert!(text.contains("CALLFLOW__PROCES__X is not a setting"), "{text}");
}

#[test]
fn a_taken_port_ends_with_status_1_and_names_the_address() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = start(&[("CALLFLOW__ADMIN__LISTEN", &address)]).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains(&address));
}
