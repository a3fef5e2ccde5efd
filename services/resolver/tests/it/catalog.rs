//! Catalogs: applied whole or not at all, the same twice, told to everybody.

use callflow_contract::{
    event::v1::CatalogChanged,
    resolver::v1::{ApplyCatalogResponse, ExportCatalogRequest},
    schema::open,
};
use callflow_domain::{
    catalog::{Catalog, DialledNumber},
    id::CompanyId,
};
use callflow_queue::topology;
use callflow_store::catalog;
use callflow_testkit::wait_for;

use crate::fixture::{LONG, TestResolver, call, companies, salon};

fn changes(answer: &ApplyCatalogResponse) -> Vec<(&str, &str)> {
    assert_eq!(answer.problems, []);
    answer.changes.iter().map(|change| (change.path.as_str(), change.change.as_str())).collect()
}

async fn stored(test: &TestResolver) -> Catalog {
    let request = ExportCatalogRequest { company: String::new() };
    let answer = test.client.clone().export_catalog(request).await.unwrap().into_inner();
    serde_json::from_str(&answer.document_json).unwrap()
}

async fn versions(test: &TestResolver) -> Vec<(String, u64)> {
    let staff = catalog::staff(&test.owner, salon()).await.unwrap();
    staff.into_iter().map(|person| (person.declared.slug, person.schedule_version)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_applies_once_and_exports_as_it_is() {
    let test = TestResolver::start().await;
    let before = versions(&test).await;
    assert_eq!(changes(&test.apply(&companies(), false).await), [], "it is there already");
    let exported = stored(&test).await;
    assert_eq!(exported, companies().canonical());
    assert_eq!(changes(&test.apply(&exported, true).await), [], "an export applies to itself without a change");

    let mut other = companies();
    other.companies[0].name = "Salon am Park".into();
    other.companies[0].staff[0].schedule.hours.as_mut().unwrap().clear();
    let expected = [("companies.salon.name", "changed"), ("companies.salon.staff.sofia.schedule", "changed")];
    assert_eq!(changes(&test.apply(&other, true).await), expected);
    assert_eq!(stored(&test).await, exported, "a dry run changes nothing");
    assert_eq!(versions(&test).await, before);
    assert_eq!(changes(&test.apply(&other, false).await), expected);
    assert_eq!(stored(&test).await, other.canonical());
    let raised = |(slug, version): &(String, u64)| (slug.clone(), version + u64::from(slug == "sofia"));
    assert_eq!(versions(&test).await, before.iter().map(raised).collect::<Vec<_>>(), "only whose hours changed");
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_with_mistakes_is_refused_with_all_of_them_and_nothing_is_applied() {
    let test = TestResolver::start().await;
    let before = stored(&test).await;
    let mut wrong = companies();
    let company = &mut wrong.companies[0];
    company.name = "Renamed".into();
    company.default_branch = Some("nowhere".into());
    company.branches[0].fallback = Some("berlin-mitte".into());
    company.branches[1].time_zone = Some("Mars/Olympus".into());
    company.staff[0].branch = "gone".into();
    company.phone_numbers.push(DialledNumber { number: "030 23125100".into(), branch: None, language: None });
    let answer = test.apply(&wrong, false).await;
    let paths: Vec<_> = answer.problems.iter().map(|problem| problem.path.as_str()).collect();
    let at = |path: &str| format!("companies[0].{path}");
    for path in ["default_branch", "branches[0].fallback", "branches[1].time_zone", "staff[0].branch"] {
        assert!(paths.contains(&at(path).as_str()), "{path}: {paths:?}");
    }
    assert!(paths.contains(&at("phone_numbers[10].number").as_str()), "{paths:?}");
    assert_eq!((paths.len(), answer.changes.len()), (5, 0), "{paths:?}");

    let unknown = r#"{"companies": [{"slug": "x", "nmae": "X", "default_language": "de", "colour": 7}]}"#;
    let answer = test.apply_json(unknown.into(), false).await;
    let paths: Vec<_> = answer.problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["companies[0].name", "companies[0].time_zone", "companies[0].colour", "companies[0].nmae"]);

    // A number that another company has: refused without saying whose it is.
    let mut thief = Catalog { companies: vec![companies().companies.remove(1)] };
    let number = DialledNumber { number: "+493023125100".into(), branch: Some("koeln".into()), language: None };
    thief.companies[0].phone_numbers.push(number);
    let answer = test.apply(&thief, false).await;
    assert_eq!(answer.problems.len(), 1, "{:?}", answer.problems);
    assert_eq!(answer.problems[0].path, "companies[0].phone_numbers[1].number");
    assert!(!answer.problems[0].message.contains("salon"));
    assert_eq!(stored(&test).await, before, "nothing of it was applied");
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_published_and_every_process_answers_by_it_at_once() {
    let test = TestResolver::start().await;
    let second = test.second().await;
    let mut ear = test.listen(&topology::AVAILABILITY_CHANGE);

    let branch = async |mut client: callflow_contract::resolver::v1::resolver_client::ResolverClient<_>, to: &str| {
        let answer = client.resolve_call(call(to, "anonymous")).await.unwrap().into_inner();
        (answer.method, answer.branch.unwrap().slug)
    };
    // Both have it in their caches, one number as known and one as unknown.
    for client in [&test.client, &second.client] {
        assert_eq!(branch(client.clone(), "+493023125100").await.1, "berlin-mitte");
        assert_eq!(branch(client.clone(), "+493023125888").await.0, "default");
    }
    let mut other = companies();
    other.companies[0].phone_numbers[0].branch = Some("potsdam".into());
    let new = DialledNumber { number: "+493023125888".into(), branch: Some("london".into()), language: None };
    other.companies[0].phone_numbers.push(new);
    other.companies[0].branches[2].active = true;
    test.apply(&other, false).await;
    assert_eq!(branch(test.client.clone(), "+493023125100").await.1, "potsdam", "whoever applied knows at once");
    assert_eq!(branch(test.client.clone(), "+493023125888").await.1, "london");
    wait_for("the other process to hear of it", LONG, async || {
        let found = (
            branch(second.client.clone(), "+493023125100").await.1,
            branch(second.client.clone(), "+493023125888").await.1,
        );
        if found == ("potsdam".to_owned(), "london".to_owned()) { Ok(()) } else { Err(found) }
    })
    .await;

    let envelope = ear.next().await;
    assert_eq!(envelope.company_id, CompanyId::from_slug("salon").to_string());
    let changed: CatalogChanged = open(&envelope).unwrap();
    let items: Vec<_> = changed.items.iter().map(|item| (item.kind.as_str(), item.id.as_str())).collect();
    assert_eq!(items, [("phone_numbers", "+493023125100"), ("phone_numbers", "+493023125888")]);
    ear.close().await;
    test.stop().await;
}
