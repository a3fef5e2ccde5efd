//! The parts that run for as long as a service does, watched together.
//!
//! A service is whole or it is not: when one of its servers or consumers ends early, the service ends,
//! and the platform starts it anew. Nothing keeps running half.

use std::{collections::HashMap, error::Error as StdError};

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::Error;

type Outcome = Result<(), Box<dyn StdError + Send + Sync>>;

/// Named background parts and the token that asks them to stop.
#[derive(Debug, Default)]
pub struct Work {
    stop: CancellationToken,
    parts: JoinSet<Outcome>,
    names: HashMap<Id, &'static str>,
}

impl Work {
    /// Begins without any part.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the token that parts watch; it is cancelled by [`stop`](Self::stop).
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs a part in the background; it must end soon after the token is cancelled.
    pub fn spawn<E>(&mut self, name: &'static str, part: impl Future<Output = Result<(), E>> + Send + 'static)
    where
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let handle = self.parts.spawn(async move { part.await.map_err(Into::into) });
        self.names.insert(handle.id(), name);
    }

    /// As [`spawn`](Self::spawn), for a part that cannot fail.
    pub fn run(&mut self, name: &'static str, part: impl Future<Output = ()> + Send + 'static) {
        self.spawn(name, async move {
            part.await;
            Ok::<(), std::convert::Infallible>(())
        });
    }

    /// Waits for `shutdown`, or for any part to end before it.
    ///
    /// # Errors
    /// Returns the part that ended and why; without parts it just waits.
    pub async fn until(&mut self, shutdown: &CancellationToken) -> Result<(), Error> {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Ok(()),
            Some(ended) = self.parts.join_next_with_id() => {
                let (part, outcome) = self.name(ended);
                Err(outcome.map_or_else(|source| Error::Part { part, source }, |()| Error::Ended { part }))
            }
            () = std::future::pending() => Ok(()),
        }
    }

    /// Asks all parts to stop; does not wait.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until every part has ended, logging those that failed on their way out.
    pub async fn finish(&mut self) {
        while let Some(ended) = self.parts.join_next_with_id().await {
            let (part, outcome) = self.name(ended);
            if let Err(error) = outcome {
                tracing::warn!(part, error = &*error as &dyn StdError, "failed while stopping");
            }
        }
    }

    fn name(&mut self, ended: Result<(Id, Outcome), JoinError>) -> (&'static str, Outcome) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Err(error.into())),
        };
        (self.names.remove(&id).unwrap_or("unnamed"), outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[tokio::test]
    async fn a_part_that_ends_fails_or_panics_early_is_named() {
        let shutdown = CancellationToken::new();
        let mut work = Work::new();
        work.spawn("steady", async { std::future::pending::<io::Result<()>>().await });
        work.spawn("brief", async { Ok::<_, io::Error>(()) });
        assert!(work.until(&shutdown).await.unwrap_err().to_string().starts_with("brief ended"));
        work.spawn("faulty", async { Err(io::Error::other("disk")) });
        let error = work.until(&shutdown).await.unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.source().unwrap().to_string().as_str()),
            ("running faulty", "disk")
        );
        work.spawn("wild", async { panic!("oh") as io::Result<()> });
        assert_eq!(work.until(&shutdown).await.unwrap_err().to_string(), "running wild");
        shutdown.cancel();
        work.until(&shutdown).await.unwrap();
    }

    #[tokio::test]
    async fn stopping_reaches_every_part_and_finishing_waits_for_them() {
        let mut work = Work::new();
        for name in ["one", "two"] {
            let stop = work.token();
            work.spawn(name, async move {
                stop.cancelled().await;
                Ok::<_, io::Error>(())
            });
        }
        work.stop();
        work.finish().await;
    }
}
