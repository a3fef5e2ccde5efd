//! Expiry, renewal, cleaning up after oneself.

use std::time::Duration;

use callflow_cache::hold::{Holds, Policy, Released};
use callflow_domain::hold::Segments;

use crate::{
    hold::{all, granted, holds, refused},
    support::{Corner, owner, segment, site, sleep_ms, sofia, staff},
};

async fn short_lived(ms: u64) -> (Corner, Holds) {
    let corner = Corner::start().await;
    let life = Duration::from_millis(ms);
    let policy = Policy { hold: life, offer: life, ..Policy::default() };
    let holds = Holds::new(&corner.cache, policy).unwrap();
    (corner, holds)
}

/// Holds that do not end while a test looks at them.
fn lasting(holds: &Holds) -> Holds {
    holds.lasting(Duration::from_secs(300), Duration::from_secs(90)).unwrap()
}

#[tokio::test]
async fn holds_last_five_minutes_and_offers_ninety_seconds() {
    let (_corner, holds) = holds().await;
    let hold = granted(&holds, "a", &sofia("10:00", "10:30")).await;
    assert_eq!(hold.expires_at.duration_since(hold.created_at).as_secs(), 300);
    let offered = holds.offer(site(), &owner("b"), &[sofia("11:00", "11:30")]).await.unwrap();
    let offer = offered[0].clone().granted().unwrap();
    assert_eq!(offer.expires_at.duration_since(offer.created_at).as_secs(), 90);
}

#[tokio::test]
async fn company_may_have_times_of_its_own() {
    let (_corner, holds) = holds().await;
    let patient = holds.lasting(Duration::from_secs(600), Duration::from_secs(45)).unwrap();
    let hold = granted(&patient, "a", &sofia("10:00", "10:30")).await;
    assert_eq!(hold.expires_at.duration_since(hold.created_at).as_secs(), 600);
    let offered = patient.offer(site(), &owner("b"), &[sofia("11:00", "11:30")]).await.unwrap();
    let offer = offered[0].clone().granted().unwrap();
    assert_eq!(offer.expires_at.duration_since(offer.created_at).as_secs(), 45);
    refused(holds.hold(site(), &owner("c"), &sofia("10:00", "10:30")).await.unwrap());
    assert!(holds.lasting(Duration::ZERO, Duration::from_secs(90)).is_err());
}

#[tokio::test]
async fn expired_hold_is_free_for_others_and_leaves_nothing() {
    let (corner, holds) = short_lived(80).await;
    let old = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    sleep_ms(100).await;
    assert!(all(&holds).await.is_empty());
    let new = granted(&lasting(&holds), "b", &sofia("10:30", "11:00")).await;
    // The former owner, too late, can neither free nor book what is somebody else's now.
    assert_eq!(holds.release(site(), &owner("a"), old.id).await.unwrap(), Released::Gone);
    assert_eq!(all(&holds).await, std::slice::from_ref(&new));
    holds.release(site(), &owner("b"), new.id).await.unwrap();
    assert_eq!(corner.keys().await.len(), 1, "only the totals are left: {:?}", corner.keys().await);
}

#[tokio::test]
async fn cleaning_up_an_expired_hold_spares_its_successor_on_the_same_time() {
    let (_corner, holds) = short_lived(80).await;
    granted(&holds, "a", &sofia("10:00", "10:45")).await;
    sleep_ms(100).await;
    let successor = granted(&lasting(&holds), "b", &sofia("10:00", "10:45")).await;
    holds.sweep(site()).await.unwrap();
    assert_eq!(all(&holds).await, [successor]);
}

#[tokio::test]
async fn sweeping_counts_what_expired() {
    let (_corner, holds) = short_lived(2_000).await;
    for (name, hour) in [("a", 9), ("b", 10), ("c", 11)] {
        granted(&holds, name, &sofia(&format!("{hour}:00"), &format!("{hour}:30"))).await;
    }
    assert_eq!(holds.sweep(site()).await.unwrap(), 0);
    sleep_ms(2_020).await;
    assert_eq!(holds.sweep(site()).await.unwrap(), 3);
    assert_eq!(holds.totals(site()).await.unwrap()["expired"], 3);
}

