//! The server by itself: failures, panics, limits, health, reflection, its end.

use std::{sync::atomic::Ordering, time::Duration};

use callflow_domain::ErrorKind;
use callflow_rpc::{Priority, server::Config, status};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::probe::{Probe, Running, ask, wait_for};
use tonic::server::NamedService;

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_arrives_with_its_kind_field_and_code() {
    let server = Running::start(&Config::default());
    let failure = ask(&server.channel(), "Refuse", "10:00 is taken").await.unwrap_err();
    assert_eq!((failure.kind, failure.message.as_str()), (ErrorKind::Conflict, "10:00 is taken"));
    assert_eq!((failure.code.as_deref(), failure.field.as_deref()), (Some("slot_taken"), Some("start")));
    assert_eq!(failure.accepted.as_deref(), Some("a free one"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_its_own_call_only_and_tells_the_caller_nothing() {
    let server = Running::start(&Config::default());
    let channel = server.channel();
    let failure = ask(&channel, "Panic", "customer +491713920017").await.unwrap_err();
    assert_eq!((failure.kind, failure.message.as_str()), (ErrorKind::Internal, status::INTERNAL));
    assert_eq!(ask(&channel, "Echo", "still here").await.unwrap(), "still here");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_limit_are_refused_after_a_moment() {
    let server = Running::start(&Config { max_active: 1, queue_ms: 20, ..Config::default() });
    let channel = server.channel();
    let busy = tokio::spawn({
        let channel = channel.clone();
        async move { ask(&channel, "Slow", "300").await }
    });
    wait_for("the first call", async || server.seen.begun.load(Ordering::SeqCst) == 1).await;
    assert_eq!(ask(&channel, "Echo", "x").await.unwrap_err().kind, ErrorKind::Limited);
    assert!(channel.ping().await.is_ok(), "health needs no turn");
    busy.await.unwrap().unwrap();
    assert!(ask(&channel, "Echo", "x").await.is_ok());
}

/// A thousand callers want the same slot: all of them ask at once, and over one connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_begun_at_once_are_all_answered() {
    let server = Running::start(&Config::default());
    let channel = server.channel();
    let calls = (0..1_000).map(|_| ask(&channel, "Slow", "5"));
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.unwrap(), "5");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn background_calls_leave_room_for_live_ones() {
    let server = Running::start(&Config { max_active: 2, queue_ms: 20, ..Config::default() });
    let channel = server.channel();
    let busy = tokio::spawn({
        let channel = channel.clone();
        async move { Priority::Background.scope(ask(&channel, "Slow", "300")).await }
    });
    wait_for("the first call", async || server.seen.begun.load(Ordering::SeqCst) == 1).await;
    let refused = Priority::Background.scope(ask(&channel, "Echo", "x")).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Limited);
    assert_eq!(ask(&channel, "Priority", "").await.unwrap(), "Live");
    busy.await.unwrap().unwrap();
    assert_eq!(Priority::Background.scope(ask(&channel, "Priority", "")).await.unwrap(), "Background");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_too_large_is_refused() {
    let server = Running::start(&Config { max_request_bytes: 2_000, ..Config::default() });
    let failure = ask(&server.channel(), "Echo", &"x".repeat(3_000)).await.unwrap_err();
    assert_eq!(failure.kind, ErrorKind::Invalid, "{failure:?}");
    assert_eq!(server.seen.begun.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_lists_the_services_of_the_contract() {
    let server = Running::start(&Config::default());
    let transport =
        tonic::transport::Endpoint::from_shared(format!("http://{}", server.address)).unwrap().connect().await.unwrap();
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(transport)
        .server_reflection_info(tokio_stream::iter([question]))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    let names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    for expected in ["callflow.booking.v1.Booking", "callflow.resolver.v1.Resolver", "grpc.health.v1.Health"] {
        assert!(names.iter().any(|name| name == expected), "{expected} in {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_finishes_what_is_under_way_and_takes_nothing_new() {
    let server = Running::start(&Config::default());
    let channel = server.channel();
    let under_way = tokio::spawn({
        let channel = channel.clone();
        async move { ask(&channel, "Slow", "300").await }
    });
    wait_for("the call", async || server.seen.begun.load(Ordering::SeqCst) == 1).await;
    let (seen, address) = (server.seen.clone(), server.address);
    server.stop().await;
    assert_eq!(under_way.await.unwrap().unwrap(), "300");
    assert_eq!((seen.finished.load(Ordering::SeqCst), seen.cut_off.load(Ordering::SeqCst)), (1, 0));
    assert_eq!(ask(&channel, "Echo", "x").await.unwrap_err().kind, ErrorKind::Unavailable);
    assert!(std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_hold_only_methods_that_exist() {
    callflow_telemetry::metrics::install().unwrap();
    callflow_rpc::describe_metrics();
    let server = Running::start(&Config::default());
    let channel = server.channel();
    ask(&channel, "Echo", "x").await.unwrap();
    for invented in ["Nonsense", "AlsoNonsense"] {
        assert_eq!(ask(&channel, invented, "x").await.unwrap_err().kind, ErrorKind::Internal);
    }
    let text = callflow_telemetry::render();
    let served: Vec<&str> = text.lines().filter(|line| line.starts_with("rpc_server_request_seconds_count")).collect();
    assert!(
        served.iter().any(|line| line.contains(&format!("{}/Echo", Probe::NAME)) && line.contains("code=\"ok\"")),
        "{served:?}"
    );
    assert!(served.iter().any(|line| line.contains("method=\"other\"") && line.ends_with(" 2")), "{served:?}");
    assert_eq!(served.len(), 2, "{served:?}");
}
