//! Asking again and again until something is so.

use std::{
    thread,
    time::{Duration, Instant},
};

/// First pause between two questions; it doubles up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(2);
/// Longest pause; a server that is ready is noticed this late at worst.
const LONGEST: Duration = Duration::from_millis(50);

/// Blocks until `done` holds or `limit` has passed; returns whether it held.
pub(crate) fn until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    let mut pause = SHORTEST;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        // Nobody unparks this thread; used where blocking is what the caller asked for.
        thread::park_timeout(pause);
        pause = (pause * 2).min(LONGEST);
    }
}
