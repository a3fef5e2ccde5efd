//! Granting and releasing holds.

use callflow_cache::{
    Error, Site,
    hold::{Holds, Outcome, Policy, Refusal, Released},
};
use callflow_domain::{
    ErrorKind,
    hold::{Hold, Resource, Segments},
    id::CompanyId,
};

use crate::support::{Corner, DAY, company, owner, segment, site, sofia, staff};

pub async fn holds() -> (Corner, Holds) {
    let corner = Corner::start().await;
    let holds = Holds::new(&corner.cache, Policy::default()).unwrap();
    (corner, holds)
}

pub fn refused(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Refused(refusal) => refusal,
        other => panic!("expected a refusal: {other:?}"),
    }
}

pub async fn granted(holds: &Holds, name: &str, segments: &Segments) -> Hold {
    let outcome = holds.hold(site(), &owner(name), segments).await.unwrap();
    outcome.granted().expect("nothing is in the way")
}

pub async fn all(holds: &Holds) -> Vec<Hold> {
    holds.list(site(), DAY, DAY + 1440).await.unwrap()
}

#[tokio::test]
async fn different_durations_overlap_correctly() {
    let (_corner, holds) = holds().await;
    let first = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    for (from, to) in
        [("10:30", "11:00"), ("09:30", "10:15"), ("10:10", "10:15"), ("09:00", "12:00"), ("10:00", "10:45")]
    {
        let refusal = refused(holds.hold(site(), &owner("b"), &sofia(from, to)).await.unwrap());
        assert_eq!(refusal.segment, sofia(from, to).as_slice()[0]);
        assert_eq!((refusal.until, refusal.booked), (first.expires_at, false));
    }
}

/// Only as far back is looked as the longest hold there was reaches: whatever is held before and after it.
#[tokio::test]
async fn a_long_hold_is_found_at_its_end_among_short_ones() {
    let (_corner, holds) = holds().await;
    granted(&holds, "a", &sofia("08:00", "08:15")).await;
    let long = granted(&holds, "b", &sofia("09:00", "12:00")).await;
    granted(&holds, "c", &sofia("12:00", "12:15")).await;
    let end = DAY + 12 * 60;
    assert_eq!(holds.list(site(), end - 1, end).await.unwrap(), [long]);
    refused(holds.hold(site(), &owner("d"), &sofia("11:45", "12:00")).await.unwrap());
    holds.release_all(site(), &owner("b")).await.unwrap();
    assert_eq!(holds.list(site(), end - 1, end).await.unwrap(), []);
    granted(&holds, "d", &sofia("11:45", "12:00")).await;
}

#[tokio::test]
async fn touching_times_other_people_and_rooms_are_free() {
    let (_corner, holds) = holds().await;
    granted(&holds, "a", &sofia("10:00", "10:45")).await;
    granted(&holds, "b", &sofia("10:45", "11:30")).await;
    granted(&holds, "c", &sofia("09:00", "10:00")).await;
    granted(&holds, "d", &Segments::single(segment(staff("mehmet"), "10:00", "10:45"))).await;
    granted(&holds, "e", &Segments::single(segment(Resource::Room(company().room("one")), "10:00", "10:45"))).await;
    assert_eq!(all(&holds).await.len(), 5);
}

#[tokio::test]
async fn a_long_hold_is_found_from_its_last_minute() {
    let (_corner, holds) = holds().await;
    let (from, to) = (DAY - 720, DAY + 720);
    let long = callflow_domain::hold::Segment::new(staff("sofia"), from, to).unwrap();
    granted(&holds, "a", &Segments::single(long)).await;
    refused(holds.hold(site(), &owner("b"), &sofia("11:59", "12:30")).await.unwrap());
    granted(&holds, "b", &sofia("12:00", "12:30")).await;
}

