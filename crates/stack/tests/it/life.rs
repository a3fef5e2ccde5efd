//! Starting, using, stopping, starting again.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt, time::Instant};

use callflow_stack::{Error, Kinds, Mode, Outcome, Progress, Stack, StackOptions};
use callflow_store::role::Role;

use crate::support::{
    Running, assert_none_left, folder, options, places, postgres, processes, program, redis, shared_memory, wait,
};

#[tokio::test]
async fn all_servers_start_twice_in_one_folder_and_leave_nothing_behind() {
    let folder = folder();
    let mut ports = Vec::new();
    for _ in 0..2 {
        let begun = Instant::now();
        let stack = Stack::start(options(folder.path(), Kinds::ALL)).await.unwrap();
        eprintln!("started in {:?}", begun.elapsed());
        for role in Role::ALL {
            postgres(&stack.postgres().url(role)).await.unwrap();
        }
        assert!(redis(stack.redis().url(), &["SET a 1"]).await.unwrap().contains("+OK"));
        let vhosts = stack.rabbitmq().control().unwrap().vhosts().await.unwrap();
        assert_eq!(vhosts, ["callflow"]);
        assert_eq!(stack.ended().await, None);
        ports.push(stack.redis().port());
        let servers = processes(folder.path());
        assert_eq!(shared_memory(&servers), 1, "Postgres has a piece");
        stack.stop().await;
        assert_none_left(folder.path());
        assert_eq!(shared_memory(&servers), 0);
        assert!(
            !folder.path().join("endpoints.json").exists() && places(folder.path()).iter().all(|place| !place.exists())
        );
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_replaced_and_its_owner_left_alone() {
    let folder = folder();
    let owner = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = owner.local_addr().unwrap().port();
    let stack = Stack::start(StackOptions { ports: [None, Some(taken), None], ..options(folder.path(), Kinds::REDIS) });
    let stack = stack.await.unwrap();
    assert_ne!(stack.redis().port(), Some(taken));
    redis(stack.redis().url(), &["PING"]).await.unwrap();
    drop(owner);
    TcpListener::bind(("127.0.0.1", taken)).unwrap();
}

#[tokio::test]
async fn a_free_port_that_was_asked_for_is_used() {
    let folder = folder();
    let wanted = callflow_stack::free_port().unwrap();
    let options = StackOptions { ports: [None, Some(wanted), None], ..options(folder.path(), Kinds::REDIS) };
    assert_eq!(Stack::start(options).await.unwrap().redis().port(), Some(wanted));
}

#[tokio::test]
async fn run_mode_keeps_data_and_passwords_until_they_are_to_be_fresh() {
    let folder = folder();
    let kinds = Kinds { rabbitmq: false, ..Kinds::ALL };
    let run = |fresh| StackOptions { mode: Mode::Run, fresh, ..options(folder.path(), kinds) };
    let stack = Stack::start(run(false)).await.unwrap();
    let password = |url: &str| url::Url::parse(url).unwrap().password().map(ToOwned::to_owned);
    let before = password(&stack.postgres().admin_url());
    redis(stack.redis().url(), &["SET kept 1"]).await.unwrap();
    stack.stop().await;

    let stack = Stack::start(run(false)).await.unwrap();
    assert_eq!(password(&stack.postgres().admin_url()), before);
    postgres(&stack.postgres().url(Role::Booking)).await.unwrap();
    assert!(redis(stack.redis().url(), &["EXISTS kept"]).await.unwrap().contains(":1"));
    stack.stop().await;

    let stack = Stack::start(run(true)).await.unwrap();
    assert_ne!(password(&stack.postgres().admin_url()), before);
    assert!(redis(stack.redis().url(), &["EXISTS kept"]).await.unwrap().contains(":0"));
}

#[tokio::test]
async fn a_folder_has_one_stack_at_a_time() {
    let folder = folder();
    let _first = Stack::start(options(folder.path(), Kinds::REDIS)).await.unwrap();
    let second = Stack::start(options(folder.path(), Kinds::REDIS)).await;
    let owner = std::process::id().to_string();
    assert!(matches!(&second, Err(Error::Busy { owner: found, .. }) if *found == owner), "{second:?}");
}

#[tokio::test]
async fn given_servers_are_used_and_never_stopped() {
    let (ours, theirs) = (folder(), folder());
    let kinds = Kinds { rabbitmq: false, ..Kinds::ALL };
    let lender = Stack::start(options(theirs.path(), kinds)).await.unwrap();
    let mut borrowing = options(ours.path(), kinds);
    borrowing.given.postgres = Some(lender.postgres().admin_url());
    borrowing.given.redis = Some(lender.redis().url().to_owned());
    let borrower = Stack::start(borrowing).await.unwrap();
    assert_none_left(ours.path());
    assert!(matches!(borrower.redis().kill().await, Err(Error::NotOurs { server: "redis" })));
    postgres(&borrower.postgres().url(Role::Ingress)).await.unwrap();
    borrower.stop().await;
    redis(lender.redis().url(), &["PING"]).await.unwrap();
    postgres(&lender.postgres().url(Role::Ingress)).await.unwrap();
}

#[tokio::test]
async fn a_given_url_of_another_kind_is_refused_before_anything_starts() {
    let folder = folder();
    let mut wrong = options(folder.path(), Kinds::ALL);
    wrong.given.amqp = Some("http://localhost:15672/".to_owned());
    let refused = Stack::start(wrong).await.unwrap_err();
    assert!(refused.to_string().starts_with("CALLFLOW_AMQP_URL: accepted is amqp://"), "{refused}");
    assert!(!folder.path().join("lock").exists());
}

#[tokio::test]
async fn every_step_is_told_with_its_time() {
    let folder = folder();
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let listener = told.clone();
    let progress = Progress::new(move |event| listener.lock().unwrap().push(event.clone()));
    let stack = Stack::start(options(folder.path(), Kinds::REDIS).with_progress(progress)).await.unwrap();
    let told = told.lock().unwrap();
    let done = |step| told.iter().find(|event| event.step == step && matches!(event.outcome, Outcome::Done(_)));
    assert!(done("postgres").is_none(), "it was not asked for");
    let redis = done("redis").unwrap();
    assert_eq!(redis.outcome, Outcome::Done(format!("ready on 127.0.0.1:{}", stack.redis().port().unwrap())));
    assert!(!redis.elapsed.is_zero());
}

#[tokio::test]
async fn data_goes_elsewhere_when_the_servers_cannot_reach_the_folder_and_goes_with_it() {
    let closed = folder();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let run = StackOptions { mode: Mode::Run, ..options(closed.path(), Kinds::POSTGRES) };
    let stack = Stack::start(run).await.unwrap();
    postgres(&stack.postgres().url(Role::Booking)).await.unwrap();
    stack.stop().await;
    let [inside, _, outside] = places(closed.path());
    // The folder is open to its owner only, and root's servers run under another account.
    let elsewhere = rustix::process::geteuid().is_root();
    assert_eq!((inside.exists(), outside.exists()), (!elsewhere, elsewhere));
    drop(closed);
    let other = folder();
    let _other = Stack::start(options(other.path(), Kinds::REDIS)).await.unwrap();
    assert!(!outside.exists(), "data of a folder that is gone was left");
}

#[tokio::test]
async fn data_of_a_killed_test_is_removed_by_the_next_stack_of_any_folder() {
    let (killed, next) = (folder(), folder());
    let command = program(&["servers", "--test", "--only", "redis"], killed.path());
    let (mut owner, _) = Running::ready(command, killed.path()).await;
    owner.0.kill().unwrap();
    owner.0.wait().unwrap();
    wait("the servers to end", || processes(killed.path()).is_empty().then_some(())).await;
    let [_, memory, _] = places(killed.path());
    let _next = Stack::start(options(next.path(), Kinds::REDIS)).await.unwrap();
    assert!(!memory.exists());
}
