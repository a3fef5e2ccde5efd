//! Appointments: what overlaps is refused by the table, whoever writes; what touches is allowed.

use callflow_domain::id::{AppointmentId, CallId, CompanyId, GroupId};
use callflow_store::{
    Database,
    appointment::{self, Filter, Moved, NewAppointment, Placement, Status},
    role::Role,
};
use jiff::ToSpan;

use crate::{
    fixture::TestDatabase,
    salon::{self, at, haircut, new_id},
};

async fn salon() -> (TestDatabase, Database) {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    let booking = database.connect(Role::Booking).await;
    (database, booking)
}

async fn place(on: &Database, wishes: &[NewAppointment]) -> Vec<Placement> {
    let mut tx = on.begin().await.unwrap();
    let placements = appointment::place_all(&mut tx, salon::id(), wishes).await.unwrap();
    tx.commit().await.unwrap();
    placements
}

async fn stored(on: &Database) -> usize {
    let filter = Filter { with_inactive: true, limit: 1000, ..Filter::default() };
    appointment::list(on, salon::id(), &filter).await.unwrap().len()
}

#[tokio::test]
async fn an_appointment_reads_as_it_was_written() {
    let (_database, booking) = salon().await;
    let wish = NewAppointment {
        call: CallId::parse("call_1"),
        group: Some(GroupId(new_id())),
        position: 2,
        notes: Some(callflow_domain::masked::PersonalText::new("Allergie\0")),
        request: Some(new_id()),
        ..haircut("09:00")
    };
    assert_eq!(place(&booking, std::slice::from_ref(&wish)).await, [Placement::Placed]);
    let found = appointment::find(&booking, salon::id(), wish.id).await.unwrap().unwrap();
    assert_eq!((found.id, found.branch, found.staff, found.service), (wish.id, wish.branch, wish.staff, wish.service));
    assert_eq!((found.starts_at, found.ends_at), (wish.starts_at, wish.ends_at));
    assert_eq!((found.busy_from, found.busy_until), (wish.busy_from, wish.busy_until));
    assert_eq!((&found.person, &found.call, found.group), (&wish.person, &wish.call, wish.group));
    assert_eq!((found.position, found.request), (2, wish.request));
    assert_eq!((found.status, found.schedule_version, &found.choice), (Status::Active, 1, &wish.choice));
    assert_eq!(found.notes.unwrap().expose(), "Allergie\u{fffd}");
    let other = CompanyId::from_slug("other");
    assert_eq!(appointment::find(&booking, other, wish.id).await.unwrap(), None);
    assert_eq!(appointment::by_code(&booking, salon::id(), "K7MP", salon::at("08:00")).await.unwrap().len(), 1);
    assert_eq!(appointment::by_request(&booking, salon::id(), wish.request.unwrap()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn buffers_are_part_of_the_time_that_is_taken() {
    let (_database, booking) = salon().await;
    assert_eq!(place(&booking, &[haircut("09:00")]).await, [Placement::Placed]);
    assert_eq!(place(&booking, &[haircut("09:30")]).await, [Placement::Taken], "the buffer lasts until 09:35");
    assert_eq!(place(&booking, &[haircut("08:30")]).await, [Placement::Taken], "its own buffer reaches into 09:00");
    assert_eq!(place(&booking, &[haircut("09:35")]).await, [Placement::Placed], "back to back");
    assert_eq!(place(&booking, &[haircut("08:25")]).await, [Placement::Placed], "back to back on the other side");
}

#[tokio::test]
async fn an_overlap_of_different_lengths_is_seen() {
    let (_database, booking) = salon().await;
    let long = NewAppointment { ends_at: at("10:45"), busy_until: at("10:45"), ..haircut("10:00") };
    assert_eq!(place(&booking, &[long]).await, [Placement::Placed]);
    assert_eq!(place(&booking, &[haircut("10:30")]).await, [Placement::Taken]);
}

#[tokio::test]
async fn a_room_is_a_resource_of_its_own() {
    let (_database, booking) = salon().await;
    let room = Some(salon::id().room("farbe-1"));
    let in_room = |staff: &str, clock: &str| NewAppointment { staff: salon::id().staff(staff), room, ..haircut(clock) };
    assert_eq!(place(&booking, &[in_room("sofia", "09:00")]).await, [Placement::Placed]);
    assert_eq!(place(&booking, &[in_room("emre", "09:10")]).await, [Placement::Taken], "another person, the same room");
    assert_eq!(place(&booking, &[in_room("emre", "09:35")]).await, [Placement::Placed]);
    let elsewhere = NewAppointment { room: None, ..in_room("emre", "09:00") };
    assert_eq!(place(&booking, &[elsewhere]).await, [Placement::Placed], "the same time without the room");
}

#[tokio::test]
async fn the_table_itself_refuses_an_overlap_by_name() {
    let (database, booking) = salon().await;
    place(&booking, &[haircut("09:00")]).await;
    let copy = "INSERT INTO booking.appointment (id, company_id, branch_id, staff_id, service_id, starts_at, ends_at,
                    busy_from, busy_until, confirmation_code, staff_schedule_version, source)
                SELECT gen_random_uuid(), company_id, branch_id, staff_id, service_id, starts_at, ends_at,
                    busy_from, busy_until, 'X', 1, 'test' FROM booking.appointment";
    let refused = database.sql_as(Role::Booking, copy).await.unwrap_err();
    assert!(refused.contains(appointment::STAFF_NO_OVERLAP), "{refused}");
}

#[tokio::test]
async fn a_slot_offered_under_other_working_times_is_stale() {
    let (database, booking) = salon().await;
    let mut changed = salon::catalog();
    salon::person(&mut changed, "sofia").available = false;
    salon::apply(&database.owner, &changed).await;
    assert_eq!(place(&booking, &[haircut("09:00")]).await, [Placement::Stale]);
    let current = NewAppointment { schedule_version: Some(2), ..haircut("09:00") };
    assert_eq!(place(&booking, &[current]).await, [Placement::Placed]);
    let whatever = NewAppointment { schedule_version: None, ..haircut("10:00") };
    assert_eq!(place(&booking, &[whatever]).await, [Placement::Placed]);
}

#[tokio::test]
async fn nothing_of_another_company_or_branch_can_be_booked() {
    let (database, booking) = salon().await;
    let other = CompanyId::from_slug("other");
    let mut both = salon::catalog();
    both.companies.push(salon::company("other"));
    salon::apply(&database.owner, &both).await;
    for wish in [
        NewAppointment { staff: other.staff("sofia"), ..haircut("09:00") },
        NewAppointment { service: other.service("schnitt"), ..haircut("09:00") },
        NewAppointment { branch: other.branch("mitte"), ..haircut("09:00") },
        NewAppointment { branch: salon::id().branch("west"), ..haircut("09:00") },
        NewAppointment { room: Some(other.room("farbe-1")), ..haircut("09:00") },
        NewAppointment { staff: salon::id().staff("nobody"), ..haircut("09:00") },
    ] {
        assert_eq!(place(&booking, &[wish]).await, [Placement::Stale]);
    }
    assert_eq!(stored(&booking).await, 0);
}

#[tokio::test]
async fn a_sequence_is_stored_whole_or_not_at_all() {
    let (_database, booking) = salon().await;
    place(&booking, &[haircut("10:00")]).await;
    let half = [haircut("09:00"), haircut("10:00"), haircut("11:00")];
    assert_eq!(place(&booking, &half).await, [Placement::Placed, Placement::Taken, Placement::Placed]);
    assert_eq!(stored(&booking).await, 1);
    let mut tx = booking.begin().await.unwrap();
    assert_eq!(
        appointment::place_each(&mut tx, salon::id(), &half).await.unwrap(),
        [Placement::Placed, Placement::Taken, Placement::Placed]
    );
    tx.commit().await.unwrap();
    assert_eq!(stored(&booking).await, 3, "each on its own keeps what fits");
}

#[tokio::test]
async fn a_sequence_cannot_overlap_itself() {
    let (_database, booking) = salon().await;
    assert_eq!(place(&booking, &[haircut("09:00"), haircut("09:15")]).await, [Placement::Placed, Placement::Taken]);
    assert_eq!(stored(&booking).await, 0);
}

#[tokio::test]
async fn a_cancelled_time_is_free_again_and_a_repeat_changes_nothing() {
    let (_database, booking) = salon().await;
    let wish = haircut("09:00");
    place(&booking, std::slice::from_ref(&wish)).await;
    let mut tx = booking.begin().await.unwrap();
    let gone = appointment::cancel(&mut tx, salon::id(), &[wish.id], None, at("08:00")).await.unwrap();
    assert_eq!((gone.len(), gone[0].status, gone[0].cancelled_at), (1, Status::Cancelled, Some(at("08:00"))));
    assert_eq!(appointment::cancel(&mut tx, salon::id(), &[wish.id], None, at("08:01")).await.unwrap(), []);
    let other = CompanyId::from_slug("other");
    assert_eq!(appointment::cancel(&mut tx, other, &[wish.id], None, at("08:01")).await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(place(&booking, &[haircut("09:00")]).await, [Placement::Placed]);
}

async fn moved(on: &Database, old: AppointmentId, new: &NewAppointment) -> Moved {
    let mut tx = on.begin().await.unwrap();
    let moved = appointment::reschedule(&mut tx, salon::id(), old, new, at("08:00")).await.unwrap();
    tx.commit().await.unwrap();
    moved
}

#[tokio::test]
async fn an_appointment_can_move_by_less_than_its_length() {
    let (_database, booking) = salon().await;
    let (old, new) = (haircut("09:00"), haircut("09:15"));
    place(&booking, std::slice::from_ref(&old)).await;
    let Moved::Done { from, to } = moved(&booking, old.id, &new).await else { panic!("refused") };
    assert_eq!((from.status, from.rescheduled_to), (Status::Rescheduled, Some(new.id)));
    assert_eq!((to.status, to.rescheduled_from), (Status::Active, Some(old.id)));
    assert_eq!(moved(&booking, old.id, &haircut("12:00")).await, Moved::NotActive);
}

#[tokio::test]
async fn a_refused_move_leaves_everything_as_it_was() {
    let (_database, booking) = salon().await;
    let (old, other) = (haircut("09:00"), haircut("10:00"));
    place(&booking, &[old.clone(), other]).await;
    let before = appointment::find(&booking, salon::id(), old.id).await.unwrap().unwrap();
    assert_eq!(moved(&booking, old.id, &haircut("10:10")).await, Moved::Refused(Placement::Taken));
    let stale = NewAppointment { schedule_version: Some(9), ..haircut("12:00") };
    assert_eq!(moved(&booking, old.id, &stale).await, Moved::Refused(Placement::Stale));
    let after = appointment::find(&booking, salon::id(), old.id).await.unwrap().unwrap();
    assert_eq!((after.status, after.cancelled_at, after.rescheduled_to), (Status::Active, None, None));
    assert_eq!(after.starts_at, before.starts_at);
    assert_eq!(place(&booking, &[haircut("09:00")]).await, [Placement::Taken], "its time is still its own");
}

#[tokio::test]
async fn values_that_make_no_sense_are_invalid_and_leave_no_trace() {
    let (_database, booking) = salon().await;
    for wish in [
        NewAppointment { ends_at: at("09:00"), ..haircut("09:00") },
        NewAppointment { busy_from: at("09:10"), ..haircut("09:00") },
        NewAppointment { busy_until: at("09:00") + 48.hours(), ..haircut("09:00") },
    ] {
        let mut tx = booking.begin().await.unwrap();
        let refused = appointment::place_all(&mut tx, salon::id(), &[wish]).await.unwrap_err();
        assert_eq!(refused.kind(), callflow_domain::ErrorKind::Invalid, "{refused:?}");
    }
    assert_eq!(stored(&booking).await, 0);
}

#[tokio::test]
async fn lists_are_filtered_and_in_order() {
    let (_database, booking) = salon().await;
    let call = CallId::parse("call_7");
    let group = Some(GroupId(new_id()));
    let emre = NewAppointment { staff: salon::id().staff("emre"), call: call.clone(), group, ..haircut("08:00") };
    place(&booking, &[haircut("10:00"), haircut("09:00"), emre]).await;
    let count = async |filter: Filter| appointment::list(&booking, salon::id(), &filter).await.unwrap().len();
    let all = appointment::list(&booking, salon::id(), &Filter::default()).await.unwrap();
    assert_eq!(all.iter().map(|a| a.starts_at).collect::<Vec<_>>(), [at("08:00"), at("09:00"), at("10:00")]);
    let staff = Some(salon::id().staff("emre"));
    assert_eq!(count(Filter { staff, ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { call, ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { group, ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { from: Some(at("09:00")), until: Some(at("10:00")), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { branch: Some(salon::id().branch("west")), ..Filter::default() }).await, 0);
    let phone = haircut("09:00").person.phone;
    assert_eq!(count(Filter { phone, limit: 2, ..Filter::default() }).await, 2);
}
