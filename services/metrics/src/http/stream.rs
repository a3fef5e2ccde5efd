//! Server-Sent Events: the latest sample whenever there is a new one.

use std::convert::Infallible;

use bytes::Bytes;
use callflow_runtime::CancellationToken;
use futures::{Stream, stream};
use tokio::sync::OwnedSemaphorePermit;

use crate::{metrics, sampler::Samples};

/// A browser that is following, for as long as it is held.
struct Seat {
    _permit: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        metrics::streams(-1.0);
    }
}

/// Returns the events for one browser: the latest sample at once, then each new one, until `stop`. A slow browser
/// misses samples instead of piling them up.
pub(super) fn events(
    mut samples: Samples,
    stop: CancellationToken,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    metrics::streams(1.0);
    samples.mark_changed();
    stream::unfold((samples, stop, Seat { _permit: permit }), |(mut samples, stop, seat)| async move {
        stop.run_until_cancelled(samples.changed()).await?.ok()?;
        let sample = samples.borrow_and_update().clone();
        // Before the first sample only the connection is confirmed.
        let event = if sample.json.is_empty() {
            ": waiting\n\n".to_owned()
        } else {
            format!("retry: 2000\nid: {}\ndata: {}\n\n", sample.board.at.as_millisecond(), sample.json)
        };
        Some((Ok(Bytes::from(event)), (samples, stop, seat)))
    })
}
