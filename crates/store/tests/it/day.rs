//! The day query: everything of one branch, nothing of another, and availability may run it.

use callflow_domain::id::CompanyId;
use callflow_store::{
    appointment::{self, NewAppointment},
    day,
    role::Role,
};

use crate::{
    fixture::TestDatabase,
    salon::{self, at, haircut},
};

#[tokio::test]
async fn a_day_holds_the_branch_its_people_and_what_touches_the_range() {
    let database = TestDatabase::start().await;
    let mut wanted = salon::catalog();
    salon::person(&mut wanted, "emre").active = false;
    salon::apply(&database.owner, &wanted).await;
    let company = salon::id();
    let room = Some(company.room("farbe-1"));
    let inside = NewAppointment { room, ..haircut("10:00") };
    let reaching_in = NewAppointment { busy_from: at("07:00"), ..haircut("07:50") };
    let reaching_back = NewAppointment { busy_from: at("11:55"), ..haircut("12:05") };
    let before = haircut("05:00");
    let after = haircut("18:00");
    let west = NewAppointment { branch: company.branch("west"), staff: company.staff("nina"), ..haircut("10:00") };
    let cancelled = haircut("09:00");
    let all = [inside.clone(), reaching_in.clone(), reaching_back.clone(), before, after, west, cancelled.clone()];
    let mut tx = database.owner.begin().await.unwrap();
    appointment::place_all(&mut tx, company, &all).await.unwrap();
    appointment::cancel(&mut tx, company, &[cancelled.id], None, at("08:00")).await.unwrap();
    tx.commit().await.unwrap();

    let availability = database.connect(Role::Availability).await;
    let branch = company.branch("mitte");
    let days = day::read(&availability, company, branch, at("08:00"), at("12:00")).await.unwrap().unwrap();
    assert_eq!((days.company.id, days.branch.id), (company, branch));
    assert_eq!(days.branch.declared.schedule, wanted.companies[0].branches[0].schedule);
    assert_eq!(days.company.declared.policies.gap_min, 10);
    assert_eq!(days.staff.iter().map(|person| person.id).collect::<Vec<_>>(), [company.staff("sofia")]);
    assert_eq!(days.staff[0].declared.skills, ["farbe", "schnitt"]);
    assert_eq!(days.rooms.iter().map(|room| room.id).collect::<Vec<_>>(), [company.room("farbe-1")]);
    let seen: Vec<_> = days.occupied.iter().map(|one| (one.appointment, one.room)).collect();
    assert_eq!(seen, [(reaching_in.id, None), (inside.id, room), (reaching_back.id, None)]);
    assert_eq!((days.occupied[1].busy_from, days.occupied[1].busy_until), (inside.busy_from, inside.busy_until));

    let empty = day::read(&availability, company, company.branch("west"), at("00:00"), at("01:00")).await.unwrap();
    assert_eq!(empty.unwrap().occupied, []);
    let other = CompanyId::from_slug("other");
    assert_eq!(day::read(&availability, other, branch, at("08:00"), at("12:00")).await.unwrap(), None);
}
