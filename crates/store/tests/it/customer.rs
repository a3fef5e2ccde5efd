//! Customers and what the resolver hears of their appointments.

use callflow_domain::{
    id::{AppointmentId, CompanyId, CustomerId},
    masked::{CustomerName, PhoneNumber},
};
use callflow_store::{
    Database,
    booked::{self, Booked},
    customer::{self, Lesson},
    role::Role,
};
use tokio::task::JoinSet;

use crate::{
    fixture::TestDatabase,
    salon::{self, at, new_id},
};

async fn salon() -> (TestDatabase, Database) {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    salon::apply(&resolver, &salon::catalog()).await;
    (database, resolver)
}

fn phone() -> PhoneNumber {
    PhoneNumber::new("+491713920017")
}

#[tokio::test]
async fn a_family_on_one_number_stays_several_people() {
    let (_database, resolver) = salon().await;
    let (mother, son) = (CustomerId(new_id()), CustomerId(new_id()));
    let mut tx = resolver.begin().await.unwrap();
    for (id, name, clock) in [(mother, "Ayşe", "09:00"), (son, "Can", "10:00")] {
        customer::create(&mut tx, salon::id(), id, Some(&phone()), at(clock)).await.unwrap();
        let lesson = Lesson { name: Some(CustomerName::new(name)), calls: 1, ..Lesson::default() };
        customer::learn(&mut tx, salon::id(), id, &lesson, at(clock)).await.unwrap().unwrap();
    }
    tx.commit().await.unwrap();
    let found = customer::by_phone(&resolver, salon::id(), &phone()).await.unwrap();
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [son, mother], "the one last seen first");
    let other = CompanyId::from_slug("other");
    assert_eq!(customer::by_phone(&resolver, other, &phone()).await.unwrap(), []);
    assert_eq!(customer::find(&resolver, other, son).await.unwrap(), None);
}

#[tokio::test]
async fn a_late_lesson_fills_gaps_and_replaces_nothing() {
    let (_database, resolver) = salon().await;
    let id = CustomerId(new_id());
    let mut tx = resolver.begin().await.unwrap();
    customer::create(&mut tx, salon::id(), id, None, at("10:00")).await.unwrap();
    let language = |tag: &str| Lesson { language: Some(tag.into()), calls: 1, ..Lesson::default() };
    customer::learn(&mut tx, salon::id(), id, &language("de"), at("11:00")).await.unwrap();
    let late = Lesson { branch: Some(salon::id().branch("west")), ..language("tr") };
    let known = customer::learn(&mut tx, salon::id(), id, &late, at("09:00")).await.unwrap().unwrap();
    assert_eq!((known.language.as_deref(), known.calls), (Some("de"), 2));
    assert_eq!(known.last_branch, Some(salon::id().branch("west")));
    assert_eq!((known.first_seen, known.last_seen), (at("09:00"), at("11:00")));
    let newer = customer::learn(&mut tx, salon::id(), id, &language("tr"), at("12:00")).await.unwrap().unwrap();
    assert_eq!(newer.language.as_deref(), Some("tr"));
    let nobody = customer::learn(&mut tx, salon::id(), CustomerId(new_id()), &late, at("09:00")).await.unwrap();
    assert_eq!(nobody, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_the_lock_of_a_number_a_first_time_caller_becomes_one_customer() {
    let (_database, resolver) = salon().await;
    let mut events = JoinSet::new();
    for _ in 0..20 {
        let resolver = resolver.clone();
        events.spawn(async move {
            let mut tx = resolver.begin().await.unwrap();
            customer::lock_phone(&mut tx, salon::id(), &phone()).await.unwrap();
            if customer::by_phone(&tx, salon::id(), &phone()).await.unwrap().is_empty() {
                let id = CustomerId(new_id());
                customer::create(&mut tx, salon::id(), id, Some(&phone()), at("09:00")).await.unwrap();
            }
            tx.commit().await.unwrap();
        });
    }
    events.join_all().await;
    assert_eq!(customer::by_phone(&resolver, salon::id(), &phone()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn appointments_are_counted_whatever_order_their_events_come_in() {
    let (_database, resolver) = salon().await;
    let company = salon::id();
    let customer = CustomerId(new_id());
    let booked = |id: u128, staff: &str, clock: &str| Booked {
        appointment: AppointmentId(uuid::Uuid::from_u128(id)),
        branch: company.branch("mitte"),
        staff: company.staff(staff),
        service: company.service("schnitt"),
        customer: Some(customer),
        code: None,
        starts_at: at(clock),
        active: true,
        changed_at: at("07:00"),
    };
    let mut tx = resolver.begin().await.unwrap();
    assert!(booked::note(&mut tx, company, &booked(1, "sofia", "09:00")).await.unwrap());
    assert!(!booked::note(&mut tx, company, &booked(1, "sofia", "09:00")).await.unwrap(), "a repeat is not new");
    booked::note(&mut tx, company, &booked(2, "sofia", "10:00")).await.unwrap();
    booked::note(&mut tx, company, &booked(3, "emre", "10:00")).await.unwrap();
    let cancelled = Booked { active: false, changed_at: at("08:00"), ..booked(4, "emre", "11:00") };
    booked::note(&mut tx, company, &cancelled).await.unwrap();
    booked::note(&mut tx, company, &booked(4, "emre", "11:00")).await.unwrap();
    tx.commit().await.unwrap();
    let mut load = booked::load(&resolver, company, company.branch("mitte"), at("00:00"), at("23:00")).await.unwrap();
    load.sort_by_key(|(_, count)| *count);
    assert_eq!(load, [(company.staff("emre"), 1), (company.staff("sofia"), 2)]);
    let morning = booked::load(&resolver, company, company.branch("mitte"), at("00:00"), at("10:00")).await.unwrap();
    assert_eq!(morning, [(company.staff("sofia"), 1)]);
    let favourite = booked::favourite(&resolver, company, customer, at("00:00")).await.unwrap();
    assert_eq!(favourite, Some((company.staff("sofia"), company.branch("mitte"), 2)));
}
