//! Servers that die, owners that die, and processes that only look like ours.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::{Child, Command},
    time::Instant,
};

use callflow_stack::{Kinds, Stack};
use callflow_store::role::Role;

use crate::support::{Running, assert_none_left, folder, options, postgres, processes, program, redis, wait};

/// Ends a process of the test when it is over.
struct Bystander(Child);

impl Bystander {
    fn start() -> Self {
        Self(Command::new("sleep").arg("600").process_group(0).spawn().unwrap())
    }

    /// Returns the process as the record of a run would name it, `later` ticks after it really began.
    fn recorded(&self, later: u64) -> String {
        let pid = self.0.id();
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let started = fields[19].parse::<u64>().unwrap() + later;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        format!(r#"{{"pid":{pid},"started":{started},"boot":"{}"}}"#, boot.trim())
    }

    fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns what the metrics service may write to.
async fn may_write(stack: &Stack) -> String {
    let question = "[Rights] = rabbit_auth_backend_internal:list_user_permissions(<<\"callflow_metrics\">>), \
                    binary_to_list(proplists:get_value(write, Rights)).";
    let answer = stack.rabbitmq().control().unwrap().eval("reading rights", question).await.unwrap();
    answer.trim_matches('"').to_owned()
}

#[tokio::test]
async fn killed_servers_come_back_on_their_ports_with_their_data() {
    let folder = folder();
    let stack = Stack::start(options(folder.path(), Kinds::ALL)).await.unwrap();
    let ports = |stack: &Stack| (stack.postgres().port(), stack.redis().port(), stack.rabbitmq().port());
    let before = ports(&stack);
    redis(stack.redis().url(), &["SET kept 1"]).await.unwrap();
    stack.rabbitmq().control().unwrap().add_vhost("kept", "callflow_booking").await.unwrap();
    let narrow = br#"{"permissions": [{"user": "callflow_metrics", "vhost": "callflow",
                                       "configure": "^$", "write": "^nothing$", "read": ".*"}]}"#;
    stack.rabbitmq().apply_definitions(narrow).await.unwrap();
    assert_eq!(may_write(&stack).await, "^nothing$");

    let (one, two, three) = tokio::join!(stack.postgres().kill(), stack.redis().kill(), stack.rabbitmq().kill());
    one.and(two).and(three).unwrap();
    assert_none_left(folder.path());
    assert!(postgres(&stack.postgres().url(Role::Booking)).await.is_err());

    let begun = Instant::now();
    let (one, two, three) = tokio::join!(stack.postgres().start(), stack.redis().start(), stack.rabbitmq().start());
    one.and(two).and(three).unwrap();
    eprintln!("back after {:?}", begun.elapsed());
    assert_eq!(ports(&stack), before);
    postgres(&stack.postgres().url(Role::Booking)).await.unwrap();
    assert!(redis(stack.redis().url(), &["EXISTS kept"]).await.unwrap().contains(":1"));
    let mut vhosts = stack.rabbitmq().control().unwrap().vhosts().await.unwrap();
    vhosts.sort();
    assert_eq!(vhosts, ["callflow", "kept"]);
    assert_eq!(may_write(&stack).await, "^nothing$", "definitions that were applied hold after a restart");
}

#[tokio::test]
async fn a_server_that_dies_by_itself_is_noticed_and_can_be_started() {
    let folder = folder();
    let stack = Stack::start(options(folder.path(), Kinds::REDIS)).await.unwrap();
    redis(stack.redis().url(), &["SHUTDOWN NOSAVE"]).await.unwrap();
    for _ in 0..500 {
        if stack.ended().await.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let (server, status) = stack.ended().await.unwrap();
    assert_eq!((server, status.code()), ("redis", Some(0)));
    stack.redis().start().await.unwrap();
    redis(stack.redis().url(), &["PING"]).await.unwrap();
    assert_eq!(stack.ended().await, None);
}

#[tokio::test]
async fn servers_of_a_killed_owner_end_and_the_next_run_starts() {
    let folder = folder();
    let (mut owner, _) = Running::ready(program(&["servers", "--test"], folder.path()), folder.path()).await;
    assert!(processes(folder.path()).len() > 5);
    owner.0.kill().unwrap();
    owner.0.wait().unwrap();
    // Started at once, while the servers may still be on their way out.
    let stack = Stack::start(options(folder.path(), Kinds::ALL)).await.unwrap();
    postgres(&stack.postgres().url(Role::Booking)).await.unwrap();
    stack.stop().await;
    assert_none_left(folder.path());
}

#[tokio::test]
async fn servers_end_by_themselves_when_their_owner_is_killed() {
    let folder = folder();
    let (mut owner, _) = Running::ready(program(&["servers", "--test"], folder.path()), folder.path()).await;
    owner.0.kill().unwrap();
    owner.0.wait().unwrap();
    wait("the servers to end", || processes(folder.path()).is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_recorded_process_is_ended_and_one_that_only_has_its_number_is_not() {
    let folder = folder();
    let (mut leftover, mut stranger, mut other) = (Bystander::start(), Bystander::start(), Bystander::start());
    let (owner, left, reused) = (stranger.recorded(9), leftover.recorded(0), stranger.recorded(7));
    let record = format!(r#"{{"run":"former","owner":{owner},"servers":{{"redis":{left},"postgres":{reused}}}}}"#);
    fs::write(folder.path().join("run.json"), record).unwrap();
    let stack = Stack::start(options(folder.path(), Kinds::REDIS)).await.unwrap();
    assert!(!leftover.is_running(), "a server of the former run was left");
    assert!(stranger.is_running(), "a process was ended because of its number");
    stack.stop().await;
    assert!(stranger.is_running() && other.is_running());
}

#[tokio::test]
async fn a_daemon_of_a_former_run_is_found_by_its_mark() {
    let folder = folder();
    let owner = Bystander::start().recorded(5);
    let marked = Command::new("sleep").arg("600").env("CALLFLOW_STACK_RUN", "former").spawn().unwrap();
    let other = Command::new("sleep").arg("600").env("CALLFLOW_STACK_RUN", "former-but-longer").spawn().unwrap();
    let (mut marked, mut other) = (Bystander(marked), Bystander(other));
    let record = format!(r#"{{"run":"former","owner":{owner},"servers":{{}}}}"#);
    fs::write(folder.path().join("run.json"), record).unwrap();
    let _stack = Stack::start(options(folder.path(), Kinds::REDIS)).await.unwrap();
    assert!(!marked.is_running());
    assert!(other.is_running());
}
