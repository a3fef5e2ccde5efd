//! Day snapshots together with the holds of their branch.

use std::sync::Arc;

use bytes::Bytes;
use callflow_cache::{
    Site,
    hold::{Holds, Policy},
    snapshot::{Day, MAX_DAYS, Snapshots},
};
use callflow_domain::{ErrorKind, id::CompanyId};
use deadpool_redis::redis;
use jiff::civil::{Date, date};

use crate::support::{Corner, DAY, Redis, company, owner, site, sleep_ms, sofia};

pub type Days = Snapshots<&'static str>;

pub const MONDAY: Date = date(2026, 3, 2);

pub fn days(count: usize) -> Vec<Date> {
    MONDAY.series(jiff::Span::new().days(1)).take(count).collect()
}

pub fn window() -> std::ops::Range<i64> {
    DAY..DAY + 14 * 1440
}

pub fn text(date: Date) -> Bytes {
    // Bytes that would trip anything that takes them for text or for a number.
    Bytes::from(format!("\0\u{ff}|{date}\r\n").into_bytes())
}

pub async fn fill(snapshots: &Days, site: Site, dates: &[Date]) {
    let fetched = snapshots.get(site, dates, window()).await.unwrap();
    let loaded = fetched.days.into_iter().filter_map(|(date, day)| match day {
        Day::Missing(ticket) => Some((date, ticket, text(date))),
        _ => None,
    });
    let stored = snapshots.put(site, &loaded.collect::<Vec<_>>()).await.unwrap();
    assert!(stored.iter().all(|stored| *stored));
}

#[tokio::test]
async fn stored_days_come_back_as_they_were_with_their_age() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    fill(&snapshots, site(), &days(14)).await;
    sleep_ms(30).await;
    let fetched = snapshots.get(site(), &days(15), window()).await.unwrap();
    assert_eq!(fetched.days.len(), 15);
    for (date, day) in &fetched.days[..14] {
        let Day::Stored(bytes, age) = day else { panic!("{date} is missing") };
        assert_eq!(*bytes, text(*date));
        assert!((20..10_000).contains(&age.as_millis()), "{age:?}");
    }
    assert!(matches!(fetched.days[14].1, Day::Missing(_)));
}

#[tokio::test]
async fn days_last_a_minute_at_most() {
    let corner = Corner::start().await;
    fill(&Days::new(&corner.cache), site(), &days(14)).await;
    for key in corner.keys().await.into_iter().filter(|key| key.ends_with(":value")) {
        let left = corner.pttl(&key).await;
        assert!((50_000..=60_000).contains(&left), "{key}: {left}");
    }
}

#[tokio::test]
async fn a_missing_day_is_given_to_one_asker_only() {
    let corner = Corner::start().await;
    let (one, two) = (Days::new(&corner.cache), Days::new(&corner.other_process()));
    let first = one.get(site(), &[MONDAY], window()).await.unwrap();
    let second = two.get(site(), &[MONDAY], window()).await.unwrap();
    assert!(matches!(first.days[0].1, Day::Missing(_)));
    assert!(matches!(second.days[0].1, Day::Loading));
}

#[tokio::test]
async fn put_after_an_invalidation_is_refused() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    let dates = days(2);
    let fetched = snapshots.get(site(), &dates, window()).await.unwrap();
    snapshots.invalidate(site(), &dates[..1]).await.unwrap();
    let loaded = fetched.days.into_iter().map(|(date, day)| match day {
        Day::Missing(ticket) => (date, ticket, text(date)),
        other => panic!("{other:?}"),
    });
    let loaded: Vec<_> = loaded.collect();
    assert_eq!(snapshots.put(site(), &loaded).await.unwrap(), [false, true], "only the day that was invalidated");
    // Nor does a ticket become good again by somebody else's claim on the same day.
    snapshots.get(site(), &dates[..1], window()).await.unwrap();
    assert_eq!(snapshots.put(site(), &loaded[..1]).await.unwrap(), [false]);
}

