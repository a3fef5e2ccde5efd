//! What happens while servers start, told step by step.

use std::{
    fmt,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

/// How far a step has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has begun.
    Started,
    /// It is done; the text says what came out, an address for example.
    Done(String),
    /// It failed; the error itself is returned to the caller.
    Failed,
}

/// One thing told about a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Name of the step: `packages`, `postgres`, `redis`, `rabbitmq`.
    pub step: &'static str,
    /// How far it has come.
    pub outcome: Outcome,
    /// Time since the step began.
    pub elapsed: Duration,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.elapsed.as_secs_f32();
        match &self.outcome {
            Outcome::Started => write!(f, "{:<10} …", self.step),
            Outcome::Done(what) => write!(f, "{:<10} {what} ({secs:.1} s)", self.step),
            Outcome::Failed => write!(f, "{:<10} failed ({secs:.1} s)", self.step),
        }
    }
}

/// A listener for [`Event`]s; clones tell the same one.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&Event) + Send + Sync>);

impl Progress {
    /// Calls `listener` with each event, from whichever thread it happens on.
    pub fn new(listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Tells nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    /// Writes a line to standard error when a step begins and when it ends.
    #[must_use]
    pub fn lines() -> Self {
        // A closed standard error must not end the servers.
        Self::new(|event| drop(writeln!(std::io::stderr(), "{event}")))
    }

    /// Tells the begin and the end of `work`; `describe` turns its result into the text shown.
    pub(crate) async fn step<T, E>(
        &self,
        step: &'static str,
        work: impl Future<Output = Result<T, E>>,
        describe: impl FnOnce(&T) -> String,
    ) -> Result<T, E> {
        let begun = Instant::now();
        (self.0)(&Event { step, outcome: Outcome::Started, elapsed: Duration::ZERO });
        let result = work.await;
        let outcome = result.as_ref().map_or(Outcome::Failed, |value| Outcome::Done(describe(value)));
        (self.0)(&Event { step, outcome, elapsed: begun.elapsed() });
        result
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn a_step_is_told_when_it_begins_and_when_it_ends() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = told.clone();
        let progress = Progress::new(move |event| listener.lock().unwrap().push(event.outcome.clone()));
        let _: Result<u8, ()> = progress.step("one", async { Ok(7) }, |value| format!("got {value}")).await;
        let _: Result<u8, ()> = progress.step("two", async { Err(()) }, |_| String::new()).await;
        let expected = [Outcome::Started, Outcome::Done("got 7".to_owned()), Outcome::Started, Outcome::Failed];
        assert_eq!(*told.lock().unwrap(), expected);
    }
}
