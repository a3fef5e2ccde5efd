//! Who does it and what stands in the way: named staff, buffers, rooms, holds; what is told and noted of a booking.

use callflow_contract::{
    availability::v1::{NoSlotReason, SearchSlotsRequest, alternative},
    booking::v1::{BookRequest, GetRequest, Outcome},
    common::v1::Person,
    convert::to_wire_range,
    event::v1::AppointmentBooked,
    schema::open,
};
use jiff::ToSpan as _;

use crate::{
    salon::{at, branch, company, service, staff},
    shop::{Shop, call, fresh, haircut, operator},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_is_what_was_asked_for_or_says_why_not() {
    let shop = Shop::open().await;
    told(&shop).await;
    named(&shop).await;
    buffers(&shop).await;
    rooms(&shop).await;
    holds(&shop).await;
    shop.close().await;
}

/// The answer, the event, the row, the audit trail and the explanation all tell of the same appointment.
async fn told(shop: &Shop) {
    let answer = shop.book(haircut(call("call_told", "tool_1"), at(0, "09:00"))).await;
    let booked = answer.appointments[0].clone();
    assert_eq!((answer.outcome(), answer.attempts), (Outcome::Booked, 1));
    assert_eq!((booked.staff_name.as_str(), booked.branch_name.as_str()), ("Sofia", "Mitte"));
    assert_eq!((booked.service_name.as_str(), booked.time_zone.as_str()), ("Haarschnitt", "Europe/Berlin"));
    let events = shop.heard("AppointmentBooked", 1).await;
    let event: AppointmentBooked = open(&events[0]).unwrap();
    assert_eq!(event.appointments, std::slice::from_ref(&booked));
    assert_eq!(event.actor.unwrap().tool_call_id, "tool_1");
    let get = GetRequest { company_id: company().to_string(), appointment: booked.appointment_id.clone() };
    let stored = shop.booking.clone().get(get).await.unwrap().into_inner();
    assert_eq!(stored.appointment.as_ref(), Some(&booked), "what is told is what is stored");
    let choice: serde_json::Value = serde_json::from_str(&stored.choice_json).unwrap();
    assert_eq!(choice["chosen"], staff("sofia").to_string());
    let id = &booked.appointment_id;
    let audit = "SELECT action, actor, call_id, tool_call_id FROM booking.audit WHERE appointment_id = ";
    assert_eq!(shop.sql(&format!("{audit}'{id}'")).await, "book|call|call_told|tool_1");
}

/// The person asked for does it, or the answer says who does instead and why.
async fn named(shop: &Shop) {
    let anyone = BookRequest { staff_id: String::new(), ..haircut(operator(&fresh()), at(0, "11:00")) };
    let free = shop.book(anyone).await;
    assert_eq!((free.outcome(), free.declined_staff.as_str()), (Outcome::Booked, ""));
    let get =
        GetRequest { company_id: company().to_string(), appointment: free.appointments[0].appointment_id.clone() };
    let choice = shop.booking.clone().get(get).await.unwrap().into_inner().choice_json;
    let choice: serde_json::Value = serde_json::from_str(&choice).unwrap();
    assert_eq!(choice["candidates"].as_array().unwrap().len(), 3, "{choice}");

    assert_eq!(shop.book(haircut(operator(&fresh()), at(0, "12:00"))).await.appointments[0].staff_name, "Sofia");
    let instead = BookRequest { any_staff: true, ..haircut(operator(&fresh()), at(0, "12:00")) };
    let instead = shop.book(instead).await;
    assert_eq!(instead.outcome(), Outcome::Booked);
    assert_ne!(instead.appointments[0].staff_name, "Sofia");
    assert_eq!((&instead.declined_staff, instead.reason()), (&staff("sofia").to_string(), NoSlotReason::FullyBooked));

    let only = shop.book(haircut(operator(&fresh()), at(0, "12:00"))).await;
    assert_eq!((only.outcome(), &only.declined_staff), (Outcome::Taken, &staff("sofia").to_string()));
    assert!(only.alternatives.iter().any(|one| one.kind() == alternative::Kind::OtherStaff), "{only:?}");
    assert!(only.alternatives.iter().any(|one| one.kind() == alternative::Kind::NextFree), "{only:?}");
}

/// A haircut takes half an hour and fifteen minutes to clean up.
async fn buffers(shop: &Shop) {
    assert_eq!(shop.book(haircut(operator(&fresh()), at(1, "10:00"))).await.outcome(), Outcome::Booked);
    assert_eq!(shop.book(haircut(operator(&fresh()), at(1, "10:30"))).await.outcome(), Outcome::Taken);
    assert_eq!(shop.book(haircut(operator(&fresh()), at(1, "09:30"))).await.outcome(), Outcome::Taken);
    assert_eq!(shop.book(haircut(operator(&fresh()), at(1, "10:45"))).await.outcome(), Outcome::Booked);
}

/// Two can colour, but there is one place to do it at.
async fn rooms(shop: &Shop) {
    let colour = |who: &str, clock: &str| BookRequest {
        service_id: service("farbe").to_string(),
        staff_id: staff(who).to_string(),
        ..haircut(operator(&fresh()), at(2, clock))
    };
    let first = shop.book(colour("sofia", "10:00")).await;
    assert_eq!(first.outcome(), Outcome::Booked);
    assert_eq!(first.appointments[0].room_id, company().room("farbe-1").to_string());
    assert_eq!(shop.book(colour("ada", "10:30")).await.outcome(), Outcome::Taken);
    assert_eq!(shop.book(colour("ada", "11:00")).await.outcome(), Outcome::Booked);
}

/// What one caller was offered stays theirs, for everybody else it is taken.
async fn holds(shop: &Shop) {
    let search = SearchSlotsRequest {
        company_id: company().to_string(),
        branch_id: branch("mitte").to_string(),
        service_id: service("schnitt").to_string(),
        staff_id: staff("emre").to_string(),
        window: Some(to_wire_range(at(3, "10:00"), at(3, "10:00") + 1.minute())),
        owner: "call_first".into(),
        hold: true,
        ..SearchSlotsRequest::default()
    };
    let offered = shop.availability.clone().search_slots(search).await.unwrap().into_inner();
    assert_eq!(offered.hold_state, "held", "{offered:?}");
    let by_slot = |owner: &str, any_staff| BookRequest {
        context: Some(call(owner, "tool_1")),
        slot_id: offered.offers[0].slot_id.clone(),
        person: Some(Person { name: owner.into(), ..Person::default() }),
        any_staff,
        ..BookRequest::default()
    };
    assert_eq!(shop.book(by_slot("call_second", false)).await.outcome(), Outcome::Taken);
    let third = shop.book(by_slot("call_third", true)).await;
    assert_eq!((third.outcome(), &third.declined_staff), (Outcome::Booked, &staff("emre").to_string()));
    let first = shop.book(by_slot("call_first", false)).await;
    assert_eq!((first.outcome(), first.appointments[0].staff_name.as_str()), (Outcome::Booked, "Emre"));
}
