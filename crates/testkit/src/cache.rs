//! A part of Redis for one test: a key prefix of its own.

use callflow_stack::Kinds;
use deadpool_redis::redis;

use crate::{PrivateStack, background, name, servers};

/// A key prefix nobody else uses, on the shared Redis. Keys that begin with it are removed at the end.
///
/// Tests that flush, fill, stop or kill Redis start [one of their own](Self::private) instead.
#[derive(Debug)]
pub struct TestCache {
    url: String,
    prefix: String,
}

impl TestCache {
    /// Reserves a prefix; starts the shared servers if none are running.
    ///
    /// # Panics
    /// When there is no Redis to be had; the message says why.
    pub async fn start() -> Self {
        Self { url: servers::redis().await, prefix: format!("{}:", name::unique()) }
    }

    /// Starts a Redis of its own, with `stop`, `start`, `kill` and `restart`.
    pub async fn private() -> PrivateStack {
        PrivateStack::start(Kinds::REDIS).await
    }

    /// Returns the server's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns what every key of the test has to begin with; it ends with a colon.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    async fn clear(url: &str, prefix: &str) -> redis::RedisResult<()> {
        let mut redis = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(1_000);
            let (next, keys): (u64, Vec<Vec<u8>>) = scan.query_async(&mut redis).await?;
            if !keys.is_empty() {
                redis::cmd("UNLINK").arg(keys).exec_async(&mut redis).await?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

impl Drop for TestCache {
    fn drop(&mut self) {
        // A Redis that is gone has nothing left to clear.
        let _ = background::finish(Self::clear(&self.url, &self.prefix));
    }
}
