//! Somebody was faster: the next one who is free is tried, at most three, and then the caller hears what else there is.

use std::time::{Duration, Instant};

use callflow_contract::{
    availability::v1::SearchSlotsRequest,
    booking::v1::{BookRequest, BookResponse, Outcome},
    convert::to_wire_range,
};
use jiff::{Timestamp, ToSpan as _};

use crate::{
    salon::{at, branch, company, service, staff},
    shop::{Shop, fresh, haircut, operator},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_attempt_is_with_somebody_else_and_there_are_at_most_three() {
    let shop = Shop::open().await;
    let first = lost(&shop, &["sofia"], at(0, "10:00")).await;
    assert_eq!((first.outcome(), first.attempts), (Outcome::Booked, 2), "{first:?}");
    assert_eq!(
        (&first.declined_staff, first.detail.as_str()),
        (&staff("sofia").to_string(), "somebody else was first")
    );
    assert_ne!(first.appointments[0].staff_id, staff("sofia").to_string());

    let second = lost(&shop, &["sofia", "emre"], at(1, "10:00")).await;
    assert_eq!((second.outcome(), second.attempts), (Outcome::Booked, 3), "{second:?}");
    assert_eq!(second.appointments[0].staff_id, staff("ada").to_string());

    let begun = Instant::now();
    let third = lost(&shop, &["sofia", "emre", "ada"], at(2, "10:00")).await;
    assert_eq!((third.outcome(), third.appointments.len()), (Outcome::Taken, 0), "{third:?}");
    assert!(!third.alternatives.is_empty());
    assert!(begun.elapsed() >= Duration::from_millis(150), "two pauses, of 50 and of 100 ms at least");
    assert_eq!(shop.sql("SELECT count(*) FROM booking.request WHERE status = 'refused'").await, "1");

    // Named and nobody else: one attempt.
    let only = lost_with(&shop, &["sofia"], at(3, "10:00"), false).await;
    assert_eq!((only.outcome(), only.appointments.len()), (Outcome::Taken, 0));
    shop.close().await;
}

async fn lost(shop: &Shop, whose: &[&str], time: Timestamp) -> BookResponse {
    lost_with(shop, whose, time, true).await
}

/// Books with Sofia at a time that these people have lost since the calendar was read, which still shows it free.
async fn lost_with(shop: &Shop, whose: &[&str], time: Timestamp, any_staff: bool) -> BookResponse {
    let mut rivals = Vec::new();
    for who in whose {
        let rival =
            BookRequest { staff_id: staff(who).to_string(), ..haircut(operator(&fresh()), time + (56 * 24).hours()) };
        let rival = shop.book(rival).await;
        assert_eq!(rival.outcome(), Outcome::Booked, "{rival:?}");
        rivals.push(rival.appointments[0].appointment_id.clone());
    }
    let search = SearchSlotsRequest {
        company_id: company().to_string(),
        branch_id: branch("mitte").to_string(),
        service_id: service("schnitt").to_string(),
        window: Some(to_wire_range(time, time + 1.minute())),
        ..SearchSlotsRequest::default()
    };
    let seen = shop.availability.clone().search_slots(search).await.unwrap().into_inner();
    assert_eq!(seen.offers[0].candidates.len(), 3, "all three look free");
    for id in rivals {
        // Nobody is told of this move, as in the moment between a commit and its event.
        shop.sql(&format!(
            "UPDATE booking.appointment SET starts_at = '{time}', ends_at = '{time}'::timestamptz + interval '30 min',
                busy_from = '{time}', busy_until = '{time}'::timestamptz + interval '45 min' WHERE id = '{id}'"
        ))
        .await;
    }
    shop.book(BookRequest { any_staff, ..haircut(operator(&fresh()), time) }).await
}
