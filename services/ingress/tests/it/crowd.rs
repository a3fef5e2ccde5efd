//! Too much to do: events are sent away, people are answered.

use serde_json::json;

use crate::fixture::TestIngress;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_its_rate_a_company_is_answered_without_asking_anybody() {
    let ingress = TestIngress::start(&["haarwerk", "suedpark"], |config| config.limit.company_per_second = 1).await;
    let ring = json!({ "event": "call_inbound", "call_inbound": { "from_number": "anonymous", "to_number": "+493023125100" } });
    let event = json!({ "event": "call_started", "call": { "call_id": "call_1" } });
    let ask = json!({ "name": "get_customer", "call": { "call_id": "call_1", "retell_llm_dynamic_variables": { "language": "en" } }, "args": {} });
    // All at once: two are let in, the rest is told so, each in its own way.
    let (rings, events) = tokio::join!(
        futures::future::join_all((0..4).map(|_| ingress.ask("/retell/haarwerk/inbound", &ring))),
        futures::future::join_all((0..4).map(|_| ingress.post("/retell/haarwerk/events", &event))),
    );
    assert!(rings.iter().all(|answer| answer["call_inbound"]["dynamic_variables"]["customer_known"] == "unknown"));
    let shed = events.iter().filter(|(status, text)| *status == 503 && text.contains("too much to do")).count();
    assert!(shed >= 2, "{events:?}");
    let told = ingress.ask("/retell/haarwerk/functions", &ask).await;
    assert_eq!(told["result"], "temporarily_unavailable", "{told}");
    let (_, other) = ingress.post("/retell/suedpark/events", &event).await;
    assert!(!other.contains("too much to do"), "another company has a rate of its own: {other}");
    ingress.stop().await;
}
