//! Handlers that remember what they were given and answer as a test wants.

use std::{
    future::Future,
    sync::{Arc, Mutex},
};

use callflow_queue::{Delivery, Disposition, Handler};

/// What a handler has seen, in order.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<Delivery>>>);

impl Seen {
    pub(crate) fn add(&self, delivery: &Delivery) {
        self.0.lock().unwrap().push(delivery.clone());
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub(crate) fn all(&self) -> Vec<Delivery> {
        self.0.lock().unwrap().clone()
    }

    /// Returns the calls the deliveries belong to, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.all().into_iter().map(|delivery| delivery.envelope.correlation_id).collect()
    }
}

/// Remembers each delivery, then does what it was made with.
pub(crate) struct Script<F> {
    seen: Seen,
    answer: F,
}

impl<F, R> Script<F>
where
    F: Fn(Delivery) -> R + Send + Sync + 'static,
    R: Future<Output = Disposition> + Send,
{
    pub(crate) fn new(answer: F) -> (Self, Seen) {
        let seen = Seen::default();
        (Self { seen: seen.clone(), answer }, seen)
    }
}

impl<F, R> Handler for Script<F>
where
    F: Fn(Delivery) -> R + Send + Sync + 'static,
    R: Future<Output = Disposition> + Send,
{
    async fn handle(&self, delivery: Delivery) -> Disposition {
        self.seen.add(&delivery);
        (self.answer)(delivery).await
    }
}

/// Returns a handler that is done with everything at once.
pub(crate) fn done() -> (impl Handler, Seen) {
    Script::new(|_| async { Disposition::Done })
}

pub(crate) fn retry(reason: &str) -> Disposition {
    Disposition::Retry { after: Some(std::time::Duration::from_secs(1)), reason: reason.into() }
}
