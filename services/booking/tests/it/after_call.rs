//! After the call: a wish that was left open is booked or becomes a callback, once however often it is heard of.

use callflow_contract::{
    booking::v1::{BookRequest, Outcome},
    event::v1::{CallEvent, Envelope},
    schema::seal,
};
use callflow_domain::id::{CompanyId, MessageId};
use callflow_queue::{Message, topology::key};
use callflow_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    salon::{at, company, monday, other as company_without_auto_booking, staff},
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
    taken(&shop, &complete).await;
    asked_for(&shop).await;
    let asked_for_nothing = json!({ "intent": "question" });
    tell(&shop, "call_question", &asked_for_nothing).await;
    let wants_call = json!({ "intent": "question", "callback_requested": true, "reason": "Beschwerde" });
    tell(&shop, "call_upset", &wants_call).await;
    settled(
        &shop,
        "SELECT string_agg(call_id, ',' ORDER BY call_id) FROM booking.callback",
        "call_not_allowed,call_taken,call_upset,call_vague",
    )
    .await;
    assert_eq!(shop.sql("SELECT count(*) FROM booking.appointment WHERE source = 'after_call'").await, "2");
    assert_eq!(shop.heard("CallbackRequested", 4).await.len(), 4);
    shop.close().await;
}

/// What is complete but not to be had becomes a callback with all that is known; so does what the company does not allow.
async fn taken(shop: &Shop, complete: &Value) {
    for who in ["sofia", "emre", "ada"] {
        let rival = BookRequest { staff_id: staff(who).to_string(), ..haircut(operator(&fresh()), at(1, "11:00")) };
        assert_eq!(shop.book(rival).await.outcome(), Outcome::Booked);
    }
    let mut wish = complete.clone();
    wish["date"] = json!(monday().tomorrow().unwrap().strftime("%d.%m.%Y").to_string());
    tell(shop, "call_taken", &wish).await;
    tell_of(shop, company_without_auto_booking(), "call_not_allowed", complete).await;
    let known = "SELECT call_id, kind, status, known->>'service', known->>'time', known->>'customer_name'
        FROM booking.callback WHERE call_id IN ('call_taken', 'call_not_allowed') ORDER BY call_id DESC";
    let expected =
        ["call_taken", "call_not_allowed"].map(|call| format!("{call}|wish|open|Haarschnitt|11 Uhr|Ayşe Yıldız"));
    settled(shop, known, &expected.join("\n")).await;
    // Told once more, in case somebody doubts it.
    tell(shop, "call_taken", &wish).await;
}

/// A wish that came as an event of its own is booked like one found in an analysis.
async fn asked_for(shop: &Shop) {
    let day = monday().checked_add(jiff::Span::new().days(2)).unwrap();
    let payload = json!({ "event": "appointment_requested",
        "call": { "call_id": "call_asked", "call_type": "phone_call", "direction": "inbound", "from_number": "+491713920017",
            "to_number": "+493023125100", "metadata": { "branch_id": company().branch("mitte").to_string() } },
        "appointment": { "customer_name": "Ayşe Yıldız", "service": "Haarschnitt",
            "date": day.strftime("%d.%m.%Y").to_string(), "time": "14 Uhr" },
    });
    publish(shop, company(), "call_asked", "appointment_requested", key::APPOINTMENT_REQUESTED, &payload).await;
    let booked =
        "SELECT call_id, source, starts_at AT TIME ZONE 'UTC' FROM booking.appointment WHERE call_id = 'call_asked'";
    let at = at(2, "14:00").to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string();
    settled(shop, booked, &format!("call_asked|after_call|{at}")).await;
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
    tell_of(shop, company(), call, findings).await;
}

async fn tell_of(shop: &Shop, company: CompanyId, call: &str, findings: &Value) {
    let payload = json!({ "event": "call_analyzed", "call": {
        "call_id": call, "call_type": "phone_call", "direction": "inbound", "from_number": "+491713920017",
        "to_number": "+493023125100", "end_timestamp": jiff::Timestamp::now().as_millisecond(),
        "metadata": { "branch_id": company.branch("mitte").to_string() },
        "call_analysis": { "custom_analysis_data": findings },
    }});
    publish(shop, company, call, "call_analyzed", key::CALL_ANALYZED, &payload).await;
}

async fn publish(shop: &Shop, company: CompanyId, call: &str, kind: &str, routing_key: &str, payload: &Value) {
    let event = CallEvent {
        event: kind.into(),
        call_id: call.into(),
        payload: payload.to_string().into_bytes(),
        ..CallEvent::default()
    };
    let envelope = Envelope {
        message_id: MessageId(Uuid::now_v7()).to_string(),
        correlation_id: call.into(),
        company_id: company.to_string(),
        ..Envelope::default()
    };
    shop.publisher.publish(Message::event(routing_key, &seal(&event, envelope)).unwrap()).await.unwrap();
}
