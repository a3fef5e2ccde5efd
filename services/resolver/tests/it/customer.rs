//! Customers: made by calls and bookings, taught by them, kept apart on one number.

use callflow_contract::{
    common::v1::Person,
    convert::to_wire_time,
    event::v1::{Appointment, AppointmentBooked, AppointmentCancelled},
    resolver::v1::{Caller, FindCustomerRequest, caller::Kind},
};
use callflow_domain::id::MessageId;
use callflow_queue::topology::key;
use callflow_testkit::wait_for;
use jiff::ToSpan as _;
use uuid::Uuid;

use crate::fixture::{LONG, TestResolver, call, now, salon};

const PHONE: &str = "+491713920077";

pub(crate) fn appointment(name: &str, phone: &str, staff: &str) -> Appointment {
    Appointment {
        appointment_id: Uuid::now_v7().to_string(),
        company_id: salon().to_string(),
        branch_id: salon().branch("berlin-mitte").to_string(),
        staff_id: salon().staff(staff).to_string(),
        service_id: salon().service("schnitt").to_string(),
        start: Some(to_wire_time(now() + 1.hour())),
        end: Some(to_wire_time(now() + 2.hours())),
        confirmation_code: "K4R7Z".into(),
        person: Some(Person { name: name.into(), phone: phone.into(), language: "tr".into(), ..Person::default() }),
        changed_at: Some(to_wire_time(now())),
        ..Appointment::default()
    }
}

pub(crate) async fn book(test: &TestResolver, appointments: Vec<Appointment>) {
    let body = AppointmentBooked { appointments, ..AppointmentBooked::default() };
    let id = MessageId(Uuid::now_v7());
    // Every message comes twice.
    test.publish(key::APPOINTMENT_BOOKED, id, &body).await;
    test.publish(key::APPOINTMENT_BOOKED, id, &body).await;
}

pub(crate) async fn find(test: &TestResolver, request: FindCustomerRequest) -> Caller {
    let request = FindCustomerRequest { company: "salon".into(), ..request };
    test.client.clone().find_customer(request).await.unwrap().into_inner().caller.unwrap()
}

async fn under(test: &TestResolver, phone: &str, name: &str) -> Caller {
    find(test, FindCustomerRequest { phone: phone.into(), name: name.into(), ..FindCustomerRequest::default() }).await
}

/// Waits until as many customers are known under the number.
async fn until(test: &TestResolver, count: usize) -> Caller {
    wait_for("the bookings to be heard of", LONG, async || {
        let caller = under(test, PHONE, "").await;
        let bookings: u32 = caller.customers.iter().map(|one| one.bookings).sum();
        if bookings as usize == count { Ok(caller) } else { Err(caller) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_on_one_number_is_asked_about_and_never_mixed() {
    let test = TestResolver::start().await;
    book(&test, vec![appointment("Ayşe Yılmaz", PHONE, "mehmet")]).await;
    let one = until(&test, 1).await;
    assert_eq!((one.kind(), one.customers.len()), (Kind::Known, 1));
    assert_eq!(one.customers[0].preferred_staff_name, "Mehmet");
    assert_eq!(one.customers[0].language, "tr");
    assert_eq!(
        test.resolve(call("+493023125100", PHONE)).await.language,
        "tr",
        "what was learned shows at the next call"
    );

    book(&test, vec![appointment("ayşe yılmaz", PHONE, "sofia")]).await;
    let mut kemal = appointment("Kemal Yılmaz", PHONE, "sofia");
    kemal.person.as_mut().unwrap().language = "de".into();
    book(&test, vec![kemal]).await;
    let family = until(&test, 3).await;
    assert_eq!((family.kind(), family.customers.len()), (Kind::Ambiguous, 2));
    let answer = test.resolve(call("+493023125100", PHONE)).await;
    assert_eq!(answer.language, "de", "nobody's language is taken for somebody else's");
    let ayse = under(&test, PHONE, "Ayşe").await;
    assert_eq!((ayse.kind(), ayse.customers.len(), ayse.customers[0].bookings), (Kind::Known, 1, 2));
    assert_eq!(under(&test, PHONE, "Kemal Yılmaz").await.customers[0].preferred_staff_name, "Sofia");
    assert_eq!(under(&test, PHONE, "Fatma").await.kind(), Kind::Ambiguous, "a stranger's name picks nobody");
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_least_busy_today_is_suggested_first() {
    let test = TestResolver::start().await;
    let first = async || {
        let mut request = call("+493023125100", "anonymous");
        request.detected_language = "tr".into();
        test.resolve(request).await.staff.remove(0)
    };
    let before = first().await;
    let slug = if before.name == "Mehmet" { "mehmet" } else { "ayse" };
    let taken = appointment("Ayşe", PHONE, slug);
    book(&test, vec![taken.clone()]).await;
    let after = wait_for("the other one to come first", LONG, async || match first().await {
        other if other.name != before.name => Ok(other),
        same => Err(same),
    })
    .await;
    assert_eq!(after.appointments_today, 0);
    let changed_at = Some(to_wire_time(now() + 1.minute()));
    let body = AppointmentCancelled {
        appointments: vec![Appointment { changed_at, ..taken }],
        ..AppointmentCancelled::default()
    };
    test.publish(key::APPOINTMENT_CANCELLED, MessageId(Uuid::now_v7()), &body).await;
    wait_for("the first one to come first again", LONG, async || match first().await {
        same if same.name == before.name => Ok(()),
        other => Err(other),
    })
    .await;
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_books_for_somebody_else_stays_who_they_are() {
    let test = TestResolver::start().await;
    let anna = test.know(Some(PHONE), "Anna Muster", callflow_store::customer::Lesson::default()).await;
    let mut hers = appointment("Anna", PHONE, "sofia");
    let mut for_lisa = appointment("Lisa Muster", PHONE, "mehmet");
    for one in [&mut hers, &mut for_lisa] {
        // The call began with her as its customer.
        one.person.as_mut().unwrap().customer_id = anna.to_string();
    }
    book(&test, vec![hers.clone(), for_lisa.clone()]).await;
    let family = until(&test, 2).await;
    let mut names: Vec<_> = family.customers.iter().map(|one| (one.name.as_str(), one.bookings)).collect();
    names.sort_unstable();
    assert_eq!((family.kind(), names), (Kind::Ambiguous, vec![("Anna Muster", 1), ("Lisa Muster", 1)]));
    // An end of it changes nothing about whose it was, and makes nobody new.
    let changed_at = Some(to_wire_time(now() + 1.minute()));
    let cancelled = Appointment { changed_at, ..for_lisa };
    let body = AppointmentCancelled { appointments: vec![cancelled], ..AppointmentCancelled::default() };
    test.publish(key::APPOINTMENT_CANCELLED, MessageId(Uuid::now_v7()), &body).await;
    book(&test, vec![appointment("Lisa Muster", PHONE, "sofia")]).await;
    let family = until(&test, 3).await;
    assert_eq!(family.customers.len(), 2);
    let lisa = under(&test, PHONE, "Lisa").await.customers.remove(0);
    assert_eq!((lisa.bookings, lisa.preferred_staff_name.as_str()), (2, "Sofia"), "the cancelled one does not count");
    test.stop().await;
}
