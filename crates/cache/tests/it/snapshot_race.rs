//! A booked time is never offered again: commits driven between the reading and the storing of a snapshot.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use callflow_cache::hold::{Holds, Policy};
use callflow_domain::hold::HoldState;
use futures::future::join_all;
use jiff::civil::Date;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::sync::Notify;

use crate::{
    snapshot::{Days, MONDAY, days, window},
    support::{Corner, DAY, owner, site, sleep_ms, sofia},
};

/// Stands for the database: a version per day, higher after each commit.
#[derive(Default)]
struct Database {
    versions: Mutex<BTreeMap<Date, u32>>,
    reads: AtomicU32,
}

impl Database {
    fn commit(&self, date: Date) -> u32 {
        let mut versions = self.versions.lock().unwrap();
        let version = versions.entry(date).or_default();
        *version += 1;
        *version
    }

    fn read(&self, dates: &[Date]) -> Vec<Bytes> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let versions = self.versions.lock().unwrap();
        let version = |date| versions.get(date).copied().unwrap_or(0);
        dates.iter().map(|date| Bytes::from(version(date).to_string())).collect()
    }
}

fn version(bytes: &Bytes) -> u32 {
    std::str::from_utf8(bytes).unwrap().parse().unwrap()
}

#[tokio::test]
async fn commit_between_read_and_write_of_a_snapshot_is_seen() {
    let corner = Corner::start().await;
    let database = Arc::new(Database::default());
    let (read, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let searching = {
        let (snapshots, database) = (Days::new(&corner.cache), database.clone());
        let (read, go_on) = (read.clone(), go_on.clone());
        tokio::spawn(async move {
            let load = |dates: Vec<Date>| {
                let (database, read, go_on) = (database.clone(), read.clone(), go_on.clone());
                async move {
                    let days = database.read(&dates);
                    if database.reads.load(Ordering::SeqCst) == 1 {
                        read.notify_one();
                        go_on.notified().await;
                    }
                    Ok(days)
                }
            };
            snapshots.get_or_load(site(), &days(3), window(), load).await.unwrap()
        })
    };
    read.notified().await;
    // The booking commits, and the availability service of another process hears of it.
    database.commit(MONDAY);
    Days::new(&corner.other_process()).invalidate(site(), &[MONDAY]).await.unwrap();
    go_on.notify_one();
    let view = searching.await.unwrap();
    assert_eq!(version(&view.days[&MONDAY]), 1, "the search caught in between reads again");
    let later = Days::new(&corner.cache);
    let view = later.get_or_load(site(), &days(3), window(), |_| async { Err("all is cached") }).await.unwrap();
    assert_eq!(version(&view.days[&MONDAY]), 1, "and the old day is not in the cache");
}

#[tokio::test]
async fn a_load_outdated_with_its_whole_branch_leaves_no_claim_to_wait_for() {
    let corner = Corner::start().await;
    let database = Arc::new(Database::default());
    let load = |dates: Vec<Date>| {
        let (database, other) = (database.clone(), Days::new(&corner.other_process()));
        async move {
            let read = database.read(&dates);
            if database.reads.load(Ordering::SeqCst) == 1 {
                // The branch's hours change while its days are read.
                for date in &dates {
                    database.commit(*date);
                }
                other.invalidate_all(site()).await.unwrap();
            }
            Ok(read)
        }
    };
    let began = std::time::Instant::now();
    let view = Days::new(&corner.cache).get_or_load(site(), &days(3), window(), load).await.unwrap();
    assert!(view.days.values().all(|day| version(day) == 1), "read again");
    // Two reads, not the three and the waits between them that a claim left behind costs.
    assert_eq!(database.reads.load(Ordering::SeqCst), 2);
    assert!(began.elapsed() < std::time::Duration::from_millis(450), "waited {:?} for nobody", began.elapsed());
    let later = Days::new(&corner.cache);
    later.get_or_load(site(), &days(3), window(), |_| async { Err("all is cached") }).await.unwrap();
}

#[tokio::test]
async fn who_joins_a_load_begun_before_the_commit_does_not_get_its_result() {
    let corner = Corner::start().await;
    let database = Arc::new(Database::default());
    let snapshots = Days::new(&corner.cache);
    let search = |delay_ms: u64| {
        let (snapshots, database) = (snapshots.clone(), database.clone());
        tokio::spawn(async move {
            let load = |dates: Vec<Date>| {
                let days = database.read(&dates);
                async move {
                    sleep_ms(delay_ms).await;
                    Ok(days)
                }
            };
            let view = snapshots.get_or_load(site(), &[MONDAY], window(), load).await.unwrap();
            version(&view.days[&MONDAY])
        })
    };
    let slow = search(150);
    sleep_ms(50).await;
    database.commit(MONDAY);
    Days::new(&corner.other_process()).invalidate(site(), &[MONDAY]).await.unwrap();
    let joined = search(0);
    assert_eq!(joined.await.unwrap(), 1);
    assert_eq!(slow.await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_search_sees_a_day_older_than_an_invalidation_that_had_ended() {
    let corner = Corner::start().await;
    let database = Arc::new(Database::default());
    let settled: Arc<Mutex<BTreeMap<Date, u32>>> = Arc::default();
    let all = days(4);
    let booking = {
        let (snapshots, database, settled, all) =
            (Days::new(&corner.other_process()), database.clone(), settled.clone(), all.clone());
        tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(4);
            for _ in 0..150 {
                let date = all[rng.random_range(0..all.len())];
                let version = database.commit(date);
                match rng.random_bool(0.1) {
                    true => snapshots.invalidate_all(site()).await.unwrap(),
                    false => snapshots.invalidate(site(), &[date]).await.unwrap(),
                }
                settled.lock().unwrap().insert(date, version);
                sleep_ms(rng.random_range(0..4)).await;
            }
        })
    };
    let processes: Vec<_> = (0..3).map(|_| Days::new(&corner.other_process())).collect();
    let searchers = (0..24).map(|index| {
        let (snapshots, database, settled, all) =
            (processes[index % 3].clone(), database.clone(), settled.clone(), all.clone());
        tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(index as u64);
            for _ in 0..40 {
                let must = settled.lock().unwrap().clone();
                let from = rng.random_range(0..all.len());
                let delay = rng.random_range(0..3);
                let load = |dates: Vec<Date>| {
                    let days = database.read(&dates);
                    async move {
                        sleep_ms(delay).await;
                        Ok(days)
                    }
                };
                let view = snapshots.get_or_load(site(), &all[from..], window(), load).await.unwrap();
                for (date, bytes) in view.days {
                    let least = must.get(&date).copied().unwrap_or(0);
                    assert!(version(&bytes) >= least, "{date}: version {} is older than {least}", version(&bytes));
                }
            }
        })
    });
    for searcher in join_all(searchers).await {
        searcher.unwrap();
    }
    booking.await.unwrap();
}

