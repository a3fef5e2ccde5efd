//! Cancelling and moving: who may, how late, and what stays.

use callflow_contract::{
    availability::v1::NoSlotReason,
    booking::v1::{
        CancelRequest, CancelResponse, FindForCallerRequest, Identity, Outcome, RescheduleRequest, WriteContext,
    },
    convert::to_wire_time,
    event::v1::{Appointment, AppointmentCancelled, AppointmentRescheduled},
    schema::open,
};
use jiff::Timestamp;

use crate::{
    salon::{at, before, company, staff},
    shop::{Shop, ayse, call, code, fresh, haircut, operator},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_follow_policy_and_identity() {
    let shop = Shop::open().await;
    notice(&shop).await;
    identity(&shop).await;
    guessing(&shop).await;
    moving(&shop).await;
    shop.close().await;
}

async fn booked(shop: &Shop, start: Timestamp) -> Appointment {
    let answer = shop.book(haircut(operator(&fresh()), start)).await;
    assert_eq!(answer.outcome(), Outcome::Booked, "{answer:?}");
    answer.appointments[0].clone()
}

fn cancel(context: WriteContext, which: &str, identity: Option<Identity>, now: Timestamp) -> CancelRequest {
    CancelRequest {
        context: Some(context),
        appointment: which.into(),
        identity,
        now: Some(to_wire_time(now)),
        ..CancelRequest::default()
    }
}

async fn cancelled(shop: &Shop, request: CancelRequest) -> CancelResponse {
    shop.booking.clone().cancel(request).await.unwrap().into_inner()
}

async fn notice(shop: &Shop) {
    let start = at(0, "10:00");
    let early = booked(shop, start).await;
    let answer = cancelled(shop, cancel(operator(&fresh()), &early.appointment_id, ayse(), before(start, 1440))).await;
    assert_eq!((answer.outcome(), answer.detail.as_str()), (Outcome::Cancelled, ""));
    let event: AppointmentCancelled = open(&shop.heard("AppointmentCancelled", 1).await[0]).unwrap();
    assert_eq!(event.appointments, answer.appointments);
    assert_eq!(event.appointments[0].status, "cancelled");
    let again = cancelled(shop, cancel(operator(&fresh()), &early.appointment_id, ayse(), before(start, 1440))).await;
    assert_eq!(again.outcome(), Outcome::AlreadyCancelled);

    let late = booked(shop, start).await;
    let answer = cancelled(shop, cancel(operator(&fresh()), &late.appointment_id, ayse(), before(start, 1439))).await;
    assert_eq!((answer.outcome(), answer.detail.as_str()), (Outcome::Cancelled, "within the notice period"));

    let past = booked(shop, start).await;
    let answer = cancelled(shop, cancel(operator(&fresh()), &past.appointment_id, ayse(), before(start, 0))).await;
    assert_eq!(answer.outcome(), Outcome::TooLate);
    let operator_may = Some(Identity { operator: true, ..Identity::default() });
    let answer =
        cancelled(shop, cancel(operator(&fresh()), &past.appointment_id, operator_may, before(start, 0))).await;
    assert_eq!(answer.outcome(), Outcome::Cancelled, "an operator tidies up whenever");
    let audit = "SELECT action, count(*) FROM booking.audit GROUP BY action ORDER BY action";
    assert_eq!(shop.sql(audit).await, "book|3\ncancel|3");
}

/// A number or a code proves whose appointment it is; neither says nothing about it.
async fn identity(shop: &Shop) {
    let start = at(1, "10:00");
    let mine = booked(shop, start).await;
    let now = before(start, 3000);
    let try_with = async |which: &str, identity| {
        cancelled(shop, cancel(call(&format!("call_{}", fresh()), "tool"), which, identity, now)).await.outcome()
    };
    let stranger = Some(Identity { phone: "+491713920018".into(), ..Identity::default() });
    assert_eq!(try_with(&mine.appointment_id, stranger).await, Outcome::NotIdentified);
    assert_eq!(try_with(&mine.appointment_id, None).await, Outcome::NotIdentified);
    assert_eq!(try_with(&mine.appointment_id, code("KKKKK")).await, Outcome::NotIdentified);

    let find = |identity| FindForCallerRequest {
        company_id: company().to_string(),
        identity,
        now: Some(to_wire_time(now)),
        ..FindForCallerRequest::default()
    };
    let mut booking = shop.booking.clone();
    let spoken: String = mine.confirmation_code.chars().map(|symbol| format!("{symbol} ")).collect();
    for identity in [ayse(), code(&spoken.to_lowercase())] {
        let found = booking.find_for_caller(find(identity)).await.unwrap().into_inner();
        assert_eq!(found.appointments, std::slice::from_ref(&mine));
    }
    assert_eq!(try_with(&mine.appointment_id, code(&mine.confirmation_code)).await, Outcome::Cancelled);
}

async fn guessing(shop: &Shop) {
    let now = before(at(1, "10:00"), 3000);
    for attempt in 0..6 {
        let guess = cancel(call("call_guess", &attempt.to_string()), "KKKK2", None, now);
        let expected = if attempt < 5 { Outcome::NotFound } else { Outcome::Limited };
        assert_eq!(cancelled(shop, guess).await.outcome(), expected, "attempt {attempt}");
    }
    // Asking for appointments by code is guessing, too; and whoever guesses no more is found by the number.
    let find = |identity| FindForCallerRequest {
        company_id: company().to_string(),
        identity,
        owner: "call_guess".into(),
        now: Some(to_wire_time(now)),
        ..FindForCallerRequest::default()
    };
    let outcome =
        async |identity| shop.booking.clone().find_for_caller(find(identity)).await.unwrap().into_inner().outcome();
    assert_eq!(outcome(code("KKKK2")).await, Outcome::Limited);
    assert_eq!(outcome(None).await, Outcome::NotIdentified);
    assert_eq!(outcome(ayse()).await, Outcome::Unspecified);
}

async fn moving(shop: &Shop) {
    let (start, to) = (at(2, "10:00"), at(2, "15:00"));
    let old = booked(shop, start).await;
    let busy = booked(shop, at(2, "13:00")).await;
    let request = |key: &str, to, now| RescheduleRequest {
        context: Some(operator(key)),
        appointment: old.appointment_id.clone(),
        identity: ayse(),
        start: Some(to_wire_time(to)),
        now: Some(to_wire_time(now)),
        ..RescheduleRequest::default()
    };
    let moved = async |request| shop.booking.clone().reschedule(request).await.unwrap().into_inner();
    assert_eq!(moved(request(&fresh(), to, before(start, 119))).await.outcome(), Outcome::TooLate);
    let taken = moved(request(&fresh(), at(2, "13:15"), before(start, 3000))).await;
    assert_eq!((taken.outcome(), taken.reason()), (Outcome::Taken, NoSlotReason::FullyBooked));
    assert!(!taken.alternatives.is_empty());
    assert_eq!(
        shop.sql(&format!("SELECT status FROM booking.appointment WHERE id = '{}'", old.appointment_id)).await,
        "active"
    );

    let key = fresh();
    let done = moved(request(&key, to, before(start, 120))).await;
    let new = done.appointments[0].clone();
    assert_eq!(
        (done.outcome(), new.start, new.staff_id.as_str()),
        (Outcome::Rescheduled, Some(to_wire_time(to)), old.staff_id.as_str())
    );
    assert_eq!((&new.confirmation_code, &new.person), (&old.confirmation_code, &old.person), "code and person stay");
    assert_eq!(moved(request(&key, to, before(start, 120))).await.appointments, done.appointments);
    assert_eq!(moved(request(&fresh(), at(2, "16:00"), before(start, 120))).await.outcome(), Outcome::AlreadyCancelled);
    let event: AppointmentRescheduled = open(&shop.heard("AppointmentRescheduled", 1).await[0]).unwrap();
    assert_eq!((event.from.as_ref().unwrap().status.as_str(), event.to.as_ref()), ("rescheduled", Some(&new)));
    assert_eq!(event.from.unwrap().appointment_id, old.appointment_id);

    // Fifteen minutes later, over its own former time, with somebody else in between refused.
    let mut nudge = request(&fresh(), at(2, "15:15"), before(start, 120));
    nudge.appointment = new.confirmation_code.clone();
    let nudged = moved(nudge).await;
    assert_eq!(
        (nudged.outcome(), nudged.appointments[0].staff_id.clone()),
        (Outcome::Rescheduled, staff("sofia").to_string())
    );
    let mut onto = request(&fresh(), at(2, "13:00"), before(start, 120));
    onto.appointment = new.confirmation_code.clone();
    assert_eq!(moved(onto).await.outcome(), Outcome::Taken);
    let active = "SELECT count(*) FROM booking.appointment WHERE status = 'active' AND starts_at >= ";
    assert_eq!(shop.sql(&format!("{active}'{}'", at(2, "00:00"))).await, "2");
    assert_eq!(busy.status, "active");
}
