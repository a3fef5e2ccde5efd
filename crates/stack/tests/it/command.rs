//! The program, as a person or a Makefile uses it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    process::{Command, Output},
    time::Duration,
};

use callflow_stack::{Endpoints, Lease};

use crate::support::{Running, assert_none_left, folder, postgres, processes, program, redis, wait};

fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn stop(folder: &std::path::Path) -> Output {
    let mut stop = Command::new(env!("CARGO_BIN_EXE_callflow-stack"));
    stop.args(["servers", "stop", "--folder"]).arg(folder).output().unwrap()
}

#[tokio::test]
async fn exec_gives_the_command_servers_and_returns_its_status() {
    let folder = folder();
    let script = "set -e; test -n \"$CALLFLOW_TEST_POSTGRES_URL$CALLFLOW_TEST_REDIS_URL$CALLFLOW_TEST_AMQP_URL\"; \
                  test -f \"$CALLFLOW_TEST_STACK/endpoints.json\"; exit 7";
    let output = program(&["exec"], folder.path()).args(["--", "sh", "-c", script]).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", text(&output));
    assert!(text(&output).contains("rabbitmq   ready on 127.0.0.1:"), "{}", text(&output));
    assert_none_left(folder.path());
}

#[tokio::test]
async fn exec_stops_its_servers_when_the_command_does_not_exist() {
    let folder = folder();
    let output =
        program(&["exec", "--only", "redis"], folder.path()).args(["--", "/no/such/program"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("starting /no/such/program"), "{}", text(&output));
    assert_none_left(folder.path());
}

#[tokio::test]
async fn detached_servers_stay_until_they_are_stopped() {
    let folder = folder();
    for _ in 0..2 {
        // The second time they are running already.
        let output =
            program(&["servers", "--detach", "--test", "--only", "postgres,redis"], folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    let path = Endpoints::path(folder.path());
    assert_eq!(fs::metadata(path).unwrap().mode() & 0o777, 0o600);
    let endpoints = Endpoints::of(folder.path()).unwrap();
    postgres(&endpoints.postgres["callflow_booking"]).await.unwrap();
    assert!(stop(folder.path()).status.success());
    assert_none_left(folder.path());
    assert!(Endpoints::of(folder.path()).is_none());
    assert!(text(&stop(folder.path())).contains("nothing was running"));
}

#[tokio::test]
async fn detached_servers_keep_no_file_of_whoever_started_them() {
    let folder = folder();
    let lock = folder.path().join("lock-of-the-command");
    // As `flock LOCK command` does it: the lock lives as long as somebody has the file open.
    let script = r#"exec 9>>"$1" && flock -n 9 && shift && exec "$@""#;
    let servers = program(&["servers", "--detach", "--test", "--only", "redis"], folder.path());
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(&lock).arg(servers.get_program()).args(servers.get_args());
    for (name, _) in servers.get_envs() {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let taken = fs::File::open(&lock).unwrap().try_lock();
    assert!(Endpoints::of(folder.path()).is_some(), "the servers are running");
    assert!(taken.is_ok(), "the lock of the command that started them is free: {taken:?}");
    assert!(stop(folder.path()).status.success());
    assert_none_left(folder.path());
}

#[tokio::test]
async fn unused_servers_stop_by_themselves_and_used_ones_do_not() {
    let folder = folder();
    let mut command = program(&["servers", "--detach", "--test", "--only", "redis"], folder.path());
    let output = command.args(["--idle-secs", "2"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let lease = Lease::take(folder.path()).unwrap().unwrap();
    // Longer than the servers wait for a user, the pause between two looks included.
    tokio::time::sleep(Duration::from_secs(4)).await;
    redis(lease.endpoints().redis.as_deref().unwrap(), &["PING"]).await.unwrap();
    drop(lease);
    wait("idle servers to stop", || processes(folder.path()).is_empty().then_some(())).await;
    wait("no stack", || Lease::take(folder.path()).unwrap().is_none().then_some(())).await;
}

#[tokio::test]
async fn an_interrupt_ends_servers_that_are_still_starting() {
    let folder = folder();
    let mut owner = Running(program(&["servers", "--test"], folder.path()).spawn().unwrap());
    wait("some server", || (processes(folder.path()).len() > 1).then_some(())).await;
    owner.signal("INT");
    let status = owner.0.wait().unwrap();
    assert_eq!(status.code(), Some(1), "{status}");
    assert_none_left(folder.path());
}

#[tokio::test]
async fn an_interrupt_stops_running_servers_and_counts_as_success() {
    let folder = folder();
    for signal in ["INT", "TERM"] {
        let command = program(&["servers", "--test", "--only", "redis,postgres"], folder.path());
        let (mut owner, _) = Running::ready(command, folder.path()).await;
        owner.signal(signal);
        assert!(owner.0.wait().unwrap().success());
        assert_none_left(folder.path());
    }
}

#[tokio::test]
async fn servers_run_without_root_too() {
    let program_is_reachable = env!("CARGO_BIN_EXE_callflow-stack");
    let nobody = |command: &mut Command| {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--", program_is_reachable]).current_dir("/");
    };
    let mut version = Command::new("setpriv");
    nobody(&mut version);
    if !rustix::process::geteuid().is_root() || !version.arg("--version").status().is_ok_and(|status| status.success())
    {
        // Not root: every other test of this file has shown it. Program in a closed folder: cannot be shown here.
        return;
    }
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    chown(folder.path(), Some(65_534), Some(65_534)).unwrap();
    let mut command = Command::new("setpriv");
    nobody(&mut command);
    command.args(["exec", "--no-install", "--folder"]).arg(folder.path()).args(["--", "true"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}
