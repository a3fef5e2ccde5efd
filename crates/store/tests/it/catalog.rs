//! The catalog: comes out as it went in, writes only what differs, never crosses companies.

use callflow_domain::{
    ErrorKind,
    catalog::{Catalog, DialledNumber},
    id::CompanyId,
    language::Language,
};
use callflow_store::{Database, catalog, role::Role};
use serde_json::json;

use crate::{fixture::TestDatabase, salon};

async fn versions(on: &Database) -> Vec<(String, u64)> {
    let staff = catalog::staff(on, salon::id()).await.unwrap();
    staff.into_iter().map(|person| (person.declared.slug, person.schedule_version)).collect()
}

fn pairs(expected: [(&str, u64); 3]) -> Vec<(String, u64)> {
    expected.map(|(slug, version)| (slug.to_owned(), version)).to_vec()
}

#[tokio::test]
async fn a_catalog_comes_out_as_it_went_in_and_applies_to_itself_without_a_change() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    let mut both = salon::catalog();
    both.companies.push(salon::company("other"));
    let applied = salon::apply(&resolver, &both).await;
    assert_eq!(applied.versions.len(), 2);
    let exported = catalog::export_all(&resolver).await.unwrap();
    assert_eq!(exported, both.clone().canonical());
    assert_eq!(catalog::export(&resolver, &["other"]).await.unwrap().companies.len(), 1);
    let before = database.sql("SELECT sum(version), max(updated_at) FROM resolver.company").await;
    assert_eq!(salon::apply(&resolver, &exported).await, catalog::Applied::default());
    assert!(catalog::preview(&resolver, &both.clone().canonical()).await.unwrap().is_empty());
    assert_eq!(database.sql("SELECT sum(version), max(updated_at) FROM resolver.company").await, before);
}

#[tokio::test]
async fn versions_rise_only_where_working_times_changed() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    let mut wanted = salon::catalog();
    salon::apply(&resolver, &wanted).await;
    assert_eq!(versions(&resolver).await, pairs([("emre", 1), ("nina", 1), ("sofia", 1)]));

    salon::person(&mut wanted, "sofia").nicknames.push("Fia".into());
    wanted.companies[0].phone_numbers.pop();
    assert_eq!(salon::apply(&resolver, &wanted).await.versions, [(salon::id(), 2)]);
    assert_eq!(versions(&resolver).await, pairs([("emre", 1), ("nina", 1), ("sofia", 1)]), "names are no times");

    let off = json!({"time_off": [{"from": "2027-03-01", "to": "2027-03-05"}]});
    salon::person(&mut wanted, "sofia").schedule = serde_json::from_value(off).unwrap();
    salon::apply(&resolver, &wanted).await;
    assert_eq!(versions(&resolver).await, pairs([("emre", 1), ("nina", 1), ("sofia", 2)]), "her own");

    wanted.companies[0].branches[0].schedule.hours = Some(vec![]);
    salon::apply(&resolver, &wanted).await;
    assert_eq!(versions(&resolver).await, pairs([("emre", 2), ("nina", 1), ("sofia", 3)]), "those of the branch");

    wanted.companies[0].schedule.holidays.clear();
    salon::apply(&resolver, &wanted).await;
    assert_eq!(versions(&resolver).await, pairs([("emre", 3), ("nina", 2), ("sofia", 4)]), "those of the company");
}

#[tokio::test]
async fn what_is_gone_is_kept_for_its_appointments_and_comes_back_as_itself() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    salon::apply(&resolver, &salon::catalog()).await;
    let mut smaller = salon::catalog();
    let company = &mut smaller.companies[0];
    company.staff.retain(|person| person.slug != "emre");
    company.services.pop();
    company.branches[0].rooms.clear();
    company.agents.clear();
    salon::apply(&resolver, &smaller).await;
    assert_eq!(catalog::export_all(&resolver).await.unwrap(), smaller.clone().canonical());
    let id = salon::id();
    assert_eq!(catalog::service(&resolver, id, id.service("farbe")).await.unwrap(), None);
    assert_eq!(database.sql("SELECT count(*) FROM resolver.staff").await, "3");
    assert_eq!(database.sql("SELECT count(*) FROM resolver.agent").await, "0");
    salon::apply(&resolver, &salon::catalog()).await;
    assert_eq!(catalog::export_all(&resolver).await.unwrap(), salon::catalog().canonical());
    let emre = versions(&resolver).await.into_iter().find(|(slug, _)| slug == "emre").unwrap();
    assert_eq!(emre.1, 2, "offers from before he left stay stale");
}

#[tokio::test]
async fn a_number_of_another_company_is_refused_and_nothing_is_applied() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    salon::apply(&resolver, &salon::catalog()).await;
    let mut thief = salon::company("other");
    thief.phone_numbers.push(DialledNumber { number: "+493023125100".into(), branch: None, language: None });
    let thief = Catalog { companies: vec![thief] };
    assert_eq!(catalog::claimed_elsewhere(&resolver, &thief.clone().canonical()).await.unwrap(), ["+493023125100"]);
    let mut tx = resolver.begin().await.unwrap();
    let refused = catalog::apply(&mut tx, &thief).await.unwrap_err();
    assert_eq!((refused.kind(), refused.constraint()), (ErrorKind::Conflict, Some("phone_number_pkey")));
    drop(tx);
    assert_eq!(catalog::export_all(&resolver).await.unwrap(), salon::catalog().canonical());
    assert_eq!(catalog::number(&resolver, "+493023125100").await.unwrap().unwrap().company, salon::id());
}