#[tokio::test]
async fn several_segments_are_held_all_or_none() {
    let (_corner, holds) = holds().await;
    granted(&holds, "a", &Segments::single(segment(staff("mehmet"), "11:00", "11:30"))).await;
    let plan = Segments::new(vec![
        segment(staff("sofia"), "10:00", "10:45"),
        segment(staff("mehmet"), "11:00", "11:15"),
        segment(Resource::Room(company().room("one")), "10:00", "10:45"),
    ])
    .unwrap();
    let refusal = refused(holds.hold(site(), &owner("b"), &plan).await.unwrap());
    assert_eq!(refusal.segment.resource(), staff("mehmet"), "the refusal names what is taken");
    assert_eq!(all(&holds).await.len(), 1, "nothing of the refused plan was written");
    granted(&holds, "c", &sofia("10:00", "10:45")).await;
}

#[tokio::test]
async fn own_offers_may_overlap_each_other_but_nobody_elses() {
    let (_corner, holds) = holds().await;
    let options = [sofia("10:00", "10:45"), sofia("10:15", "11:00"), sofia("10:30", "11:15")];
    let outcomes = holds.offer(site(), &owner("a"), &options).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Granted(_))), "{outcomes:?}");
    let taken = holds.offer(site(), &owner("b"), &options).await.unwrap();
    assert!(taken.iter().all(|outcome| matches!(outcome, Outcome::Refused(_))), "{taken:?}");
}

#[tokio::test]
async fn asking_again_renews_the_same_hold() {
    let (_corner, holds) = holds().await;
    let first = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    let again = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    assert_eq!((first.id, first.created_at), (again.id, again.created_at));
    assert!(again.expires_at >= first.expires_at);
    assert_eq!(all(&holds).await, [again]);
}

#[tokio::test]
async fn at_most_three_offers_per_owner() {
    let (_corner, holds) = holds().await;
    let options: Vec<_> =
        ["10", "11", "12", "13"].map(|hour| sofia(&format!("{hour}:00"), &format!("{hour}:30"))).into();
    let outcomes = holds.offer(site(), &owner("a"), &options).await.unwrap();
    assert_eq!(outcomes[3], Outcome::Limited);
    assert_eq!(all(&holds).await.len(), 3);
    // An explicit wish is not refused for it: the oldest offer makes room.
    let fourth = granted(&holds, "a", &options[3]).await;
    let left = all(&holds).await;
    assert_eq!(left.len(), 3);
    assert!(left.contains(&fourth) && left.iter().all(|hold| hold.segments != options[0]));
    granted(&holds, "b", &options[0]).await;
}

#[tokio::test]
async fn next_search_releases_the_former_offers() {
    let (_corner, holds) = holds().await;
    let old = [sofia("10:00", "10:30"), sofia("11:00", "11:30"), sofia("12:00", "12:30")];
    let new = [sofia("11:00", "11:30"), sofia("15:00", "15:30")];
    let before = holds.offer(site(), &owner("a"), &old).await.unwrap();
    let after = holds.offer(site(), &owner("a"), &new).await.unwrap();
    let id = |outcome: &Outcome| outcome.clone().granted().unwrap().id;
    assert_eq!(id(&before[1]), id(&after[0]), "what is offered again stays the same hold");
    granted(&holds, "b", &old[0]).await;
    granted(&holds, "b", &old[2]).await;
    refused(holds.hold(site(), &owner("b"), &old[1]).await.unwrap());
    // Finding nothing releases them, too.
    assert!(holds.offer(site(), &owner("a"), &[]).await.unwrap().is_empty());
    granted(&holds, "b", &new[1]).await;
}

#[tokio::test]
async fn no_more_is_held_than_was_asked_for() {
    let (_corner, holds) = holds().await;
    let options = [sofia("09:00", "09:45"), sofia("10:00", "10:45"), sofia("11:00", "11:45")];
    granted(&holds, "b", &options[0]).await;
    let outcomes = holds.offer_some(site(), &owner("a"), &options, 1).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Refused(_), Outcome::Granted(_), Outcome::Limited]), "{outcomes:?}");
    granted(&holds, "b", &options[2]).await;
}

