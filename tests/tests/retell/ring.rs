//! The inbound question: what a caller is greeted with, again for a retry, and not at all when unwelcome.

use std::time::{Duration, Instant};

use callflow_contract::resolver::v1::{ApplyCatalogRequest, ExportCatalogRequest, resolver_client::ResolverClient};
use callflow_fleet::Fleet;
use serde_json::{Value, json};

use crate::platform::{Call, Platform, local_day, uuid};

pub(crate) async fn a_caller_is_greeted_with_everything_as_strings(salon: &Platform) {
    let (variables, call) = salon.ring("+491713920041", "+493023125100").await;
    assert!(variables.as_object().unwrap().values().all(Value::is_string), "{variables}");
    let text = |name: &str| variables[name].as_str().unwrap_or_else(|| panic!("no {name} in {variables}")).to_owned();
    assert_eq!(text("today"), local_day(0).strftime("%Y-%m-%d").to_string());
    for filled in ["weekday", "branch", "business_name", "location_id", "language", "next_slots", "greeting_name"] {
        let known = variables.get(filled).is_some_and(Value::is_string);
        assert!(known, "{filled} in {variables}");
    }
    assert_eq!((text("customer_known"), text("location_id")), ("false".into(), "berlin-mitte".into()));
    assert!(!text("next_slots").is_empty() && !text("recording_notice").is_empty(), "{variables}");
    // The metadata makes later requests fast: they need no second look.
    assert!(call.fields["metadata"]["branch_id"].as_str().is_some_and(|id| id.len() == 36), "{}", call.fields);
    // Who calls from Turkey is spoken to in Turkish, though the number's agent speaks German.
    let turkish = Call::new("+905301713920", "+493023125100");
    let answer = salon.post("inbound", &turkish.question()).await.json();
    assert_eq!(answer["call_inbound"]["agent_override"]["agent"]["language"], "tr-TR", "{answer}");
    // Withheld numbers are the common case, not an error.
    let (variables, _) = salon.ring("anonymous", "+493023125100").await;
    assert_eq!(variables["location_id"], "berlin-mitte", "{variables}");
    assert_ne!(variables["customer_known"], "true");
}

pub(crate) async fn the_same_call_gets_the_same_answer_from_every_process(fleet: &mut Fleet, salon: &Platform) {
    let twin = Platform { base: fleet.twin("ingress").await.unwrap().http.unwrap(), ..salon.clone() };
    let question = Call::new("+491713920043", "+493023125100").question();
    let first = salon.post("inbound", &question).await;
    // What was free for the first answer is taken now; a fresh answer would say something else.
    let mut other = salon.ring("+491713920044", "+493023125100").await.1;
    let taken = salon.free(&mut other, "Herrenhaarschnitt").await;
    let slot = taken["slots"][0]["slot_id"].clone();
    let args = json!({ "slot_id": slot, "customer_name": "Erika Muster" });
    assert_eq!(salon.ask(&mut other, "book_appointment", args).await["result"], "booked");
    for platform in [salon, &twin] {
        let again = platform.post("inbound", &question).await;
        assert_eq!(again.json(), first.json(), "a retry gets the answer of the first try");
    }
    // Both at once, at two processes: still one answer.
    let question = Call::new("+491713920045", "+493023125100").question();
    let (here, there) = tokio::join!(salon.post("inbound", &question), twin.post("inbound", &question));
    assert_eq!(here.json(), there.json());
}

pub(crate) async fn a_chat_is_answered_like_a_call(salon: &Platform) {
    let id = format!("chat_{}", uuid());
    let question = json!({ "event": "chat_inbound", "chat_inbound": {
        "chat_id": id, "from_number": "+491713920046", "to_number": "+493023125100" } });
    let answer = salon.post("inbound", &question).await.json();
    let connect = &answer["chat_inbound"];
    assert_eq!(connect["dynamic_variables"]["location_id"], "berlin-mitte", "{answer}");
    let chat =
        json!({ "chat_id": id, "chat_status": "ongoing", "chat_type": "sms_chat", "metadata": connect["metadata"] });
    assert_eq!(salon.post("events", &json!({ "event": "chat_started", "chat": chat })).await.status, 204);
    let day = local_day(3).strftime("%Y-%m-%d").to_string();
    let asked = json!({ "name": "check_availability", "chat": chat, "args": {
        "service": "Herrenhaarschnitt", "date": day, "date_to": local_day(13).strftime("%Y-%m-%d").to_string() } });
    assert_eq!(salon.tell(&asked).await["result"], "slots_found");
}

pub(crate) async fn unwelcome_callers_are_rejected(fleet: &Fleet, salon: &Platform) {
    let rejected = json!({ "call_inbound": { "reject": true } });
    // The demo company takes twenty calls of one number within an hour.
    for number in 1..=21 {
        let answer = salon.post("inbound", &Call::new("+491713920077", "+493023125100").question()).await.json();
        assert_eq!(answer == rejected, number == 21, "call {number}: {answer}");
    }
    let (variables, _) = salon.ring("+491713920078", "+493023125100").await;
    assert_eq!(variables["location_id"], "berlin-mitte", "others are welcome");

    let url = fleet.endpoints().services["resolver"].grpc.clone().unwrap();
    let mut resolver = ResolverClient::connect(url).await.unwrap();
    let exported = resolver.export_catalog(ExportCatalogRequest::default()).await.unwrap().into_inner();
    let mut catalog: Value = serde_json::from_str(&exported.document_json).unwrap();
    let companies = catalog["companies"].as_array_mut().unwrap();
    let company = companies.iter_mut().find(|company| company["slug"] == "haarwerk").unwrap();
    company["policies"]["reject"]["numbers"] = json!(["+4917139200*"]);
    let request = ApplyCatalogRequest { document_json: catalog.to_string(), dry_run: false };
    let applied = resolver.apply_catalog(request).await.unwrap().into_inner();
    assert!(applied.problems.is_empty(), "{:?}", applied.problems);
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let blocked = salon.post("inbound", &Call::new("+491713920079", "+493023125100").question()).await.json();
        if blocked == rejected {
            break;
        }
        assert!(Instant::now() < until, "a blocked number is still answered: {blocked}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let free = salon.post("inbound", &Call::new("+447700900199", "+493023125100").question()).await.json();
    assert_ne!(free, rejected);
}
