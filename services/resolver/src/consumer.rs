//! Events in: calls into their records, appointments into what is known of customers.

use callflow_contract::{
    event::v1::{
        Appointment, AppointmentBooked, AppointmentCancelled, AppointmentRescheduled, CallEvent, SeriesBooked,
    },
    schema::{Event as Schema, OpenError},
};
use callflow_queue::{Delivery, Disposition, Handler};
use callflow_retell::event::Event;

use crate::app::{App, Result};

/// What a handler without company cannot do anything with.
fn nameless() -> Disposition {
    Disposition::Park { reason: "the envelope names no company".into() }
}

fn disposition(outcome: Result<()>) -> Disposition {
    match outcome {
        Ok(()) => Disposition::Done,
        Err(error) => Disposition::for_failure(error.kind(), error.to_string()),
    }
}

/// Keeps call records.
#[derive(Clone)]
pub struct Calls {
    app: App,
}

impl Calls {
    /// Handles call events with these use cases.
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Handler for Calls {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        let Some(company) = delivery.company_id else { return nameless() };
        let reported: CallEvent = match delivery.open() {
            Ok(reported) => reported,
            Err(error) => return error.into(),
        };
        match Event::parse(&reported.payload) {
            Ok(event) => disposition(self.app.take_event(company, delivery.message_id, &reported, &event).await),
            Err(error) => Disposition::Park { reason: error.to_string() },
        }
    }
}

/// Learns from appointments.
#[derive(Clone)]
pub struct Appointments {
    app: App,
}

impl Appointments {
    /// Handles appointment events with these use cases.
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Handler for Appointments {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        let Some(company) = delivery.company_id else { return nameless() };
        match changes(&delivery) {
            Ok(list) => disposition(self.app.take_appointments(company, delivery.message_id, &list).await),
            Err(error) => error.into(),
        }
    }
}

/// Returns the appointments a delivery tells of, and whether each takes place.
fn changes(delivery: &Delivery) -> std::result::Result<Vec<(Appointment, bool)>, OpenError> {
    let all = |list: Vec<Appointment>, active: bool| list.into_iter().map(|one| (one, active)).collect();
    let schema = delivery.envelope.schema.as_str();
    Ok(if schema == AppointmentBooked::SCHEMA {
        all(delivery.open::<AppointmentBooked>()?.appointments, true)
    } else if schema == SeriesBooked::SCHEMA {
        all(delivery.open::<SeriesBooked>()?.appointments, true)
    } else if schema == AppointmentCancelled::SCHEMA {
        all(delivery.open::<AppointmentCancelled>()?.appointments, false)
    } else if schema == AppointmentRescheduled::SCHEMA {
        let moved = delivery.open::<AppointmentRescheduled>()?;
        moved.from.map(|one| (one, false)).into_iter().chain(moved.to.map(|one| (one, true))).collect()
    } else {
        Vec::new()
    })
}
