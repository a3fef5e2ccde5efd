//! A message that kills the process is parked after three deaths, and nothing else is.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use callflow_queue::{
    Consumer, Delivery, Disposition, Endpoint, Handler, Publisher, Topology,
    consumer::Config,
    parked::{Filter, ParkedQueue},
    publisher,
    topology::METRICS_ALL,
};
use tokio_util::sync::CancellationToken;

use crate::support::{Corner, event, wait_for, with_queue};

const ADDRESS: &str = "QUEUE_TEST_ADDRESS";
const FOLDER: &str = "QUEUE_TEST_FOLDER";

/// Leaves a file per handled message; dies over one.
struct Fragile(PathBuf);

impl Handler for Fragile {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        // Long enough for neighbours to be in hand when the poison strikes.
        tokio::time::sleep(Duration::from_millis(100)).await;
        if delivery.envelope.correlation_id == "call_poison" {
            std::process::abort();
        }
        fs::write(self.0.join(&delivery.envelope.correlation_id), "").unwrap();
        Disposition::Done
    }
}

/// Not a test of its own: what the child processes run.
#[tokio::test]
#[ignore = "run by a_message_that_kills_its_worker_is_parked_after_three_deaths"]
async fn worker() {
    let (Ok(address), Ok(folder)) = (env::var(ADDRESS), env::var(FOLDER)) else { return };
    let (endpoint, topology) = (Endpoint::parse(&address).unwrap(), Topology::new());
    let config = publisher::Config { expects: vec![METRICS_ALL], ..publisher::Config::default() };
    let publisher = Publisher::start(endpoint.clone(), &topology, config);
    let handler = Fragile(folder.into());
    let family = topology.family(&METRICS_ALL);
    Consumer::new(endpoint, family, publisher, handler, Config::default()).run(CancellationToken::new()).await;
}

/// A worker process; ends with its test.
struct Worker(Child);

impl Worker {
    fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have died by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_worker(corner: &Corner, folder: &Path) -> Worker {
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "crash::worker", "--ignored", "--nocapture"])
        .env(ADDRESS, &corner.address)
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Worker(child.unwrap())
}

fn handled(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_message_that_kills_its_worker_is_parked_after_three_deaths() {
    with_queue(async |corner| {
        let folder = tempfile::tempdir().unwrap();
        let publisher = corner.publisher().await;
        let mut expected = BTreeSet::new();
        for number in 0..40 {
            let call = if number == 5 { "call_poison".into() } else { format!("call_{number}") };
            publisher.publish(event(&call)).await.unwrap();
            expected.insert(call);
        }
        expected.remove("call_poison");
        let mut deaths = 0;
        let mut worker = start_worker(corner, folder.path());
        wait_for("the poison is parked and the others are handled", async || {
            if !worker.is_alive() {
                deaths += 1;
                worker = start_worker(corner, folder.path());
            }
            corner.count(&corner.family().parked()).await > 0 && handled(folder.path()) == expected
        })
        .await;
        // The fourth process lives on, and takes what comes next.
        publisher.publish(event("call_after")).await.unwrap();
        wait_for("work goes on", async || handled(folder.path()).contains("call_after")).await;
        assert!(worker.is_alive(), "the last worker is alive");
        drop(worker);
        assert_eq!(deaths, 3);
        let queue = ParkedQueue::open(&corner.endpoint(), corner.family(), publisher).await.unwrap();
        let parked = queue.list(&Filter::default(), 100).await.unwrap();
        let [parked] = &parked[..] else { panic!("only the poison is parked: {parked:?}") };
        assert_eq!((&*parked.correlation_id, &*parked.reason), ("call_poison", "crashed_the_worker"));
    })
    .await;
}
