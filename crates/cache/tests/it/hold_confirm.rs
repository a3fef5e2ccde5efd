//! From hold to appointment: confirming, marking, cancelling.

use std::time::Duration;

use callflow_cache::hold::{Confirmed, Holds, Policy, Released};
use callflow_domain::{
    hold::{HoldState, Segments},
    id::HoldId,
};
use uuid::Uuid;

use crate::{
    hold::{all, granted, holds, refused},
    support::{Corner, owner, segment, site, sleep_ms, sofia, staff},
};

#[tokio::test]
async fn confirmed_hold_stays_as_a_marker_against_everyone() {
    let (_corner, holds) = holds().await;
    let hold = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    let confirmed = holds.confirm(site(), &owner("a"), hold.id).await.unwrap();
    let Confirmed::Until(until) = confirmed else { panic!("{confirmed:?}") };
    for name in ["a", "b"] {
        let refusal = refused(holds.hold(site(), &owner(name), &sofia("10:30", "11:00")).await.unwrap());
        assert!(refusal.booked && refusal.until == until, "an appointment blocks its own caller, too");
    }
    let listed = all(&holds).await;
    assert_eq!((listed[0].id, listed[0].state, listed[0].expires_at), (hold.id, HoldState::Confirmed, until));
}

#[tokio::test]
async fn confirming_twice_changes_nothing() {
    let (_corner, holds) = holds().await;
    let hold = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    let first = holds.confirm(site(), &owner("a"), hold.id).await.unwrap();
    sleep_ms(5).await;
    assert_eq!(holds.confirm(site(), &owner("a"), hold.id).await.unwrap(), first);
    assert_eq!(holds.totals(site()).await.unwrap()["confirmed"], 1);
}

#[tokio::test]
async fn only_the_owner_confirms_and_only_what_is_live() {
    let corner = Corner::start().await;
    let policy = Policy { hold: Duration::from_millis(2_000), ..Policy::default() };
    let holds = Holds::new(&corner.cache, policy).unwrap();
    let hold = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    assert_eq!(holds.confirm(site(), &owner("b"), hold.id).await.unwrap(), Confirmed::NotOwner);
    assert_eq!(holds.confirm(site(), &owner("a"), HoldId(Uuid::new_v4())).await.unwrap(), Confirmed::Gone);
    sleep_ms(2_020).await;
    assert_eq!(holds.confirm(site(), &owner("a"), hold.id).await.unwrap(), Confirmed::Gone);
}

#[tokio::test]
async fn marker_outlives_release_and_counts_no_longer_as_an_offer() {
    let (_corner, holds) = holds().await;
    let options = [sofia("10:00", "10:30"), sofia("11:00", "11:30"), sofia("12:00", "12:30")];
    let offered = holds.offer(site(), &owner("a"), &options).await.unwrap();
    let first = offered[0].clone().granted().unwrap();
    holds.confirm(site(), &owner("a"), first.id).await.unwrap();
    assert_eq!(holds.release(site(), &owner("a"), first.id).await.unwrap(), Released::Booked);
    assert_eq!(holds.release_all(site(), &owner("a")).await.unwrap(), 2);
    let new = [sofia("13:00", "13:30"), sofia("14:00", "14:30"), sofia("15:00", "15:30")];
    let outcomes = holds.offer(site(), &owner("a"), &new).await.unwrap();
    assert!(outcomes.into_iter().all(|outcome| outcome.granted().is_some()), "three more may be offered");
    assert_eq!(all(&holds).await.len(), 4);
}

#[tokio::test]
async fn marker_ends_by_itself_and_is_no_expired_offer() {
    let corner = Corner::start().await;
    let policy = Policy { marker: Duration::from_millis(80), ..Policy::default() };
    let holds = Holds::new(&corner.cache, policy).unwrap();
    let hold = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    holds.confirm(site(), &owner("a"), hold.id).await.unwrap();
    sleep_ms(100).await;
    assert_eq!(holds.sweep(site()).await.unwrap(), 0);
    granted(&holds, "b", &sofia("10:00", "10:45")).await;
}

#[tokio::test]
async fn booking_without_a_hold_leaves_a_marker_too() {
    let (_corner, holds) = holds().await;
    let time = sofia("10:00", "10:45");
    holds.mark(site(), &owner("a"), &time).await.unwrap();
    refused(holds.hold(site(), &owner("b"), &sofia("10:30", "11:00")).await.unwrap());
    // Repeated, as an event delivered twice would, it is still one marker.
    holds.mark(site(), &owner("a"), &time).await.unwrap();
    assert_eq!(all(&holds).await.len(), 1);
    assert_eq!(holds.totals(site()).await.unwrap()["confirmed"], 1);
}

#[tokio::test]
async fn marking_replaces_the_owners_offer_of_the_same_time() {
    let (_corner, holds) = holds().await;
    let time = sofia("10:00", "10:45");
    granted(&holds, "a", &time).await;
    holds.mark(site(), &owner("a"), &time).await.unwrap();
    let listed = all(&holds).await;
    assert_eq!((listed.len(), listed[0].state), (1, HoldState::Confirmed));
    assert_eq!(holds.release_all(site(), &owner("a")).await.unwrap(), 0);
}

#[tokio::test]
async fn cancelled_time_is_free_at_once() {
    let (_corner, holds) = holds().await;
    let hold = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    assert_eq!(holds.free(site(), &sofia("10:00", "10:45"), &[]).await.unwrap(), 0, "an offer is not a booking");
    holds.confirm(site(), &owner("a"), hold.id).await.unwrap();
    assert_eq!(holds.free(site(), &sofia("10:00", "10:40"), &[]).await.unwrap(), 0, "another time is another booking");
    assert_eq!(holds.free(site(), &sofia("10:00", "10:45"), &[]).await.unwrap(), 1);
    granted(&holds, "b", &sofia("10:00", "10:45")).await;
}

#[tokio::test]
async fn cancelling_one_of_a_sequence_keeps_the_others_marked() {
    let (_corner, holds) = holds().await;
    let (cut, colour) = (segment(staff("sofia"), "10:00", "10:45"), segment(staff("mehmet"), "11:00", "12:00"));
    let hold = granted(&holds, "a", &Segments::new(vec![cut, colour]).unwrap()).await;
    holds.confirm(site(), &owner("a"), hold.id).await.unwrap();
    assert_eq!(holds.free(site(), &Segments::single(cut), &[]).await.unwrap(), 1);
    granted(&holds, "b", &Segments::single(cut)).await;
    let refusal = refused(holds.hold(site(), &owner("b"), &Segments::single(colour)).await.unwrap());
    assert!(refusal.booked);
}
