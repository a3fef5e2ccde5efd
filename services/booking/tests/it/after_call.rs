//! After the call: a wish that was left open is booked or becomes a callback, once however often it is heard of.

use callflow_contract::{
    event::v1::{CallEvent, Envelope},
    schema::seal,
};
use callflow_domain::id::MessageId;
use callflow_queue::{Message, topology::key};
use callflow_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    salon::{at, branch, company, monday},
    shop::{PATIENCE, Shop, fresh, haircut, operator},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_wish_is_booked_or_becomes_a_callback_once() {
    let shop = Shop::open().await;
    let day = monday().strftime("%d.%m.%Y").to_string();
    let complete = json!({
        "intent": "book", "appointment_booked": false, "customer_name": "Ayşe Yıldız", "service": "Haarschnitt",
        "date": day, "time": "11 Uhr",
    });
    tell(&shop, "call_complete", &complete).await;
    let booked = "SELECT count(*), min(source), min(call_id) FROM booking.appointment";
    settled(&shop, booked, "1|after_call|call_complete").await;

    // The same call is analysed again: nothing more happens, also not a callback.
    tell(&shop, "call_complete", &complete).await;
    let vague =
        json!({ "intent": "book", "appointment_booked": false, "service": "Haarschnitt", "date": "irgendwann" });
    tell(&shop, "call_vague", &vague).await;
    settled(
        &shop,
        "SELECT count(*), min(call_id), min(known->>'date') FROM booking.callback",
        "1|call_vague|irgendwann",
    )
    .await;
    tell(&shop, "call_vague", &vague).await;
    // What is complete but taken becomes a callback with all that is known.
    let taken = shop.book(haircut(operator(&fresh()), at(1, "11:00"))).await;
    assert_eq!(taken.appointments.len(), 1);
    let asked_for_nothing = json!({ "intent": "question" });
    tell(&shop, "call_question", &asked_for_nothing).await;
    let wants_call = json!({ "intent": "question", "callback_requested": true, "reason": "Beschwerde" });
    tell(&shop, "call_upset", &wants_call).await;
    settled(&shop, "SELECT string_agg(call_id, ',' ORDER BY call_id) FROM booking.callback", "call_upset,call_vague")
        .await;
    assert_eq!(shop.sql("SELECT count(*) FROM booking.appointment WHERE source = 'after_call'").await, "1");
    assert_eq!(shop.heard("CallbackRequested", 2).await.len(), 2);
    shop.close().await;
}

async fn settled(shop: &Shop, query: &str, expected: &str) {
    wait_for("the wish to be looked after", PATIENCE, async || {
        let found = shop.sql(query).await;
        if found == expected { Ok(()) } else { Err(found) }
    })
    .await;
}

/// Publishes an analysis as ingress does.
async fn tell(shop: &Shop, call: &str, findings: &Value) {
    let payload = json!({ "event": "call_analyzed", "call": {
        "call_id": call, "call_type": "phone_call", "direction": "inbound", "from_number": "+491713920017",
        "to_number": "+493023125100", "end_timestamp": jiff::Timestamp::now().as_millisecond(),
        "metadata": { "branch_id": branch("mitte").to_string() },
        "call_analysis": { "custom_analysis_data": findings },
    }});
    let event = CallEvent {
        event: "call_analyzed".into(),
        call_id: call.into(),
        payload: payload.to_string().into_bytes(),
        ..CallEvent::default()
    };
    let envelope = Envelope {
        message_id: MessageId(Uuid::now_v7()).to_string(),
        correlation_id: call.into(),
        company_id: company().to_string(),
        ..Envelope::default()
    };
    let message = Message::event(key::CALL_ANALYZED, &seal(&event, envelope)).unwrap();
    shop.publisher.publish(message).await.unwrap();
}