#[tokio::test]
async fn live_call_keeps_its_offers_and_only_its_own() {
    let (_corner, holds) = short_lived(2_500).await;
    let times = [sofia("10:00", "10:30"), sofia("11:00", "11:30")];
    holds.offer(site(), &owner("a"), &times).await.unwrap();
    granted(&holds, "b", &sofia("12:00", "12:30")).await;
    for _ in 0..3 {
        sleep_ms(1_000).await;
        let renewed = holds.extend(site(), &owner("a")).await.unwrap();
        assert_eq!(renewed.holds, 2);
        assert!(renewed.until.is_some());
    }
    let left = all(&holds).await;
    assert!(left.len() == 2 && left.iter().all(|hold| hold.owner == owner("a")), "{left:?}");
    sleep_ms(2_520).await;
    let renewed = holds.extend(site(), &owner("a")).await.unwrap();
    assert_eq!((renewed.holds, renewed.until), (0, None), "what has expired is not revived");
}

#[tokio::test]
async fn no_call_keeps_a_hold_for_ever() {
    let corner = Corner::start().await;
    let offer = Duration::from_millis(200);
    let policy = Policy { offer, longest: Duration::from_millis(350), ..Policy::default() };
    let holds = Holds::new(&corner.cache, policy).unwrap();
    holds.offer(site(), &owner("a"), &[sofia("10:00", "10:30")]).await.unwrap();
    for _ in 0..10 {
        sleep_ms(60).await;
        holds.extend(site(), &owner("a")).await.unwrap();
    }
    assert!(all(&holds).await.is_empty(), "600 ms of renewing do not beat 350 ms of life");
}

#[tokio::test]
async fn every_key_ends_by_itself() {
    let (corner, holds) = holds().await;
    granted(&holds, "a", &sofia("10:00", "10:45")).await;
    let keys = corner.keys().await;
    assert_eq!(keys.len(), 5);
    for key in keys {
        let left = corner.pttl(&key).await;
        assert!(left > 3_600_000, "{key} outlives every hold: {left} ms");
    }
}

#[tokio::test]
async fn totals_tell_what_happened() {
    let (_corner, holds) = holds().await;
    let (one, two) = (sofia("10:00", "10:45"), sofia("12:00", "12:45"));
    let hold = granted(&holds, "a", &one).await;
    granted(&holds, "a", &one).await;
    refused(holds.hold(site(), &owner("b"), &one).await.unwrap());
    let other = granted(&holds, "b", &two).await;
    holds.confirm(site(), &owner("a"), hold.id).await.unwrap();
    holds.release(site(), &owner("b"), other.id).await.unwrap();
    let totals = holds.totals(site()).await.unwrap();
    let expected = [("confirmed", 1), ("granted", 2), ("refused", 1), ("released", 1)];
    assert_eq!(totals, expected.map(|(name, count)| (name.to_owned(), count)).into());
}

/// An eviction policy may take one key and leave the others; whatever is left must neither block nor break.
#[tokio::test]
async fn partly_evicted_holds_neither_block_nor_break() {
    for part in ["span", "expiry", "detail", "count"] {
        let (corner, holds) = holds().await;
        let plan =
            Segments::new(vec![segment(staff("sofia"), "10:00", "10:45"), segment(staff("mehmet"), "11:00", "11:45")]);
        let plan = plan.unwrap();
        granted(&holds, "a", &plan).await;
        let key = corner.keys().await.into_iter().find(|key| key.ends_with(part)).unwrap();
        corner.delete(&key).await;
        all(&holds).await;
        holds.extend(site(), &owner("a")).await.unwrap();
        holds.release_all(site(), &owner("a")).await.unwrap();
        granted(&holds, "b", &plan).await;
        assert_eq!(all(&holds).await.len(), 1, "after losing {part}");
    }
}
