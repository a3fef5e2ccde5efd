//! Events in: what changed is forgotten, so that the next search reads it anew. Forgetting twice does no harm.

use callflow_contract::{
    event::v1::{
        Appointment, AppointmentBooked, AppointmentCancelled, AppointmentRescheduled, CatalogChanged, SeriesBooked,
    },
    schema::Event,
};
use callflow_domain::{ErrorKind, id::CompanyId};
use callflow_queue::{Delivery, Disposition, Handler};

use crate::app::{
    App, Result,
    change::{Change, Kind},
};

/// Forgets what changed.
#[derive(Clone)]
pub struct Changes {
    app: App,
}

impl Changes {
    /// Handles changes with these use cases.
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }

    async fn forget(&self, company: CompanyId, delivery: &Delivery) -> Result<()> {
        if let Ok(changed) = delivery.open::<CatalogChanged>() {
            return self.app.catalog_changed(company, &changed).await;
        }
        self.app.appointments_changed(company, &changes(delivery)?).await
    }
}

impl Handler for Changes {
    async fn handle(&self, delivery: Delivery) -> Disposition {
        let Some(company) = delivery.company_id else {
            return Disposition::Park { reason: "the envelope names no company".into() };
        };
        match self.forget(company, &delivery).await {
            Ok(()) => Disposition::Done,
            Err(error) if error.kind() == ErrorKind::Timeout => Disposition::Wait { reason: error.to_string() },
            Err(error) => Disposition::for_failure(error.kind(), error.to_string()),
        }
    }
}

/// Returns what a delivery says about appointments; schemas that concern nobody's time say nothing.
fn changes(delivery: &Delivery) -> Result<Vec<Change>> {
    let schema = delivery.envelope.schema.as_str();
    let undecodable = |_| callflow_contract::convert::FieldError::new("body", "cannot be decoded");
    let taken =
        |list: Vec<Appointment>| list.into_iter().map(|one| Change { kind: Kind::Taken, appointment: one }).collect();
    Ok(if schema == AppointmentBooked::SCHEMA {
        taken(delivery.open::<AppointmentBooked>().map_err(undecodable)?.appointments)
    } else if schema == SeriesBooked::SCHEMA {
        taken(delivery.open::<SeriesBooked>().map_err(undecodable)?.appointments)
    } else if schema == AppointmentCancelled::SCHEMA {
        let list = delivery.open::<AppointmentCancelled>().map_err(undecodable)?.appointments;
        list.into_iter().map(|one| Change { kind: Kind::Freed, appointment: one }).collect()
    } else if schema == AppointmentRescheduled::SCHEMA {
        let moved = delivery.open::<AppointmentRescheduled>().map_err(undecodable)?;
        let freed = moved.from.map(|one| Change { kind: Kind::Freed, appointment: one });
        freed.into_iter().chain(moved.to.map(|one| Change { kind: Kind::Taken, appointment: one })).collect()
    } else {
        Vec::new()
    })
}
