//! Functions in the middle of a call: what is understood, what is said, and that nothing is done twice.

use std::time::Duration;

use callflow_retell::signature::HEADER;
use callflow_testkit::wait_for;
use reqwest::Method;
use serde_json::{Value, json};

use crate::platform::{Call, Platform, local_day};

const TO: &str = "+493023125100";

fn day(days: i64) -> String {
    local_day(days).strftime("%Y-%m-%d").to_string()
}

pub(crate) async fn a_caller_books_moves_and_cancels(salon: &Platform) {
    let (_, mut call) = salon.ring("+491713920052", TO).await;
    assert_eq!(salon.ask(&mut call, "get_customer", json!({})).await["result"], "not_found");
    let found = salon.free(&mut call, "Herrenhaarschnitt").await;
    assert_eq!(found["result"], "slots_found", "{found}");
    let slots = found["slots"].as_array().unwrap();
    assert!((1..=5).contains(&slots.len()) && slots.iter().all(|slot| slot["spoken"].is_string()), "{found}");
    // What was offered is held: another caller is not offered the same.
    let (_, mut rival) = salon.ring("+491713920053", TO).await;
    let other = salon.free(&mut rival, "Herrenhaarschnitt").await;
    let ids = |found: &Value| {
        found["slots"].as_array().unwrap().iter().map(|slot| slot["slot_id"].clone()).collect::<Vec<_>>()
    };
    assert!(ids(&other).iter().all(|id| !ids(&found).contains(id)), "{other}");

    let asked = json!({ "slot_id": slots[0]["slot_id"] });
    let nameless = salon.ask(&mut call, "book_appointment", asked).await;
    assert_eq!((&nameless["result"], &nameless["field"]), (&json!("missing_field"), &json!("customer_name")));
    let asked = json!({ "slot_id": slots[0]["slot_id"], "customer_name": "Erika Muster" });
    let booked = salon.ask(&mut call, "book_appointment", asked).await;
    assert_eq!((&booked["result"], &booked["start"]), (&json!("booked"), &slots[0]["start"]), "{booked}");
    let code = booked["confirmation_code"].as_str().unwrap();

    let listed = salon.ask(&mut call, "list_appointments", json!({})).await;
    assert_eq!(listed["result"], "appointments_found", "{listed}");
    let later = salon.free(&mut call, "Herrenhaarschnitt").await;
    let asked = json!({ "appointment_id": booked["appointment_id"], "new_slot_id": later["slots"][1]["slot_id"] });
    let moved = salon.ask(&mut call, "reschedule_appointment", asked).await;
    assert_eq!((&moved["result"], &moved["start"]), (&json!("rescheduled"), &later["slots"][1]["start"]), "{moved}");

    // Somebody without a number and without the code changes nothing.
    let (_, mut stranger) = salon.ring("anonymous", TO).await;
    let refused =
        salon.ask(&mut stranger, "cancel_appointment", json!({ "appointment_id": booked["appointment_id"] })).await;
    assert_eq!(refused["ok"], false, "{refused}");
    let known = salon.ask(&mut stranger, "get_customer", json!({ "confirmation_code": code })).await;
    assert_eq!(known["result"], "found", "{known}");
    // With the name, too, the resolver knows who it is, as soon as it has heard of the booking.
    wait_for("the stranger to be recognised", Duration::from_secs(20), async || {
        let asked = json!({ "confirmation_code": code, "name": "Erika" });
        let known = salon.ask(&mut stranger, "get_customer", asked).await;
        let is_known = known["customer_id"].as_str().is_some_and(|id| !id.is_empty());
        if is_known { Ok(()) } else { Err(known) }
    })
    .await;
    let gone = salon.ask(&mut call, "cancel_appointment", json!({})).await;
    assert_eq!(gone["result"], "cancelled", "{gone}");
    let none = salon.ask(&mut call, "list_appointments", json!({})).await;
    assert_eq!(none["result"], "no_appointments", "{none}");
    let callback = salon.ask(&mut call, "request_callback", json!({ "reason": "Brautfrisur" })).await;
    assert_eq!(callback["result"], "callback_requested", "{callback}");
}

