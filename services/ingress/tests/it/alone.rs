//! With everything behind it away: safe variables, honest sentences, 503 for events; and addresses without a company.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::fixture::{KEY, TestIngress};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_everything_away_the_caller_is_connected_and_told_the_truth() {
    let ingress = TestIngress::start(&["haarwerk"], |_| ()).await;
    let ring = json!({ "event": "call_inbound", "call_inbound": { "call_id": "call_1", "from_number": "+491713920017", "to_number": "+493023125100" } });
    let begun = Instant::now();
    // The address without a company means the only one that has keys.
    for path in ["/retell/haarwerk/inbound", "/retell/inbound"] {
        let answer = ingress.ask(path, &ring).await;
        let connect = &answer["call_inbound"];
        assert_eq!(connect["dynamic_variables"]["customer_known"], "unknown", "{answer}");
        assert_eq!(connect["metadata"]["company"], "haarwerk", "{answer}");
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "warming up included: {:?}", begun.elapsed());

    let call = json!({ "call_id": "call_1", "from_number": "+491713920017", "to_number": "+493023125100" });
    let function = |name: &str, language: &str| {
        let call = json!({ "call_id": call["call_id"], "from_number": call["from_number"], "to_number": call["to_number"],
            "retell_llm_dynamic_variables": { "language": language } });
        json!({ "name": name, "call": call, "args": { "service": "Haarschnitt", "date": "morgen", "customer_name": "Erika" } })
    };
    let mut said = Vec::new();
    for language in ["de", "en", "tr", "ru", "ar"] {
        let told = ingress.ask("/retell/functions", &function("check_availability", language)).await;
        assert_eq!((&told["result"], &told["ok"]), (&json!("temporarily_unavailable"), &json!(false)), "{told}");
        said.push(told["message"].as_str().unwrap().to_owned());
        let told = ingress.ask("/retell/functions/book_appointment", &function("book_appointment", language)).await;
        assert_eq!(told["result"], "temporarily_unavailable", "nothing is promised that nobody keeps: {told}");
        said.push(told["message"].as_str().unwrap().to_owned());
    }
    said.sort();
    said.dedup();
    assert_eq!(said.len(), 10, "each in its own language: {said:?}");

    let (status, text) = ingress.post("/retell/events", &json!({ "event": "call_started", "call": call })).await;
    assert_eq!(status, 503, "{text}");
    ingress.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_without_a_company_is_for_one_company_only() {
    let ingress = TestIngress::start(&["haarwerk", "suedpark"], |_| ()).await;
    let ring = json!({ "event": "call_inbound", "call_inbound": { "from_number": "anonymous", "to_number": "+493023125100" } });
    assert_eq!(ingress.post("/retell/inbound", &ring).await.0, 404, "which of the two?");
    fs::remove_file(ingress.keys.path().join("suedpark")).unwrap();
    assert_eq!(ingress.post("/retell/inbound", &ring).await.0, 200);
    fs::write(ingress.keys.path().join("haarwerk"), format!("key_that_is_new_0123456789\n{KEY}\n")).unwrap();
    assert_eq!(ingress.post("/retell/inbound", &ring).await.0, 200, "the former key is believed still");
    fs::write(ingress.keys.path().join("haarwerk"), "key_that_is_new_0123456789\n").unwrap();
    assert_eq!(ingress.post("/retell/inbound", &ring).await.0, 401);
    ingress.stop().await;
}