#[tokio::test]
async fn invalidating_a_branch_outdates_every_day_and_every_load_under_way() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    let hamburg = Site { branch: company().branch("hamburg"), ..site() };
    fill(&snapshots, site(), &days(14)).await;
    fill(&snapshots, hamburg, &days(14)).await;
    let later = [date(2026, 5, 1)];
    let under_way = snapshots.get(site(), &later, window()).await.unwrap();
    snapshots.invalidate_all(site()).await.unwrap();
    let Day::Missing(ticket) = under_way.days[0].1.clone() else { panic!("nobody else asks") };
    assert_eq!(snapshots.put(site(), &[(later[0], ticket, text(later[0]))]).await.unwrap(), [false]);
    let fetched = snapshots.get(site(), &days(14), window()).await.unwrap();
    assert!(fetched.days.iter().all(|(_, day)| matches!(day, Day::Missing(_))));
    let fetched = snapshots.get(hamburg, &days(14), window()).await.unwrap();
    assert!(fetched.days.iter().all(|(_, day)| matches!(day, Day::Stored(..))), "other branches keep theirs");
}

#[tokio::test]
async fn companies_do_not_share_days() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    fill(&snapshots, site(), &days(1)).await;
    let foreign = Site { company: CompanyId::from_slug("other"), branch: site().branch };
    let fetched = snapshots.get(foreign, &days(1), window()).await.unwrap();
    assert!(matches!(fetched.days[0].1, Day::Missing(_)));
}

#[tokio::test]
async fn fourteen_days_and_all_holds_are_one_round_trip() {
    let server = Redis::start().await;
    let cache = server.cache();
    let (snapshots, holds) = (Days::new(&cache), Holds::new(&cache, Policy::default()).unwrap());
    fill(&snapshots, site(), &days(14)).await;
    let held = holds.hold(site(), &owner("a"), &sofia("10:00", "10:45")).await.unwrap().granted().unwrap();
    let mut raw = server.raw().await.unwrap();
    let calls = |info: String| {
        let line = info.lines().find(|line| line.starts_with("cmdstat_evalsha:")).unwrap().to_owned();
        line.split_once("calls=").unwrap().1.split_once(',').unwrap().0.parse::<u32>().unwrap()
    };
    let info = |raw: &mut redis::aio::MultiplexedConnection| {
        let mut raw = raw.clone();
        async move { redis::cmd("INFO").arg("commandstats").query_async::<String>(&mut raw).await.unwrap() }
    };
    let before = calls(info(&mut raw).await);
    let view =
        snapshots.get_or_load(site(), &days(14), window(), |_| async { Err("all days are there") }).await.unwrap();
    assert_eq!(calls(info(&mut raw).await) - before, 1);
    assert_eq!(view.days.len(), 14);
    assert!(view.days.iter().all(|(date, bytes)| *bytes == text(*date)));
    assert_eq!(view.holds, Some(vec![held]));
}

#[tokio::test]
async fn only_missing_days_are_loaded_and_in_one_call() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    let all = days(7);
    fill(&snapshots, site(), &all[2..5]).await;
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let load = |dates: Vec<Date>| {
        asked.lock().unwrap().push(dates.clone());
        async move { Ok(dates.into_iter().map(text).collect()) }
    };
    let mut wish = all.clone();
    wish.reverse();
    wish.push(all[0]);
    let view = snapshots.get_or_load(site(), &wish, window(), load).await.unwrap();
    assert_eq!(view.days.keys().copied().collect::<Vec<_>>(), all);
    assert_eq!(*asked.lock().unwrap(), [vec![all[0], all[1], all[5], all[6]]]);
}

#[tokio::test]
async fn without_redis_days_are_loaded_and_holds_are_unknown() {
    let mut server = Redis::start().await;
    let cache = server.cache();
    server.kill();
    let snapshots = Days::new(&cache);
    let load = |dates: Vec<Date>| async move { Ok(dates.into_iter().map(text).collect()) };
    let view = snapshots.get_or_load(site(), &days(3), window(), load).await.unwrap();
    assert_eq!(view.days.len(), 3);
    assert_eq!(view.holds, None);
    assert_eq!(snapshots.invalidate(site(), &days(3)).await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn too_many_days_are_refused_before_any_work() {
    let corner = Corner::start().await;
    let snapshots = Days::new(&corner.cache);
    let error = snapshots.get(site(), &days(MAX_DAYS + 1), window()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let extremes = [Date::MIN, Date::MAX];
    let fetched = snapshots.get(site(), &extremes, i64::MIN..i64::MAX).await.unwrap();
    assert_eq!(fetched.days.len(), 2, "strange dates are merely strange keys");
    snapshots.invalidate(site(), &extremes).await.unwrap();
    snapshots.invalidate(site(), &[]).await.unwrap();
}
