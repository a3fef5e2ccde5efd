//! A request is carried out once: repeats, other bodies, duplicates at the same time, the same wish under another key.

use callflow_contract::{
    booking::v1::{BookRequest, CancelRequest, Outcome, RequestCallbackRequest},
    convert::to_wire_time,
};
use callflow_testkit::wait_for;
use tokio::task::JoinSet;

use crate::{
    salon::at,
    shop::{PATIENCE, Shop, ayse, call, fresh, haircut, operator, person},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_carried_out_once() {
    let shop = Shop::open().await;
    repeats(&shop).await;
    duplicates(&shop).await;
    intents(&shop).await;
    refusals(&shop).await;
    callbacks(&shop).await;
    forgotten(&shop).await;
    shop.close().await;
}

async fn repeats(shop: &Shop) {
    let request = haircut(operator("once"), at(0, "10:00"));
    let first = shop.book(request.clone()).await;
    assert_eq!(first.outcome(), Outcome::Booked);
    let again = shop.book(BookRequest { now: Some(to_wire_time(at(-1, "10:00"))), ..request.clone() }).await;
    assert_eq!((again.outcome(), &again.appointments), (Outcome::Replayed, &first.appointments));

    let other = haircut(operator("once"), at(0, "12:00"));
    let refused = shop.booking.clone().book(other).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition, "{refused:?}");
    assert_eq!(shop.active().await, 1);
}

/// Whoever asks while the first one is being carried out waits for it and gets its answer.
async fn duplicates(shop: &Shop) {
    let before = shop.active().await;
    let request = haircut(call("call_twins", "tool_1"), at(0, "14:00"));
    let mut all = JoinSet::new();
    for _ in 0..24 {
        let (mut booking, request) = (shop.booking.clone(), request.clone());
        all.spawn(async move { booking.book(request).await.unwrap().into_inner() });
    }
    let answers = all.join_all().await;
    let id = &answers[0].appointments[0].appointment_id;
    assert!(
        answers.iter().all(|answer| answer.appointments.len() == 1 && &answer.appointments[0].appointment_id == id)
    );
    assert_eq!(answers.iter().filter(|answer| answer.outcome() == Outcome::Booked).count(), 1);
    assert_eq!(shop.active().await, before + 1);
}

/// A model that asks twice with two tool calls books once; after a cancellation the wish is a new one.
async fn intents(shop: &Shop) {
    let wish = |tool: &str| {
        let mut request = haircut(call("call_intent", tool), at(1, "10:00"));
        request.context.as_mut().unwrap().intent_key = "call/call_intent/schnitt@10".into();
        request
    };
    let first = shop.book(wish("tool_1")).await;
    let second = shop.book(wish("tool_2")).await;
    assert_eq!((second.outcome(), &second.appointments), (Outcome::Replayed, &first.appointments));
    let cancel = CancelRequest {
        context: Some(call("call_intent", "tool_3")),
        appointment: first.appointments[0].appointment_id.clone(),
        identity: ayse(),
        ..CancelRequest::default()
    };
    let cancelled = shop.booking.clone().cancel(cancel).await.unwrap().into_inner();
    assert_eq!(cancelled.outcome(), Outcome::Cancelled);
    let anew = shop.book(wish("tool_4")).await;
    assert_eq!(anew.outcome(), Outcome::Booked, "the time is free at once");
    assert_ne!(anew.appointments[0].appointment_id, first.appointments[0].appointment_id);
    assert_eq!(shop.book(wish("tool_1")).await.outcome(), Outcome::Replayed, "its key keeps its answer");
}

/// A refusal is repeated under its key, and the wish may be tried again under another.
async fn refusals(shop: &Shop) {
    let request = haircut(operator("refused"), at(0, "10:15"));
    let first = shop.book(request.clone()).await;
    assert_eq!(first.outcome(), Outcome::Taken);
    let kept = shop.sql("SELECT id FROM booking.appointment WHERE status = 'active' ORDER BY starts_at LIMIT 1").await;
    let cancel = CancelRequest {
        context: Some(operator(&fresh())),
        appointment: kept,
        identity: ayse(),
        ..CancelRequest::default()
    };
    shop.booking.clone().cancel(cancel).await.unwrap();
    assert_eq!(shop.book(request).await, first, "the same key gets the same answer");
}

async fn callbacks(shop: &Shop) {
    let request = |tool: &str, reason: &str| RequestCallbackRequest {
        context: Some(call("call_back", tool)),
        person: Some(person()),
        reason: reason.into(),
        known: [("service".to_owned(), "Haarschnitt".to_owned())].into(),
        ..RequestCallbackRequest::default()
    };
    let mut booking = shop.booking.clone();
    let first = booking.request_callback(request("tool_1", "Farbe")).await.unwrap().into_inner();
    let repeat = booking.request_callback(request("tool_1", "Farbe")).await.unwrap().into_inner();
    let again = booking.request_callback(request("tool_2", "Strähnen")).await.unwrap().into_inner();
    assert!(!first.replayed && repeat.replayed && again.replayed);
    assert_eq!((&first.callback_id, &first.callback_id), (&repeat.callback_id, &again.callback_id));
    assert_eq!(shop.sql("SELECT count(*), min(reason) FROM booking.callback").await, "1|Strähnen");
    assert_eq!(shop.heard("CallbackRequested", 1).await.len(), 1);
}

/// Answers are kept for a month, and as long as what was booked is still to come.
async fn forgotten(shop: &Shop) {
    let refused = shop.book(haircut(operator("old_refused"), at(0, "14:15"))).await;
    assert_eq!(refused.outcome(), Outcome::Taken);
    let coming = shop.book(haircut(operator("old_coming"), at(3, "10:00"))).await;
    let recent = shop.book(haircut(operator("recent"), at(3, "12:00"))).await;
    assert_eq!((coming.outcome(), recent.outcome()), (Outcome::Booked, Outcome::Booked));
    shop.sql("UPDATE booking.request SET created_at = now() - interval '31 days' WHERE key LIKE 'old_%'").await;
    wait_for("the old answer to be forgotten", PATIENCE, async || {
        let keys =
            "SELECT string_agg(key, ',' ORDER BY key) FROM booking.request WHERE key LIKE 'old_%' OR key = 'recent'";
        let kept = shop.sql(keys).await;
        if kept == "old_coming,recent" { Ok(()) } else { Err(kept) }
    })
    .await;
    assert_eq!(shop.book(haircut(operator("old_coming"), at(3, "10:00"))).await.outcome(), Outcome::Replayed);
}