#[tokio::test]
async fn a_number_can_move_between_two_companies_of_one_document() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    let mut both = Catalog { companies: vec![salon::company("aaa"), salon::company(salon::SLUG)] };
    salon::apply(&resolver, &both).await;
    let number = both.companies[1].phone_numbers.pop().unwrap();
    both.companies[0].phone_numbers.push(number.clone());
    assert_eq!(catalog::claimed_elsewhere(&resolver, &both.clone().canonical()).await.unwrap(), Vec::<String>::new());
    salon::apply(&resolver, &both).await;
    let found = catalog::number(&resolver, &number.number).await.unwrap().unwrap();
    assert_eq!(found.company, CompanyId::from_slug("aaa"));
}

#[tokio::test]
async fn look_ups_find_what_belongs_to_the_company_and_nothing_else() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    let mut both = salon::catalog();
    both.companies.push(salon::company("other"));
    salon::apply(&resolver, &both).await;
    let (id, other) = (salon::id(), CompanyId::from_slug("other"));

    let route = catalog::number(&resolver, "+493023125101").await.unwrap().unwrap();
    assert_eq!((route.company, route.branch, route.language), (id, Some(id.branch("west")), Some(Language::TR)));
    assert_eq!(catalog::number(&resolver, "+493023125102").await.unwrap().unwrap().branch, None);
    assert_eq!(catalog::number(&resolver, "+490000000").await.unwrap(), None);
    assert_eq!(catalog::agent(&resolver, id, "agent_west").await.unwrap().unwrap().branch, Some(id.branch("west")));
    assert_eq!(catalog::agent(&resolver, id, "agent_x").await.unwrap(), None);

    let company = catalog::company_by_slug(&resolver, "haarwerk").await.unwrap().unwrap();
    assert_eq!((company.id, company.default_branch, company.version), (id, Some(id.branch("mitte")), 1));
    assert_eq!(company.declared.policies.gap_min, 10);
    let west = catalog::branch_by_slug(&resolver, id, "west").await.unwrap().unwrap();
    assert_eq!((west.id, west.fallback), (id.branch("west"), Some(id.branch("mitte"))));
    assert_eq!(catalog::branch(&resolver, other, west.id).await.unwrap(), None);
    assert_eq!(catalog::branches(&resolver, id).await.unwrap().len(), 2);
    assert_eq!(catalog::services(&resolver, id).await.unwrap().len(), 2);
    assert_eq!(catalog::rooms(&resolver, id, id.branch("mitte")).await.unwrap().len(), 1);
    assert_eq!(catalog::rooms(&resolver, other, id.branch("mitte")).await.unwrap(), []);
    assert_eq!(catalog::staff_of_branch(&resolver, id, id.branch("mitte")).await.unwrap().len(), 2);
    assert_eq!(catalog::staff_of_branch(&resolver, other, id.branch("mitte")).await.unwrap(), []);
    let vienna = catalog::branches_in_zone(&resolver, id, "Europe/Vienna", 5).await.unwrap();
    assert_eq!(vienna.iter().map(|branch| branch.id).collect::<Vec<_>>(), [west.id]);
}

#[tokio::test]
async fn the_longest_service_area_wins() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    salon::apply(&resolver, &salon::catalog()).await;
    for (number, expected) in [
        ("+493012999", Some(("west", "+493012"))),
        ("+4930555", Some(("mitte", "+4930"))),
        ("+4989555", Some(("mitte", "+49"))),
        ("+4315550", None),
        ("anonymous", None),
        ("", None),
    ] {
        let found = catalog::branch_in_area(&resolver, salon::id(), number).await.unwrap();
        let found = found.as_ref().map(|(branch, area)| (branch.declared.slug.as_str(), area.as_str()));
        assert_eq!(found, expected, "{number}");
    }
}

#[tokio::test]
async fn a_large_catalog_is_applied_quickly_and_a_small_change_of_it_at_once() {
    let database = TestDatabase::start().await;
    let resolver = database.connect(Role::Resolver).await;
    let mut large = salon::catalog();
    let size: usize = std::env::var("STORE_TEST_BRANCHES").map_or(500, |text| text.parse().unwrap());
    let company = &mut large.companies[0];
    for n in 0..size {
        let mut branch = company.branches[1].clone();
        branch.slug = format!("branch-{n}");
        for line in 0..10 {
            let number = format!("+4930{n:05}{line:02}");
            company.phone_numbers.push(DialledNumber { number, branch: Some(branch.slug.clone()), language: None });
        }
        company.branches.push(branch);
    }
    let begun = std::time::Instant::now();
    salon::apply(&resolver, &large).await;
    let whole = begun.elapsed();
    company_changes(&mut large);
    let begun = std::time::Instant::now();
    assert_eq!(salon::apply(&resolver, &large).await.diff.changes.len(), 1);
    let small = begun.elapsed();
    assert_eq!(database.sql("SELECT count(*) FROM resolver.phone_number").await, (size * 10 + 3).to_string());
    // With 5,000 branches and 50,000 numbers the promise is 30 s, release build; seen: see the README.
    assert!(whole.as_secs() < 30 && small.as_secs() < 20, "{whole:?} {small:?}");
    println!("{size} branches: {whole:?}, one change: {small:?}");
}

fn company_changes(catalog: &mut Catalog) {
    catalog.companies[0].phone_numbers.last_mut().unwrap().language = Some(Language::EN);
}
