//! Callback tasks and the audit trail.

use callflow_domain::{
    id::{AppointmentId, CallId, CallbackId, CompanyId},
    masked::{CustomerName, PersonalText},
};
use callflow_store::{
    Person,
    audit::{self, Actor, Entry},
    callback::{self, NewCallback, Status},
    role::Role,
};
use serde_json::json;

use crate::{
    fixture::TestDatabase,
    salon::{self, at, haircut, new_id},
};

#[tokio::test]
async fn one_call_has_one_task_of_each_kind_which_learns() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let task = NewCallback {
        id: CallbackId(new_id()),
        branch: Some(salon::id().branch("mitte")),
        call: CallId::parse("call_1"),
        kind: "wish".into(),
        person: haircut("09:00").person,
        reason: PersonalText::new("möchte einen Termin"),
        known: json!({"service": "schnitt", "day": "monday"}),
        due_at: None,
        at: at("08:30"),
    };
    let mut tx = booking.begin().await.unwrap();
    let (first, new) = callback::note(&mut tx, salon::id(), &task).await.unwrap();
    assert!(new && first.id == task.id && first.status == Status::Open);
    let more = NewCallback {
        id: CallbackId(new_id()),
        branch: None,
        person: Person { name: Some(CustomerName::new("Ayşe Y.")), ..Person::default() },
        known: json!({"day": "tuesday", "staff": "sofia"}),
        due_at: Some(at("09:00")),
        ..task.clone()
    };
    let (again, new) = callback::note(&mut tx, salon::id(), &more).await.unwrap();
    assert!(!new && again.id == task.id);
    assert_eq!(again.known, json!({"service": "schnitt", "day": "tuesday", "staff": "sofia"}));
    assert_eq!((again.branch, again.due_at), (task.branch, more.due_at));
    assert_eq!(again.person.phone, task.person.phone);
    assert_eq!(again.person.name.unwrap().expose(), "Ayşe Y.");
    let without_call = NewCallback { id: CallbackId(new_id()), call: None, ..task.clone() };
    assert!(callback::note(&mut tx, salon::id(), &without_call).await.unwrap().1);
    assert!(callback::close(&mut tx, salon::id(), task.id, Status::Done).await.unwrap());
    assert!(!callback::close(&mut tx, salon::id(), task.id, Status::Dropped).await.unwrap());
    assert!(!callback::close(&mut tx, CompanyId::from_slug("other"), without_call.id, Status::Done).await.unwrap());
    tx.commit().await.unwrap();
    let open = callback::list(&booking, salon::id(), Some(Status::Open), 0).await.unwrap();
    assert_eq!(open.iter().map(|task| task.id).collect::<Vec<_>>(), [without_call.id]);
    assert_eq!(callback::list(&booking, salon::id(), None, 0).await.unwrap().len(), 2);
    assert!(!format!("{open:?}").contains("schnitt"));
}

#[tokio::test]
async fn the_audit_trail_says_who_did_what() {
    let database = TestDatabase::start().await;
    let booking = database.connect(Role::Booking).await;
    let appointment = AppointmentId(new_id());
    let call = CallId::parse("call_1").unwrap();
    let actors = [
        Actor::Call { call: call.clone(), tool_call: Some("tool_1".into()) },
        Actor::Operator("mira".into()),
        Actor::System { call: Some(call) },
        Actor::System { call: None },
    ];
    let entries: Vec<_> = actors
        .into_iter()
        .map(|actor| Entry {
            at: at("09:00"),
            appointment: Some(appointment),
            action: "cancel".into(),
            actor,
            before: Some(json!({"status": "active"})),
            after: None,
        })
        .collect();
    let mut tx = booking.begin().await.unwrap();
    audit::record(&mut tx, salon::id(), &entries).await.unwrap();
    audit::record(&mut tx, salon::id(), &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(audit::history(&booking, salon::id(), appointment).await.unwrap(), entries);
    let other = CompanyId::from_slug("other");
    assert_eq!(audit::history(&booking, other, appointment).await.unwrap(), []);
}
