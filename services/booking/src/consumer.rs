//! Events in: finished calls that left a wish open, and wishes that came as events of their own.

use callflow_contract::event::v1::CallEvent;
use callflow_queue::{Delivery, Disposition, Handler};
use callflow_retell::event::Event;

use crate::app::{App, wish::OpenWish};

/// Looks after wishes.
#[derive(Debug, Clone)]
pub struct Wishes {
    app: App,
}

impl Wishes {
    /// Handles them with these use cases.
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Handler for Wishes {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        let reported: CallEvent = match delivery.open() {
            Ok(reported) => reported,
            Err(error) => return error.into(),
        };
        let Some(company) = delivery.company_id else {
            return Disposition::Park { reason: "the envelope names no company".into() };
        };
        let event = match Event::parse(&reported.payload) {
            Ok(event) => event,
            Err(error) => return Disposition::Park { reason: error.to_string() },
        };
        let Some(wish) = OpenWish::of(company, &event) else { return Disposition::Done };
        match self.app.look_after(&wish).await {
            Ok(()) => Disposition::Done,
            Err(error) => Disposition::for_failure(error.kind(), error.to_string()),
        }
    }
}
