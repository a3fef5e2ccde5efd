//! Calls with the branch, the method, the confidence and the language they must resolve to; and what an answer tells.

use std::collections::HashMap;

use callflow_contract::resolver::v1::{
    GetCallRequest, ResolveCallRequest, ResolveCallResponse, caller::Kind, resolve_call_response::Outcome,
};
use callflow_store::customer::Lesson;
use callflow_testkit::wait_for;

use crate::fixture::{LONG, TestResolver, call, salon};

const CALLS: &str = include_str!("calls.txt");

/// Makes those known whom the table speaks of.
pub(crate) async fn known(test: &TestResolver) {
    let at = |branch: &str| Some(salon().branch(branch));
    let was = |branch: &str| Lesson { branch: at(branch), calls: 1, ..Lesson::default() };
    test.know(Some("+491713920001"), "Anna", was("potsdam")).await;
    test.know(Some("+491713920002"), "Bora", Lesson { language: Some("tr".into()), ..was("london") }).await;
    let prefers = Lesson { preferred_branch: at("hamburg"), ..was("potsdam") };
    test.know(Some("+491713920003"), "Carla", prefers).await;
    test.know(Some("+491713920004"), "Dora", was("potsdam")).await;
    test.know(Some("+491713920004"), "Emil", Lesson { language: Some("tr".into()), ..was("london") }).await;
    test.know(Some("+491713920005"), "Fritz", was("potsdam")).await;
    test.know(Some("+491713920005"), "Gerda", was("potsdam")).await;
    let turkish = || Lesson { language: Some("tr".into()), ..was("berlin-mitte") };
    test.know(Some("+491713920006"), "Hakan", turkish()).await;
    test.know(Some("+491713920006"), "Inci", turkish()).await;
}

/// Returns the request that a line of the table stands for.
pub(crate) fn request(text: &str) -> ResolveCallRequest {
    let mut request = call("", "");
    for (key, value) in text.split_whitespace().filter_map(|field| field.split_once('=')) {
        let value = value.replace("%00", "\0").replace("%07", "\u{7}");
        match key {
            "as" => request.company = value,
            "to" => request.to_number = value,
            "from" => request.from_number = value,
            "agent" => request.agent_id = value,
            "heard" => request.detected_language = value,
            "div" => drop(request.sip_headers.insert("diversion".into(), value)),
            "meta" => {
                let json = match value.split_once('/') {
                    Some((company, branch)) => serde_json::json!({"tenant_id": company, "location_id": branch}),
                    None => serde_json::json!({"location_id": value}),
                };
                request.metadata_json = json.to_string();
            }
            other => panic!("no field {other}"),
        }
    }
    request
}

fn shown(answer: &ResolveCallResponse) -> String {
    let branch = answer.branch.as_ref().map_or("-", |branch| branch.slug.as_str());
    let outcome = match answer.outcome() {
        Outcome::Resolved => "resolved",
        Outcome::Fallback => "fallback",
        Outcome::Default => "default",
        Outcome::Unresolved => "unresolved",
        Outcome::Unspecified => "unspecified",
    };
    format!("{branch} {outcome} {} {} {}", answer.method, answer.confidence, answer.language)
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_resolve_as_the_table_says_cold_and_cached() {
    let test = TestResolver::start().await;
    known(&test).await;
    let rows: Vec<_> = CALLS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(rows.len() >= 60, "{} calls", rows.len());
    // In the other order the second time: what one call leaves in the caches must not show in the next one's answer.
    for round in 0..2 {
        let mut rows = rows.clone();
        if round == 1 {
            rows.reverse();
        }
        for row in rows {
            let (text, expected) = row.split_once("->").unwrap();
            let answer = test.resolve(request(text)).await;
            let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(shown(&answer), expected, "round {round}: {row}\n{:#?}", answer.signals);
            let methods: Vec<_> = answer.signals.iter().map(|signal| signal.name.as_str()).collect();
            for method in ["metadata", "number", "agent", "history", "service_area", "time_zone"] {
                assert!(methods.contains(&method), "{method} is not told of: {row}");
            }
            assert!(answer.signals.iter().all(|signal| !signal.reason.is_empty()), "{row}");
        }
    }
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_who_calls_and_whom_to_suggest_and_is_kept_with_the_call() {
    let test = TestResolver::start().await;
    known(&test).await;
    let to = "+493023125100";
    let kind = async |from: &str| {
        let caller = test.resolve(call(to, from)).await.caller.unwrap();
        (caller.kind(), caller.customers.into_iter().map(|one| one.name).collect::<Vec<_>>())
    };
    assert_eq!(kind("+491713920001").await, (Kind::Known, vec!["Anna".to_owned()]));
    assert_eq!(kind("+491713920099").await, (Kind::New, vec![]));
    assert_eq!(kind("anonymous").await, (Kind::Withheld, vec![]));
    assert_eq!(kind("110").await, (Kind::Withheld, vec![]));
    assert_eq!(kind("nonsense").await, (Kind::Invalid, vec![]));
    let (family, names) = kind("+491713920004").await;
    assert_eq!((family, names.len()), (Kind::Ambiguous, 2));

    // Speakers first, in a stable order; nobody speaks it: the answer says so.
    let staff = async |language: &str| {
        let request = ResolveCallRequest { detected_language: language.into(), ..call(to, "anonymous") };
        let answer = test.resolve(request).await;
        let speaks: HashMap<_, _> = answer.staff.iter().map(|one| (one.name.clone(), one.speaks_language)).collect();
        (speaks, answer.staff_note)
    };
    let (turkish, note) = staff("Türkçe").await;
    assert_eq!((turkish["Mehmet"], turkish["Ayşe"], turkish["Sofia"]), (true, true, false));
    assert!(note.is_empty(), "{note}");
    let (arabic, note) = staff("ar").await;
    assert!(!arabic.contains_key("Omar"), "he is away");
    assert!(arabic.values().all(|speaks| !speaks), "{arabic:?}");
    assert_eq!(note, "nobody available speaks ar, 3 serve anyway");

    let request =
        ResolveCallRequest { call_id: "call_kept".into(), record: true, ..call("+493023125999", "+491713920001") };
    test.resolve(request).await;
    let asked = GetCallRequest { company: "salon".into(), call_id: "call_kept".into() };
    let kept = wait_for("the resolution to be kept", LONG, async || {
        test.client.clone().get_call(asked.clone()).await.map(|kept| kept.into_inner().call.unwrap())
    })
    .await;
    assert_eq!((kept.branch_slug.as_str(), kept.phase.as_str()), ("potsdam", "ringing"));
    let stored: serde_json::Value = serde_json::from_str(&kept.resolution_json).unwrap();
    assert_eq!((stored["method"].as_str(), stored["signals"].as_array().unwrap().len()), (Some("history"), 6));
    test.stop().await;
}
