//! Without Redis, and without a broker.

use callflow_contract::availability::v1::{HoldRequest, SearchSlotsRequest};
use callflow_runtime::Secret;

use crate::{
    fixture::{TestAvailability, search, segment, sequence},
    salon::{self, at, clock},
};

#[tokio::test]
async fn without_redis_searching_works_and_nothing_is_held() {
    let nowhere = callflow_testkit::free_port().unwrap();
    let service = TestAvailability::start_with(|config| {
        config.redis.url = Secret::new(format!("redis://127.0.0.1:{nowhere}"));
    })
    .await;
    service.book("sofia", "02 09:00", 60).await;
    service.book("emre", "02 09:00", 30).await;
    let request = SearchSlotsRequest { owner: "call_a".into(), hold: true, ..search("schnitt", "02") };
    let found = service.search(request).await;
    assert_eq!((found.hold_state.as_str(), found.degraded), ("unavailable", true));
    assert_eq!(clock(found.offers[0].start.as_ref()), "02 09:30");
    assert!(found.offers.iter().all(|offer| offer.held_until.is_none()));
    let mut asked = sequence(&["schnitt", "kur"]);
    (asked.owner, asked.hold) = ("call_a".into(), true);
    let visit = service.client.clone().search_sequences(asked).await.unwrap().into_inner();
    assert_eq!((visit.hold_state.as_str(), visit.sequences.is_empty()), ("unavailable", false));
    let hold = HoldRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        owner: "call_a".into(),
        segments: vec![segment(salon::id().staff("sofia"), at("02 13:00"), 30)],
        ..HoldRequest::default()
    };
    let held = service.client.clone().hold(hold).await.unwrap().into_inner();
    assert!(held.unavailable && !held.held);
    service.stop().await;
}
