//! One trace from the outbox row to the last attempt: through relay, retry, parking and redrive.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use callflow_queue::{
    Disposition, Relay,
    consumer::Config,
    parked::{Filter, ParkedQueue},
    relay,
};
use tokio_util::sync::CancellationToken;

use crate::support::{
    envelope,
    handler::{Script, retry},
    outbox::MemoryOutbox,
    wait_for, with_queue,
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test]
async fn the_trace_goes_through_outbox_retry_parking_and_redrive() {
    with_queue(async |corner| {
        let traceparent = format!("00-{TRACE}-b7ad6b7169203331-01");
        let outbox = MemoryOutbox::default();
        outbox.add("call.started", &envelope("call_1"));
        outbox.change_last(|row| row.traceparent = Some(traceparent.clone()));
        let relay = Relay::new(outbox, corner.publisher().await, "test", relay::Config::default());
        let stop = CancellationToken::new();
        let relaying = tokio::spawn(relay.run(stop.clone()));
        let turn = Arc::new(AtomicUsize::new(0));
        let (handler, seen) = Script::new(move |_| {
            let turn = turn.fetch_add(1, Ordering::SeqCst);
            async move {
                match turn {
                    0 => retry("not yet"),
                    1 => Disposition::Park { reason: "not like this".into() },
                    _ => Disposition::Done,
                }
            }
        });
        let running = corner.consume(handler, Config::default()).await;
        corner.wait_count(&corner.family().parked(), 1).await;
        let parked = ParkedQueue::open(&corner.endpoint(), corner.family(), corner.publisher().await).await.unwrap();
        assert_eq!(parked.list(&Filter::default(), 1).await.unwrap()[0].trace_id.as_deref(), Some(TRACE));
        parked.redrive(&Filter::default(), 1).await.unwrap();
        wait_for("it is done", async || seen.count() == 3).await;
        running.stop().await;
        stop.cancel();
        relaying.await.unwrap();
        let attempts: Vec<_> = seen.all().iter().map(|one| (one.attempt, one.traceparent.clone())).collect();
        assert_eq!(attempts, [1, 2, 1].map(|attempt| (attempt, Some(traceparent.clone()))));
    })
    .await;
}
