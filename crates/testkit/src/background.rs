//! Work that a `drop` has to wait for although it needs a runtime.

use std::thread;

/// Runs `work` to its end on a thread of its own and waits for it. Works inside and outside of a runtime, and
/// while a test is failing.
pub(crate) fn finish<T: Send>(work: impl Future<Output = T> + Send) -> Option<T> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        Some(runtime.block_on(work))
    };
    thread::scope(|scope| scope.spawn(run).join()).ok().flatten()
}
