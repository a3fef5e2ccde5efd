//! Latency of the two operations a caller waits for, against a private Redis: reading fourteen days with all live
//! holds of a branch, and holding three offers. Prints one JSON line each; p99 is the number that matters.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{
    net::TcpListener,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use callflow_cache::{
    Cache, Config, Site,
    hold::{Holds, Policy},
    snapshot::Snapshots,
};
use callflow_domain::{
    hold::{Resource, Segment, Segments},
    id::{CallId, CompanyId},
};
use futures::future::join_all;
use jiff::civil::{Date, date};

const DAY: i64 = 29_540_160;
/// Searches and holds under way at a time.
const WORKERS: u64 = 8;
const EACH: u64 = 2_000;

fn segment(site: Site, staff: u64, start: i64) -> Segments {
    let staff = site.company.staff(&format!("staff-{staff}"));
    Segments::single(Segment::new(Resource::Staff(staff), start, start + 45).unwrap())
}

fn report(name: &str, took: Vec<Vec<Duration>>, wall: Duration) {
    let mut took: Vec<_> = took.into_iter().flatten().collect();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    let rate = took.len() as f64 / wall.as_secs_f64();
    println!(
        r#"{{"cache.{name}.p50_ms":{:.3},"cache.{name}.p99_ms":{:.3},"cache.{name}.per_second":{rate:.0}}}"#,
        at(0.5),
        at(0.99)
    );
}

async fn measure<F: Future<Output = ()>>(name: &str, step: impl Fn(u64, u64) -> F) {
    let began = Instant::now();
    let worker = async |worker: u64| {
        let mut took = Vec::new();
        for turn in 0..EACH {
            let began = Instant::now();
            step(worker, turn).await;
            took.push(began.elapsed());
        }
        took
    };
    let took = join_all((0..WORKERS).map(worker)).await;
    report(name, took, began.elapsed());
}

async fn run(cache: Cache) {
    let company = CompanyId::from_slug("bench");
    let site = Site { company, branch: company.branch("mitte") };
    let holds = Holds::new(&cache, Policy::default()).unwrap();
    let snapshots: Snapshots<()> = Snapshots::new(&cache);
    let owner = |worker: u64| CallId::parse(&format!("call_{worker}")).unwrap();
    for call in 100..120 {
        let options: Vec<_> = (0..3).map(|i| segment(site, call, DAY + i * 60)).collect();
        holds.offer(site, &owner(call), &options).await.unwrap();
    }
    let dates: Vec<_> = date(2026, 3, 2).series(jiff::Span::new().days(1)).take(14).collect();
    let load = |dates: Vec<Date>| async move { Ok(dates.iter().map(|_| vec![7; 600].into()).collect()) };
    measure("search", async |_, _| {
        let view = snapshots.get_or_load(site, &dates, DAY..DAY + 14 * 1440, load).await.unwrap();
        assert!(view.days.len() == 14 && view.holds.is_some_and(|holds| holds.len() >= 60));
    })
    .await;
    measure("hold", async |worker, turn| {
        let start = DAY + 1440 + (turn as i64 % 100) * 5;
        let options: Vec<_> = (0..3).map(|i| segment(site, worker, start + i * 15)).collect();
        holds.offer(site, &owner(worker), &options).await.unwrap();
    })
    .await;
}

fn main() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed");
    let config = Config { url: format!("redis://127.0.0.1:{port}"), ..Config::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let measured = runtime.block_on(async {
        for _ in 0..100 {
            // A handle of its own each time: the breaker of one that came too early would still be open.
            let cache = Cache::new(&config).unwrap();
            if cache.ping().await.is_ok() {
                return tokio::spawn(run(cache)).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("redis-server does not answer");
    });
    server.kill().unwrap();
    server.wait().unwrap();
    measured.unwrap();
}