/// Between commit and invalidation the cached day still shows the time as free; the marker covers it.
#[tokio::test]
async fn marker_covers_the_time_until_the_snapshot_is_invalidated() {
    let corner = Corner::start().await;
    let (snapshots, holds) = (Days::new(&corner.cache), Holds::new(&corner.cache, Policy::default()).unwrap());
    let database = Arc::new(Database::default());
    let search = || {
        let database = database.clone();
        snapshots.get_or_load(site(), &[MONDAY], window(), move |dates| {
            let days = database.read(&dates);
            async move { Ok(days) }
        })
    };
    search().await.unwrap();
    let time = sofia("10:00", "10:45");
    let hold = holds.hold(site(), &owner("a"), &time).await.unwrap().granted().unwrap();
    database.commit(MONDAY);
    holds.confirm(site(), &owner("a"), hold.id).await.unwrap();
    let stale = search().await.unwrap();
    assert_eq!(version(&stale.days[&MONDAY]), 0, "nobody has invalidated it yet");
    let [marker] = &stale.holds.unwrap()[..] else { panic!("the marker is listed") };
    assert_eq!((marker.state, &marker.segments), (HoldState::Confirmed, &time));
    assert!(time.as_slice()[0].start() >= DAY);
    snapshots.invalidate(site(), &[MONDAY]).await.unwrap();
    let fresh = search().await.unwrap();
    assert_eq!((version(&fresh.days[&MONDAY]), fresh.holds.unwrap().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_searches_of_a_cold_branch_cost_at_most_two_database_reads() {
    let corner = Corner::start().await;
    let database = Arc::new(Database::default());
    let processes = [Days::new(&corner.cache), Days::new(&corner.other_process())];
    let asked = (0..1_000).map(|index: usize| {
        let (snapshots, database) = (processes[index % 2].clone(), database.clone());
        tokio::spawn(async move {
            let load = |dates: Vec<Date>| {
                let days = database.read(&dates);
                async move {
                    sleep_ms(30).await;
                    Ok(days)
                }
            };
            snapshots.get_or_load(site(), &days(14), window(), load).await.unwrap().days.len()
        })
    });
    for answer in join_all(asked).await {
        assert_eq!(answer.unwrap(), 14);
    }
    let reads = database.reads.load(Ordering::SeqCst);
    assert!((1..=2).contains(&reads), "{reads}");
}
