//! Events: what changed is forgotten.

use std::time::Duration;

use callflow_contract::{
    availability::v1::SearchSlotsRequest,
    convert::{to_wire_range, to_wire_time},
    event::v1::{Appointment, AppointmentBooked, AppointmentCancelled, CatalogChanged, Envelope},
    schema::{Event, seal},
};
use callflow_queue::{Endpoint, Message, Publisher, Topology, publisher, topology::key};
use callflow_store::{appointment, catalog};
use callflow_testkit::wait_for;
use jiff::{Timestamp, ToSpan as _};

use crate::{
    fixture::{TestAvailability, counted, search},
    salon::{self, at, clock},
};

impl TestAvailability {
    /// Publishes an event of the salon.
    pub(crate) async fn tell<E: Event>(&self, key: &str, event: &E) {
        let endpoint = Endpoint::parse(self.broker.url()).unwrap();
        let publisher = Publisher::start(endpoint, &Topology::new(), publisher::Config::default());
        let envelope = Envelope {
            message_id: uuid::Uuid::now_v7().to_string(),
            company_id: salon::id().to_string(),
            occurred_at: Some(to_wire_time(Timestamp::now())),
            ..Envelope::default()
        };
        publisher.publish(Message::event(key, &seal(event, envelope)).unwrap()).await.unwrap();
        publisher.close().await;
    }
}

/// What is told about an appointment of Sofia's.
pub(crate) fn told(from: &str, minutes: i64) -> Appointment {
    let (company, start) = (salon::id(), at(from));
    Appointment {
        appointment_id: uuid::Uuid::now_v7().to_string(),
        company_id: company.to_string(),
        branch_id: company.branch("mitte").to_string(),
        staff_id: company.staff("sofia").to_string(),
        service_id: company.service("schnitt").to_string(),
        start: Some(to_wire_time(start)),
        end: Some(to_wire_time(start + minutes.minutes())),
        blocked: Some(to_wire_range(start, start + minutes.minutes())),
        time_zone: "Europe/Berlin".into(),
        ..Appointment::default()
    }
}

async fn first_becomes(service: &TestAvailability, expected: &str) {
    let sofia = SearchSlotsRequest { staff_id: salon::id().staff("sofia").to_string(), ..search("schnitt", "02") };
    wait_for("the search to notice", Duration::from_secs(20), async || {
        let found = service.search(sofia.clone()).await;
        let first = found.offers.first().map(|offer| clock(offer.start.as_ref()));
        if first.as_deref() == Some(expected) { Ok(()) } else { Err(first) }
    })
    .await;
}

#[tokio::test]
async fn booked_and_cancelled_appointments_change_the_next_search() {
    let service = TestAvailability::start().await;
    first_becomes(&service, "02 09:00").await;
    let id = service.book("sofia", "02 09:00", 60).await;
    // Until the event is here the snapshot has the time free.
    let before = counted("availability_day_reads_total");
    let booked = AppointmentBooked { appointments: vec![told("02 09:00", 60)], ..AppointmentBooked::default() };
    service.tell(key::APPOINTMENT_BOOKED, &booked).await;
    first_becomes(&service, "02 10:00").await;
    assert_eq!(counted("availability_day_reads_total"), before + 1, "one day was forgotten, and read once");

    let mut tx = service.owner.begin().await.unwrap();
    appointment::cancel(&mut tx, salon::id(), &[id], None, salon::now()).await.unwrap();
    tx.commit().await.unwrap();
    let cancelled = AppointmentCancelled { appointments: booked.appointments, ..AppointmentCancelled::default() };
    service.tell(key::APPOINTMENT_CANCELLED, &cancelled).await;
    first_becomes(&service, "02 09:00").await;
    service.stop().await;
}

#[tokio::test]
async fn other_hours_and_names_are_seen_as_soon_as_they_are_told() {
    let service = TestAvailability::start().await;
    first_becomes(&service, "02 09:00").await;
    let mut changed = salon::catalog();
    changed.companies[0].branches[0].schedule =
        serde_json::from_value(serde_json::json!({"hours": [{"days": "mo-fr", "from": "11:00", "to": "18:00"}]}))
            .unwrap();
    let mut tx = service.owner.begin().await.unwrap();
    catalog::apply(&mut tx, &changed).await.unwrap();
    tx.commit().await.unwrap();
    service.tell(key::CATALOG_CHANGED, &CatalogChanged { all: true, ..CatalogChanged::default() }).await;
    first_becomes(&service, "02 11:00").await;
    service.stop().await;
}
