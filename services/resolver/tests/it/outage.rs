//! Redis and Postgres may be away: the answers stay the same.

use std::time::Duration;

use callflow_contract::resolver::v1::{ResolveCallRequest, ResolveCallResponse};
use callflow_domain::id::CallId;
use callflow_runtime::Secret;
use callflow_telemetry::metrics;
use callflow_testkit::{Fault, FaultProxy, Role, TestCache, TestDatabase, wait_for};
use serde_json::json;

use crate::{
    fixture::{LONG, TestResolver, call, salon},
    ladder::{known, request},
    learn::{decided, held},
};

const CALLS: [&str; 6] = [
    "to=+493023125100 from=+491713920017",
    "to=+493023125999 from=+491713920001",
    "to=+493023125999 agent=agent_potsdam",
    "to=+493023125999 from=+4933123456",
    "to=+498999998110 from=+491713920004",
    "as=suedpark to=+493023125100 meta=salon/potsdam",
];

async fn answers(test: &TestResolver) -> Vec<ResolveCallResponse> {
    let mut answers = Vec::new();
    for text in CALLS {
        answers.push(test.resolve(request(text)).await);
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_the_same_without_redis() {
    let cache = TestCache::start().await;
    let (link, url) = FaultProxy::before(cache.url()).await;
    let test = TestResolver::start_with(|config| config.redis.url = Secret::new(url)).await;
    known(&test).await;
    let with = answers(&test).await;
    for fault in [Fault::Refuse, Fault::Blackhole, Fault::CutOnReply] {
        link.set(fault);
        assert_eq!(answers(&test).await, with, "{fault:?}");
    }
    link.heal();
    assert_eq!(answers(&test).await, with, "afterwards");
    test.stop().await;
}

/// Starts the service with a link before Postgres that can be cut.
async fn behind_link() -> (FaultProxy, TestResolver) {
    let database = TestDatabase::start().await;
    let (link, _) = FaultProxy::before(&database.url(Role::Resolver)).await;
    let test = TestResolver::start_with(|config| {
        // The same server, through the link.
        let mut url: url::Url = config.database.url.expose().parse().unwrap();
        url.set_port(Some(link.port())).unwrap();
        config.database.url = Secret::new(url.to_string());
        config.database.acquire_timeout_ms = 300;
        config.database.statement_timeout_ms = 300;
    })
    .await;
    (link, test)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_that_was_called_before_is_answered_without_postgres() {
    let (link, test) = behind_link().await;
    known(&test).await;
    let with = answers(&test).await;
    link.set(Fault::Refuse);
    assert_eq!(answers(&test).await, with, "what was asked before is answered from what was read before");
    // Somebody new: the number leads where it leads, and nothing is known of the caller.
    let new = test.resolve(call("+493023125100", "+491713929999")).await;
    assert_eq!(new.branch.unwrap().slug, "berlin-mitte");
    link.heal();
    let recovered = wait_for("Postgres to be asked again", LONG, async || {
        let answer = test.resolve(call("+442079460000", "anonymous")).await;
        if answer.method == "number" { Ok(answer) } else { Err(answer.signals) }
    });
    assert_eq!(tokio::time::timeout(Duration::from_secs(30), recovered).await.unwrap().language, "en");
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_could_not_be_kept_is_counted_and_found_out_again() {
    metrics::install().unwrap();
    let (link, mut test) = behind_link().await;
    test.resolve(call("+493023125101", "anonymous")).await;
    link.set(Fault::Refuse);
    let ring = ResolveCallRequest { call_id: "call_lost".into(), record: true, ..call("+493023125101", "anonymous") };
    assert_eq!(test.resolve(ring).await.branch.unwrap().slug, "berlin-west");
    let kept = |outcome: &str| {
        let line = format!("resolver_resolutions_kept_total{{outcome=\"{outcome}\"}} 1");
        metrics::render().lines().any(|one| one == line)
    };
    let known = async |outcome: &'static str| {
        wait_for(outcome, LONG, async || if kept(outcome) { Ok(()) } else { Err("not counted") }).await;
    };
    known("lost").await;
    link.heal();
    let object = json!({"call_type": "phone_call", "direction": "inbound", "from_number": "anonymous",
        "to_number": "+493023125101"});
    let record = held(&test, "call_lost", object).await;
    assert_eq!(decided(&record), ("berlin-west".to_owned(), "number".to_owned()));
    known("late").await;

    // What was answered just before the end of the service is kept before it ends.
    let id = CallId::parse("call_last").unwrap();
    let ring = ResolveCallRequest { call_id: id.to_string(), record: true, ..call("+493023125101", "anonymous") };
    test.resolve(ring).await;
    test.end().await;
    let last = callflow_store::call::find(&test.owner, salon(), &id).await.unwrap().unwrap();
    assert_eq!(last.branch, Some(salon().branch("berlin-west")));
}
