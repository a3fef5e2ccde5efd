//! Several services in one visit: all of them or none, in one group under one code.

use callflow_contract::{
    availability::v1::{Offer, SearchSlotsRequest},
    booking::v1::{BookServicesRequest, Outcome},
    convert::{from_wire_time, to_wire_range},
    event::v1::AppointmentBooked,
    schema::open,
};
use jiff::{Timestamp, ToSpan as _};

use crate::{
    salon::{at, branch, company, service, staff},
    shop::{Shop, fresh, haircut, operator, person},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_services_are_booked_together_or_not_at_all() {
    let shop = Shop::open().await;
    offered(&shop).await;
    searched(&shop).await;
    forbidden(&shop).await;
    shop.close().await;
}

/// Returns the offer for a service at a time.
async fn slot(shop: &Shop, what: &str, who: &str, start: Timestamp) -> Offer {
    let search = SearchSlotsRequest {
        company_id: company().to_string(),
        branch_id: branch("mitte").to_string(),
        service_id: service(what).to_string(),
        staff_id: staff(who).to_string(),
        window: Some(to_wire_range(start, start + 1.minute())),
        ..SearchSlotsRequest::default()
    };
    shop.availability.clone().search_slots(search).await.unwrap().into_inner().offers.remove(0)
}

fn request(services: &[&str], slots: Vec<String>) -> BookServicesRequest {
    BookServicesRequest {
        context: Some(operator(&fresh())),
        branch_id: branch("mitte").to_string(),
        service_ids: services.iter().map(|slug| service(slug).to_string()).collect(),
        slot_ids: slots,
        person: Some(person()),
        ..BookServicesRequest::default()
    }
}

async fn offered(shop: &Shop) {
    let parts = [
        slot(shop, "farbe", "sofia", at(0, "10:00")).await.slot_id,
        slot(shop, "schnitt", "emre", at(0, "11:15")).await.slot_id,
        slot(shop, "bart", "emre", at(0, "12:15")).await.slot_id,
    ];
    let wanted = request(&["farbe", "schnitt", "bart"], parts.to_vec());
    // The last part goes to somebody else: nothing of the visit is booked.
    let mut rival = haircut(operator(&fresh()), at(0, "12:15"));
    rival.staff_id = staff("emre").to_string();
    let rival = shop.book(rival).await.appointments.remove(0);
    let lost = shop.booking.clone().book_services(wanted.clone()).await.unwrap().into_inner();
    assert!(matches!(lost.outcome(), Outcome::Taken | Outcome::NotBookable), "{lost:?}");
    assert_eq!(shop.active().await, 1);

    shop.sql(&format!("UPDATE booking.appointment SET status = 'no_show' WHERE id = '{}'", rival.appointment_id)).await;
    shop.forget_days().await;
    let again = BookServicesRequest { context: Some(operator(&fresh())), ..wanted };
    let booked = shop.booking.clone().book_services(again.clone()).await.unwrap().into_inner();
    assert_eq!((booked.outcome(), booked.appointments.len()), (Outcome::Booked, 3), "{booked:?}");
    let first = &booked.appointments[0];
    assert!(!first.group_id.is_empty());
    for (position, part) in booked.appointments.iter().enumerate() {
        assert_eq!((&part.group_id, &part.confirmation_code), (&first.group_id, &first.confirmation_code));
        assert_eq!(usize::try_from(part.position).unwrap(), position);
    }
    let event: AppointmentBooked = open(&shop.heard("AppointmentBooked", 2).await[1]).unwrap();
    assert_eq!(event.appointments, booked.appointments);
    let repeat = shop.booking.clone().book_services(again).await.unwrap().into_inner();
    assert_eq!((repeat.outcome(), &repeat.appointments), (Outcome::Replayed, &booked.appointments));
    let audit = "SELECT count(*) FROM booking.audit WHERE action = 'book_services'";
    assert_eq!(shop.sql(audit).await, "3");
}

/// The best sequence is searched, held and booked; between two services there are fifteen minutes.
async fn searched(shop: &Shop) {
    let wanted = BookServicesRequest {
        any_order: true,
        window: Some(to_wire_range(at(1, "09:00"), at(2, "00:00"))),
        ..request(&["schnitt", "farbe"], Vec::new())
    };
    let booked = shop.booking.clone().book_services(wanted).await.unwrap().into_inner();
    assert_eq!((booked.outcome(), booked.appointments.len()), (Outcome::Booked, 2), "{booked:?}");
    let time = |wire: Option<&prost_types::Timestamp>| from_wire_time("time", wire.unwrap()).unwrap();
    let (first, second) = (&booked.appointments[0], &booked.appointments[1]);
    assert_eq!(time(first.start.as_ref()), at(1, "09:00"));
    let gap = time(second.start.as_ref()).duration_since(time(first.end.as_ref()));
    assert!((15..=30).contains(&gap.as_mins()), "{booked:?}");
}

async fn forbidden(shop: &Shop) {
    let before = shop.active().await;
    let refused = shop.booking.clone().book_services(request(&["farbe", "glaetten"], Vec::new())).await;
    assert_eq!(refused.unwrap().into_inner().outcome(), Outcome::ForbiddenCombination);
    assert_eq!(shop.active().await, before);
}
