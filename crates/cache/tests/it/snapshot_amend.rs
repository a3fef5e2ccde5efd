//! Changing stored days in place, while others read, load, change and invalidate them.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    sync::atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use callflow_cache::{
    Site,
    snapshot::{Day, Edit},
};
use futures::future::join_all;
use jiff::civil::Date;

use crate::{
    snapshot::{Days, MONDAY, days, fill, text, window},
    support::{Corner, site},
};

async fn stored(snapshots: &Days, date: Date) -> Option<Bytes> {
    match &snapshots.get(site(), &[date], window()).await.unwrap().days[0].1 {
        Day::Stored(bytes, _) => Some(bytes.clone()),
        _ => None,
    }
}

fn longer(bytes: &[u8]) -> Edit {
    Edit::Replace([bytes, b"+"].concat().into())
}

/// Decides about each day by itself.
fn each(decide: impl Fn(Date, &[u8]) -> Edit) -> impl Fn(BTreeMap<Date, Bytes>) -> Ready<BTreeMap<Date, Edit>> {
    move |days| ready(days.into_iter().map(|(date, bytes)| (date, decide(date, &bytes))).collect())
}

#[tokio::test]
async fn a_day_is_kept_replaced_or_forgotten_as_it_was_decided() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    let dates = days(4);
    fill(&snapshots, site(), &dates).await;
    let edit = |date: Date, bytes: &[u8]| match date.day() {
        2 => Edit::Keep,
        3 => longer(bytes),
        _ => Edit::Forget,
    };
    snapshots.amend(site(), &dates[..3], each(edit)).await.unwrap();
    assert_eq!(stored(&snapshots, dates[0]).await, Some(text(dates[0])));
    assert_eq!(stored(&snapshots, dates[1]).await, Some([text(dates[1]).as_ref(), b"+"].concat().into()));
    assert_eq!(stored(&snapshots, dates[2]).await, None);
    assert_eq!(stored(&snapshots, dates[3]).await, Some(text(dates[3])), "not asked about");
    snapshots.amend(site(), &[], each(edit)).await.unwrap();
}

#[tokio::test]
async fn a_changed_day_lives_no_longer_than_it_would_have() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    fill(&snapshots, site(), &[MONDAY]).await;
    let of_day = corner.keys().await.into_iter().find(|key| key.ends_with(":value")).unwrap();
    let before = corner.pttl(&of_day).await;
    snapshots.amend(site(), &[MONDAY], each(|_, bytes| longer(bytes))).await.unwrap();
    assert!((1..=before).contains(&corner.pttl(&of_day).await));
}

#[tokio::test]
async fn what_was_being_loaded_when_a_missing_day_changed_is_not_stored() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    let fetched = snapshots.get(site(), &[MONDAY], window()).await.unwrap();
    let Day::Missing(ticket) = fetched.days[0].1.clone() else { panic!("nobody else asks") };
    let edit = |_: Date, _: &[u8]| panic!("there is nothing to decide about");
    snapshots.amend(site(), &[MONDAY], each(edit)).await.unwrap();
    assert_eq!(snapshots.put(site(), &[(MONDAY, ticket, text(MONDAY))]).await.unwrap(), [false]);
}

#[tokio::test]
async fn a_day_of_a_former_epoch_is_not_brought_back() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    fill(&snapshots, site(), &[MONDAY]).await;
    snapshots.invalidate_all(site()).await.unwrap();
    let edit = |_: Date, _: &[u8]| panic!("it is outdated");
    snapshots.amend(site(), &[MONDAY], each(edit)).await.unwrap();
    assert_eq!(stored(&snapshots, MONDAY).await, None);
}

/// What is known when the day is read anew must not be changed by what was known before.
#[tokio::test]
async fn a_day_that_was_read_anew_while_it_was_decided_about_is_decided_about_again() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    fill(&snapshots, site(), &[MONDAY]).await;
    let (looks, others) = (AtomicUsize::new(0), &snapshots);
    let edit = |days: BTreeMap<Date, Bytes>| {
        let first = looks.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            if first {
                others.invalidate(site(), &[MONDAY]).await.unwrap();
                let fetched = others.get(site(), &[MONDAY], window()).await.unwrap();
                let Day::Missing(ticket) = fetched.days[0].1.clone() else { panic!("nobody else asks") };
                let anew = [(MONDAY, ticket, Bytes::from_static(b"anew"))];
                assert_eq!(others.put(site(), &anew).await.unwrap(), [true]);
            }
            let edit = if first { Edit::Forget } else { longer(&days[&MONDAY]) };
            BTreeMap::from([(MONDAY, edit)])
        }
    };
    snapshots.amend(site(), &[MONDAY], edit).await.unwrap();
    assert_eq!(looks.into_inner(), 2);
    assert_eq!(stored(&snapshots, MONDAY).await, Some(Bytes::from_static(b"anew+")));
}

/// Every change is in the day, or the day is gone: none is lost to another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    let (mut whole, looks) = (0, AtomicUsize::new(0));
    for _ in 0..20 {
        fill(&snapshots, site(), &[MONDAY]).await;
        let change = |mark: u8| {
            let (snapshots, looks) = (&snapshots, &looks);
            async move {
                let edit = |_: Date, bytes: &[u8]| {
                    looks.fetch_add(1, Ordering::Relaxed);
                    Edit::Replace([bytes, &[mark]].concat().into())
                };
                snapshots.amend(site(), &[MONDAY], each(edit)).await.unwrap();
            }
        };
        join_all((b'a'..b'd').map(change)).await;
        if let Some(bytes) = stored(&snapshots, MONDAY).await {
            let mut marks = bytes[text(MONDAY).len()..].to_vec();
            marks.sort_unstable();
            assert_eq!(marks, b"abc");
            whole += 1;
        }
        snapshots.invalidate(site(), &[MONDAY]).await.unwrap();
    }
    assert!(whole > 0 && looks.into_inner() > 60, "they met");
}

#[tokio::test]
async fn branches_do_not_change_each_others_days() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    fill(&snapshots, site(), &[MONDAY]).await;
    let hamburg = Site { branch: crate::support::company().branch("hamburg"), ..site() };
    snapshots.amend(hamburg, &[MONDAY], each(|_, _| Edit::Forget)).await.unwrap();
    assert!(stored(&snapshots, MONDAY).await.is_some());
}
