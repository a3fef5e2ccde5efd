//! What a search costs the database.

use callflow_contract::availability::v1::SearchSlotsRequest;
use futures::{StreamExt as _, stream};

use crate::{
    fixture::{TestAvailability, counted, search},
    salon,
};

#[tokio::test]
async fn a_thousand_searches_of_a_cold_branch_cost_at_most_two_reads() {
    let service = TestAvailability::start().await;
    let request = SearchSlotsRequest { window: Some(salon::range("02 00:00", "15 23:59")), ..search("schnitt", "02") };
    let answers: Vec<_> = stream::iter(0..1_000)
        .map(|_| {
            let (mut client, request) = (service.client.clone(), request.clone());
            async move { client.search_slots(request).await.unwrap().into_inner().offers.len() }
        })
        .buffer_unordered(1_000)
        .collect()
        .await;
    assert!(answers.iter().all(|offers| *offers == 3));
    let reads = counted("availability_day_reads_total");
    assert!((1..=2).contains(&reads), "fourteen days and everyone at the branch took {reads} queries");
    service.search(request).await;
    assert_eq!(counted("availability_day_reads_total"), reads, "what is warm is not read again");
    service.stop().await;
}
