//! Holds as callers see them.

use callflow_contract::availability::v1::{ConfirmRequest, ExtendRequest, HoldRequest, ReleaseRequest, Segment};
use jiff::Timestamp;

use crate::{
    fixture::{TestAvailability, search, segment},
    salon::{self, at, clock},
};

fn hold(owner: &str, segments: Vec<Segment>) -> HoldRequest {
    HoldRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        owner: owner.into(),
        segments,
        ..HoldRequest::default()
    }
}

fn release(owner: &str) -> ReleaseRequest {
    let HoldRequest { company_id, branch_id, owner, .. } = hold(owner, Vec::new());
    ReleaseRequest { company_id, branch_id, owner, hold_id: String::new() }
}

#[tokio::test]
async fn several_segments_are_held_together_or_not_at_all() {
    let service = TestAvailability::start().await;
    let mut client = service.client.clone();
    let (sofia, emre) = (salon::id().staff("sofia"), salon::id().staff("emre"));
    let both = vec![segment(sofia, at("02 10:00"), 45), segment(emre, at("02 11:00"), 30)];
    let held = client.hold(hold("call_a", both.clone())).await.unwrap().into_inner();
    assert!(held.held && held.conflict.is_none());
    let left = held.held_until.unwrap().seconds - Timestamp::now().as_second();
    assert!((280..=300).contains(&left), "five minutes unless told otherwise, {left} s are left");

    // Half an hour later, shorter, and with a free part first: still in the way, and nothing is kept of it.
    let overlapping = vec![segment(emre, at("02 09:00"), 30), segment(sofia, at("02 10:30"), 15)];
    let refused = client.hold(hold("call_b", overlapping)).await.unwrap().into_inner();
    assert!(!refused.held);
    assert_eq!(refused.conflict.unwrap().resource_id, sofia.to_string());
    let free = client.hold(hold("call_c", vec![segment(emre, at("02 09:00"), 30)])).await.unwrap().into_inner();
    assert!(free.held, "what was refused holds nothing");

    // Only the owner gives it back.
    let foreign = client.release(release("call_b")).await.unwrap().into_inner();
    assert_eq!(foreign.released, 0);
    assert_eq!(client.release(release("call_a")).await.unwrap().into_inner().released, 1);
    assert_eq!(client.release(release("call_a")).await.unwrap().into_inner().released, 0, "a repeat does nothing");
    let now_free = client.hold(hold("call_b", both)).await.unwrap().into_inner();
    assert!(now_free.held);
    service.stop().await;
}

#[tokio::test]
async fn a_hold_lasts_as_long_as_asked_and_is_renewed_while_the_call_lives() {
    let service = TestAvailability::start().await;
    let mut client = service.client.clone();
    let one = vec![segment(salon::id().staff("sofia"), at("02 10:00"), 30)];
    let short = HoldRequest { ttl_secs: 20, ..hold("call_a", one) };
    let until = client.hold(short).await.unwrap().into_inner().held_until.unwrap().seconds;
    assert!((10..=20).contains(&(until - Timestamp::now().as_second())));
    let extend = ExtendRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        owner: "call_a".into(),
        ttl_secs: 600,
    };
    assert_eq!(client.extend(extend.clone()).await.unwrap().into_inner().extended, 1);
    let other = ExtendRequest { owner: "call_b".into(), ..extend };
    assert_eq!(client.extend(other).await.unwrap().into_inner().extended, 0, "nothing of others is renewed");
    // Listed from Redis itself, it lives on far beyond its first end.
    let holds = service.holds().list(service.site(), 0, i64::MAX / 4).await.unwrap();
    let left = holds[0].expires_at.as_second() - Timestamp::now().as_second();
    assert!((500..=600).contains(&left), "{left} s are left");
    let endless =
        HoldRequest { ttl_secs: 7_200, ..hold("call_a", vec![segment(salon::id().staff("emre"), at("02 10:00"), 30)]) };
    let status = client.hold(endless).await.unwrap_err();
    assert!(status.message().contains("1800"), "{status:?}");
    service.stop().await;
}

#[tokio::test]
async fn a_confirmed_hold_keeps_everyone_away_until_the_calendar_shows_it() {
    let service = TestAvailability::start().await;
    let mut client = service.client.clone();
    let sofia = salon::id().staff("sofia");
    let first = |found: callflow_contract::availability::v1::SearchSlotsResponse| clock(found.offers[0].start.as_ref());
    let only_sofia = callflow_contract::availability::v1::SearchSlotsRequest {
        staff_id: sofia.to_string(),
        owner: "call_a".into(),
        ..search("schnitt", "02")
    };
    assert_eq!(first(service.search(only_sofia.clone()).await), "02 09:00");
    // Booked, and the event is late: the snapshot still has the time free, the marker has not.
    service.book("sofia", "02 09:00", 30).await;
    let HoldRequest { company_id, branch_id, owner, .. } = hold("call_a", Vec::new());
    let segments = vec![segment(sofia, at("02 09:00"), 30)];
    let confirm = ConfirmRequest { company_id, branch_id, owner, segments, ..ConfirmRequest::default() };
    assert!(client.confirm(confirm.clone()).await.unwrap().into_inner().confirmed);
    assert!(client.confirm(confirm).await.unwrap().into_inner().confirmed, "a repeat changes nothing");
    assert_eq!(first(service.search(only_sofia).await), "02 09:30", "not even the one who booked it is offered it");
    assert_eq!(client.release(release("call_a")).await.unwrap().into_inner().released, 0, "booked is not given back");
    service.stop().await;
}
