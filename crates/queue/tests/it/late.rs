//! What is acknowledged in the moment the connection ends holds nothing up.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use callflow_queue::{Consumer, Disposition, consumer::Config};
use callflow_testkit::FaultProxy;
use tokio_util::sync::CancellationToken;

use crate::support::{event, handler::Script, wait_for, with_queue};

/// Counts the client library's threads, one for each connection.
fn connections() -> usize {
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let name = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
    threads.map(name).filter(|name| name.trim() == "lapin-io-loop").count()
}

/// Cuts the link, and keeps this thread, on which the rest of the client library lives, until its connection's thread is gone: what is
/// asked of it now comes after its last word.
async fn outlive_the_connection(link: &FaultProxy) {
    let before = connections();
    link.cut();
    let until = |is: &dyn Fn() -> bool| {
        while !is() {
            thread::yield_now();
        }
    };
    until(&|| link.connections() == 0);
    // The one look at its sockets that this thread takes: it wakes the connection's.
    tokio::task::yield_now().await;
    until(&|| connections() < before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_the_client_library_forgets_keeps_no_permit() {
    with_queue(async |corner| {
        let (link, endpoint) = corner.link().await;
        let (link, first) = (Arc::new(link), AtomicBool::new(true));
        let (handler, seen) = Script::new(move |_| {
            let cut = first.swap(false, Ordering::SeqCst).then(|| link.clone());
            async move {
                if let Some(link) = cut {
                    outlive_the_connection(&link).await;
                }
                Disposition::Done
            }
        });
        let publisher = corner.publisher().await;
        publisher.publish(event("call_1")).await.unwrap();
        publisher.publish(event("call_2")).await.unwrap();
        let config = Config { concurrency: 1, ..Config::default() };
        let consumer = Consumer::new(endpoint, corner.family(), publisher, handler, config);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let consuming = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(consumer.run(stopped));
        });
        wait_for("both are handled", async || seen.calls().iter().any(|call| call == "call_2")).await;
        corner.wait_count(corner.family().main(), 0).await;
        assert_eq!(seen.calls(), ["call_1", "call_1", "call_2"], "what could not be acknowledged came again");
        stop.cancel();
        tokio::task::spawn_blocking(|| consuming.join().unwrap()).await.unwrap();
    })
    .await;
}
