//! What is given up is free at once, and what is booked is offered to nobody, whatever the calendar has cached.

use callflow_contract::{
    availability::v1::SearchSlotsRequest,
    booking::v1::{BookRequest, CancelRequest, Outcome, RescheduleRequest},
    convert::{to_wire_range, to_wire_time},
    event::v1::Appointment,
};
use jiff::{Timestamp, ToSpan as _};
use tokio::task::JoinSet;

use crate::{
    salon::{at, branch, company, service, staff},
    series::weekly,
    shop::{Shop, ayse, call, fresh, haircut, operator},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_change_hands_without_a_moment_in_between() {
    let shop = Shop::open().await;
    rebooked(&shop).await;
    moved(&shop).await;
    cut(&shop).await;
    rushed(&shop).await;
    shop.close().await;
}

/// Whether Sofia is offered at this time to somebody who is nobody in particular.
async fn offered(shop: &Shop, time: Timestamp) -> bool {
    let search = SearchSlotsRequest {
        company_id: company().to_string(),
        branch_id: branch("mitte").to_string(),
        service_id: service("schnitt").to_string(),
        staff_id: staff("sofia").to_string(),
        window: Some(to_wire_range(time, time + 1.minute())),
        ..SearchSlotsRequest::default()
    };
    !shop.availability.clone().search_slots(search).await.unwrap().into_inner().offers.is_empty()
}

async fn cancel(shop: &Shop, caller: &str, booked: &Appointment) {
    let request = CancelRequest {
        context: Some(call(caller, &fresh())),
        appointment: booked.appointment_id.clone(),
        identity: ayse(),
        ..CancelRequest::default()
    };
    let answer = shop.booking.clone().cancel(request).await.unwrap().into_inner();
    assert_eq!(answer.outcome(), Outcome::Cancelled);
}

/// A caller cancels and books the same time again, in the same call, again and again.
async fn rebooked(shop: &Shop) {
    let time = at(0, "10:00");
    for round in 0..8 {
        let caller = format!("call_round_{}", round / 2);
        let booked = shop.book(haircut(call(&caller, &fresh()), time)).await;
        assert_eq!(booked.outcome(), Outcome::Booked, "round {round}: {booked:?}");
        assert!(!offered(shop, time).await, "round {round}: offered to somebody else");
        cancel(shop, &caller, &booked.appointments[0]).await;
    }
    assert!(offered(shop, time).await);
}

/// The time an appointment was moved away from is free, the one it was moved to is not.
async fn moved(shop: &Shop) {
    let (from, to) = (at(1, "10:00"), at(1, "14:00"));
    let booked = shop.book(haircut(call("call_move", "tool_1"), from)).await.appointments.remove(0);
    let request = RescheduleRequest {
        context: Some(call("call_move", "tool_2")),
        appointment: booked.appointment_id,
        identity: ayse(),
        start: Some(to_wire_time(to)),
        ..RescheduleRequest::default()
    };
    let answer = shop.booking.clone().reschedule(request).await.unwrap().into_inner();
    assert_eq!(answer.outcome(), Outcome::Rescheduled);
    assert!(offered(shop, from).await);
    assert!(!offered(shop, to).await);
    assert_eq!(shop.book(haircut(call("call_next", "tool_1"), from)).await.outcome(), Outcome::Booked);
}

/// All times of a cancelled series are free, also those of its second half.
async fn cut(shop: &Shop) {
    let series =
        callflow_contract::booking::v1::SeriesRequest { time: "16:00".into(), ..weekly(&fresh(), "weekly:mo", 40) };
    let answer = shop.booking.clone().book_series(series.clone()).await.unwrap().into_inner();
    assert_eq!(answer.booked, 40, "{}", answer.detail);
    let request = CancelRequest {
        context: Some(operator(&fresh())),
        appointment: answer.occurrences[0].appointment.as_ref().unwrap().appointment_id.clone(),
        identity: ayse(),
        whole_series: true,
        ..CancelRequest::default()
    };
    assert_eq!(shop.booking.clone().cancel(request).await.unwrap().into_inner().appointments.len(), 40);
    let again = callflow_contract::booking::v1::SeriesRequest { context: Some(operator(&fresh())), ..series };
    assert_eq!(shop.booking.clone().book_series(again).await.unwrap().into_inner().booked, 40);
}

/// While others search the same day all the time, and so read and store it anew whenever it was changed, nobody is offered a
/// time whose booking has been answered, and everybody one whose cancellation has.
async fn rushed(shop: &Shop) {
    let times: Vec<_> = (0..4).map(|nth| at(3, "10:00") + (nth * 45).minutes()).collect();
    let mut all = JoinSet::new();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    for _ in 0..4 {
        let (availability, stopped) = (shop.availability.clone(), stopped.clone());
        all.spawn(async move {
            let search = SearchSlotsRequest {
                company_id: company().to_string(),
                branch_id: branch("mitte").to_string(),
                service_id: service("schnitt").to_string(),
                window: Some(to_wire_range(at(3, "09:00"), at(3, "18:00"))),
                all_starts: true,
                ..SearchSlotsRequest::default()
            };
            while !*stopped.borrow() {
                availability.clone().search_slots(search.clone()).await.unwrap();
            }
        });
    }
    for round in 0..3 {
        for (nth, time) in times.iter().enumerate() {
            let caller = format!("call_rush_{round}_{nth}");
            let request = BookRequest { ..haircut(call(&caller, "tool_1"), *time) };
            let booked = shop.book(request).await;
            assert_eq!(booked.outcome(), Outcome::Booked, "{booked:?}");
            assert!(!offered(shop, *time).await, "offered although it is booked");
            cancel(shop, &caller, &booked.appointments[0]).await;
            assert!(offered(shop, *time).await, "not offered although it is cancelled");
        }
    }
    stop.send(true).unwrap();
    all.join_all().await;
}