pub(crate) async fn one_wish_is_booked_once(salon: &Platform) {
    let (_, mut call) = salon.ring("+491713920054", TO).await;
    let found = salon.free(&mut call, "Bart").await;
    let args = json!({ "slot_id": found["slots"][0]["slot_id"], "customer_name": "Erika Muster" });
    let body = call.next_tool("book_appointment", &args);
    // The platform delivers it three times at once.
    let (first, second, third) = tokio::join!(salon.tell(&body), salon.tell(&body), salon.tell(&body));
    let mut results = [&first, &second, &third].map(|answer| answer["result"].as_str().unwrap().to_owned());
    results.sort();
    assert_eq!(results, ["already_booked", "already_booked", "booked"], "{first} {second} {third}");
    assert!(first["appointment_id"] == second["appointment_id"] && second["appointment_id"] == third["appointment_id"]);
    // The model asks again, with another tool call id.
    let again = salon.ask(&mut call, "book_appointment", args).await;
    assert_eq!((&again["result"], &again["appointment_id"]), (&json!("already_booked"), &first["appointment_id"]));
    // The same tool call with another body is refused, not booked.
    let mut changed = body.clone();
    changed["args"]["slot_id"] = found["slots"][1]["slot_id"].clone();
    let refused = salon.tell(&changed).await;
    assert_ne!(refused["result"], "booked", "{refused}");
    let listed = salon.ask(&mut call, "list_appointments", json!({})).await;
    assert_eq!(listed["appointments"].as_array().unwrap().len(), 1, "{listed}");
    // A placeholder from the model's imagination says nothing about who calls.
    let mut invented = call.next_tool("list_appointments", &json!({ "call_id": "call_001", "from_number": "1" }));
    invented["args"]["phone"] = json!("+491713920052");
    assert_eq!(salon.tell(&invented).await["appointments"].as_array().unwrap().len(), 1);
}

pub(crate) async fn junk_is_understood_or_answered_in_words(salon: &Platform) {
    let (_, mut call) = salon.ring("+491713920055", TO).await;
    let from = |date: &str| json!({ "service": "Herrenhaarschnitt", "date": date });
    for past in ["2023-06-13", "gestern", "13.06.2023"] {
        let told = salon.ask(&mut call, "check_availability", from(past)).await;
        assert_eq!(
            (&told["result"], &told["field"], &told["ok"]),
            (&json!("invalid_date"), &json!("date"), &json!(false)),
            "{past}: {told}"
        );
    }
    for nonsense in ["am Sankt-Nimmerleins-Tag", "{{date}}", "32.13.2027"] {
        let told = salon.ask(&mut call, "check_availability", from(nonsense)).await;
        assert!(
            matches!(
                told["result"].as_str(),
                Some("invalid_date" | "missing_field" | "unclear" | "slots_found" | "no_slots")
            ),
            "{nonsense}: {told}"
        );
        assert_ne!(told["result"], "temporarily_unavailable");
    }
    let (start, end) = (day(1), day(14));
    let range = |more: Value| {
        let mut args = json!({ "date": start, "date_to": end });
        args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        args
    };
    for (what, more) in [
        ("an alias", json!({ "service": "Haare schneiden" })),
        ("an alias of another language", json!({ "service": "men's haircut" })),
        ("a nickname", json!({ "service": "Herrenhaarschnitt", "staff": "Memo" })),
        ("a nickname with an article", json!({ "service": "Herrenhaarschnitt", "staff": "bei der Sofie" })),
        ("anybody", json!({ "service": "Herrenhaarschnitt", "staff": "egal" })),
        (
            "numbers as strings",
            json!({ "service": "Herrenhaarschnitt", "people": "1", "time_from": "10", "time_to": "18:00" }),
        ),
        ("a number as a number", json!({ "service": "Herrenhaarschnitt", "time_from": 10 })),
        ("a list of one", json!({ "services": ["Herrenhaarschnitt"] })),
        (
            "keys nobody asked for",
            json!({ "service": "Herrenhaarschnitt", "foo": { "bar": [null] }, "duration": "lang" }),
        ),
    ] {
        let told = salon.ask(&mut call, "check_availability", range(more)).await;
        assert_eq!(told["result"], "slots_found", "{what}: {told}");
        if what.contains("Memo") || what == "a nickname" {
            assert!(told["slots"].as_array().unwrap().iter().all(|slot| slot["staff"] == "Mehmet"), "{told}");
        }
    }
    let told = salon.ask(&mut call, "check_availability", range(json!({ "service": "Ölwechsel" }))).await;
    assert_eq!(told["result"], "unknown_service", "{told}");
    let told = salon
        .ask(&mut call, "check_availability", range(json!({ "service": "Herrenhaarschnitt", "staff": "Wladimir" })))
        .await;
    assert_eq!(told["result"], "unknown_staff", "{told}");
    let together = json!({ "services": ["Färben", "Dauerwelle"] });
    let told = salon.ask(&mut call, "check_availability", range(together)).await;
    assert_eq!(told["result"], "forbidden_combination", "{told}");
    let args = json!({ "slot_id": "sl_b7f1", "customer_name": "Erika Muster" });
    assert_eq!(salon.ask(&mut call, "book_appointment", args).await["result"], "unknown_slot");
    assert_eq!(salon.ask(&mut call, "order_pizza", json!({})).await["result"], "unknown_function");
}