#[tokio::test]
async fn only_the_owner_releases() {
    let (_corner, holds) = holds().await;
    let hold = granted(&holds, "a", &sofia("10:00", "10:45")).await;
    assert_eq!(holds.release(site(), &owner("b"), hold.id).await.unwrap(), Released::NotOwner);
    assert_eq!(holds.release_all(site(), &owner("b")).await.unwrap(), 0);
    assert_eq!(all(&holds).await.len(), 1);
    assert_eq!(holds.release(site(), &owner("a"), hold.id).await.unwrap(), Released::Done);
    assert_eq!(holds.release(site(), &owner("a"), hold.id).await.unwrap(), Released::Gone);
    granted(&holds, "b", &sofia("10:30", "11:00")).await;
}

#[tokio::test]
async fn release_all_frees_every_offer_of_the_call() {
    let (_corner, holds) = holds().await;
    let options = [sofia("10:00", "10:30"), sofia("11:00", "11:30"), sofia("12:00", "12:30")];
    holds.offer(site(), &owner("a"), &options).await.unwrap();
    granted(&holds, "b", &sofia("13:00", "13:30")).await;
    assert_eq!(holds.release_all(site(), &owner("a")).await.unwrap(), 3);
    assert_eq!(all(&holds).await.len(), 1, "somebody else's stays");
}

#[tokio::test]
async fn list_gives_what_reaches_into_the_window() {
    let (_corner, holds) = holds().await;
    let early = granted(&holds, "a", &sofia("09:00", "10:00")).await;
    let across = granted(&holds, "b", &sofia("10:00", "11:00")).await;
    let late = granted(&holds, "c", &sofia("12:00", "13:00")).await;
    let list = |from, to| holds.list(site(), DAY + from, DAY + to);
    assert_eq!(list(600, 720).await.unwrap(), std::slice::from_ref(&across), "ends are exclusive on both sides");
    assert_eq!(list(659, 721).await.unwrap(), [across.clone(), late.clone()]);
    assert_eq!(list(0, 1440).await.unwrap(), [early, across, late]);
    assert!(list(1440, 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn branches_and_companies_do_not_see_each_others_holds() {
    let (_corner, holds) = holds().await;
    granted(&holds, "a", &sofia("10:00", "10:45")).await;
    let other = CompanyId::from_slug("other");
    let elsewhere = [
        Site { company: company(), branch: company().branch("hamburg") },
        // Even with the very same branch id: the company is part of the key.
        Site { company: other, branch: site().branch },
    ];
    for site in elsewhere {
        assert!(holds.list(site, 0, DAY * 2).await.unwrap().is_empty());
        let outcome = holds.hold(site, &owner("b"), &sofia("10:00", "10:45")).await.unwrap();
        assert!(outcome.granted().is_some());
    }
}

#[tokio::test]
async fn hostile_owner_texts_stay_data() {
    let (_corner, holds) = holds().await;
    let names = ["a|h|0|0||x", "a,b", "a;b:c", "}{", "%s%d", "'];redis.call('FLUSHALL')--"];
    for (index, name) in names.into_iter().enumerate() {
        let start = 10 * 60 + index as i64 * 10;
        let time = callflow_domain::hold::Segment::new(staff("sofia"), DAY + start, DAY + start + 10).unwrap();
        let hold = granted(&holds, name, &Segments::single(time)).await;
        assert_eq!(hold.owner, owner(name));
        assert!(all(&holds).await.contains(&hold), "{name}");
    }
    for name in names {
        assert_eq!(holds.release_all(site(), &owner(name)).await.unwrap(), 1, "{name}");
    }
}

#[tokio::test]
async fn senseless_requests_are_refused_before_any_work() {
    let (corner, holds) = holds().await;
    let many: Vec<_> = (0..33).map(|_| sofia("10:00", "10:30")).collect();
    let error = holds.offer(site(), &owner("a"), &many).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let senseless = Policy { most_offers: 0, ..Policy::default() };
    assert!(matches!(Holds::new(&corner.cache, senseless), Err(Error::Config { setting: "most_offers", .. })));
    assert!(corner.keys().await.is_empty());
}