pub(crate) async fn five_languages_are_spoken(salon: &Platform) {
    let (_, call) = salon.ring("+491713920056", TO).await;
    let mut call = call;
    let mut told = Vec::new();
    for (language, marks) in
        [("de-DE", "Uhr"), ("en-GB", " with "), ("tr-TR", "saat"), ("ru-RU", "специалист"), ("ar-SA", "الساعة")]
    {
        call = call.speaking(language);
        let message = salon.free(&mut call, "Herrenhaarschnitt").await["message"].as_str().unwrap().to_owned();
        assert!(message.contains(marks), "{language}: {message}");
        let past = salon
            .ask(&mut call, "check_availability", json!({ "service": "Herrenhaarschnitt", "date": "2023-06-13" }))
            .await;
        told.push((message, past["message"].as_str().unwrap().to_owned()));
    }
    for (at, one) in told.iter().enumerate() {
        for other in &told[at + 1..] {
            assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
        }
    }
}

pub(crate) async fn functions_come_by_every_method(salon: &Platform) {
    let (start, end) = (day(1), day(14));
    let args = json!({ "service": "Herrenhaarschnitt", "date": start, "date_to": end }).to_string();
    let url = salon.url("functions/check_availability");
    let call = Call::new("+491713920057", TO);
    let who = [
        ("x-call-id", call.id.as_str()),
        ("x-caller-number", "+491713920057"),
        ("x-dialled-number", TO),
        ("x-language", "en-US"),
    ];
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let signature = salon.signature(args.as_bytes());
        let headers = [&who[..], &[(HEADER, signature.as_str())]].concat();
        let response = salon.send(method.clone(), &url, args.as_bytes(), &headers).await;
        let told: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(told["result"], "slots_found", "{method}: {told}");
    }
    let query = format!("{url}?service=Herrenhaarschnitt&date={start}&date_to={end}");
    for method in [Method::GET, Method::DELETE] {
        let signature = salon.signature(b"");
        let headers = [&who[..], &[(HEADER, signature.as_str())]].concat();
        let response = salon.send(method.clone(), &query, b"", &headers).await;
        let told: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(told["result"], "slots_found", "{method}: {told}");
    }
    // Books by arguments alone, twice: the body is the same wish.
    let signature = salon.signature(args.as_bytes());
    let headers = [&who[..], &[(HEADER, signature.as_str())]].concat();
    let response = salon.send(Method::POST, &url, args.as_bytes(), &headers).await;
    let told: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let book = json!({ "slot_id": told["slots"][0]["slot_id"], "customer_name": "Erika Muster" }).to_string();
    for expected in ["booked", "already_booked"] {
        let signature = salon.signature(book.as_bytes());
        let headers = [&who[..], &[(HEADER, signature.as_str())]].concat();
        let response =
            salon.send(Method::POST, &salon.url("functions/book_appointment"), book.as_bytes(), &headers).await;
        let told: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(told["result"], expected, "{told}");
    }
}
