//! The demo catalog is sound, everything wrong with a catalog is found, and differences are named.

use super::*;

const DEMO: &str = include_str!("../../../../deploy/config/demo.yaml");

fn demo() -> Catalog {
    serde_saphyr::from_str(DEMO).unwrap()
}

/// A small sound catalog, changed by a test and read again.
fn with(change: impl FnOnce(&mut serde_json::Value)) -> Vec<String> {
    let mut document = serde_json::to_value(demo()).unwrap();
    change(&mut document);
    let catalog: Catalog = serde_json::from_value(document).unwrap();
    validate(&catalog).iter().map(Problem::to_string).collect()
}

#[test]
fn the_demo_catalog_is_sound_and_as_promised() {
    let catalog = demo();
    assert_eq!(validate(&catalog), []);
    let salon = catalog.company("haarwerk").unwrap();
    assert_eq!((salon.branches.len(), salon.staff.len(), salon.services.len(), salon.languages.len()), (2, 8, 10, 4));
    assert!(salon.phone_numbers.iter().any(|entry| entry.number == "+493023125100"));
    assert!(salon.agents.iter().any(|agent| agent.id == "agent_d5a452934e80ebcca36f0c4656"));
    let practice = catalog.company("suedpark").unwrap();
    assert_eq!(practice.phone_numbers[0].number, "+492214710200");
    assert_eq!(practice.agents[0].id, "agent_b166e3ba4a120791ae5a9575c5");
}

#[test]
fn every_service_of_the_demo_has_someone_who_can_do_it_in_each_branch_that_offers_it() {
    for company in demo().companies {
        for (service, branch) in company.services.iter().flat_map(|s| company.branches.iter().map(move |b| (s, b))) {
            let can = |person: &&Staff| {
                person.branch == branch.slug
                    && service.required_skills.iter().all(|skill| person.skills.contains(skill))
            };
            let is_offered = service.is_offered_at(&branch.slug);
            assert!(!is_offered || company.staff.iter().any(|p| can(&p)), "{} {}", service.slug, branch.slug);
        }
    }
}

#[test]
fn the_canonical_form_is_a_fixed_point_and_changes_nothing() {
    let catalog = demo();
    let canonical = catalog.clone().canonical();
    assert_eq!(canonical.clone().canonical(), canonical);
    assert!(diff(&catalog, &canonical).is_empty());
    assert_eq!(validate(&canonical), []);
    let json = serde_json::to_string(&canonical).unwrap();
    let again: Catalog = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
    let yaml = serde_saphyr::to_string(&canonical).unwrap();
    assert_eq!(serde_saphyr::from_str::<Catalog>(&yaml).unwrap(), canonical);
}

#[test]
fn order_and_spelling_are_no_difference() {
    let mut turned = demo();
    turned.companies.reverse();
    let salon = &mut turned.companies[1];
    salon.staff.reverse();
    salon.services.reverse();
    salon.branches.reverse();
    salon.staff[0].skills.reverse();
    salon.phone_numbers[0].number = "030 / 231251-00".to_owned();
    salon.branches[0].time_zone = Some("Europe/Berlin".to_owned());
    assert!(diff(&demo(), &turned).is_empty());
}

#[test]
fn every_problem_is_found_at_once_with_its_place() {
    let problems = with(|document| {
        let salon = &mut document["companies"][0];
        salon["slug"] = "Haar Werk".into();
        salon["name"] = " ".into();
        salon["country"] = "XX".into();
        salon["default_branch"] = "hamburg".into();
        salon["default_language"] = "ru".into();
        salon["time_zone"] = "Europe/Atlantis".into();
        salon["policies"]["weights"]["skill"] = 7.into();
        salon["policies"]["gaps"][0]["after"] = "nothing".into();
        salon["policies"]["reject"]["numbers"] = serde_json::json!(["110"]);
        salon["policies"]["step_min"] = 0.into();
        salon["branches"][0]["fallback"] = "hamburg".into();
        salon["branches"][0]["service_areas"] = serde_json::json!(["030", "+4930", "+4930"]);
        salon["branches"][0]["schedule"]["hours"][1] = serde_json::json!({"days":"fr","from":"18:00","to":"20:00"});
        salon["branches"][1]["slug"] = "berlin-mitte".into();
        salon["branches"][1]["time_zone"] = "Mars".into();
        salon["phone_numbers"][0]["number"] = "hello".into();
        salon["phone_numbers"][1]["number"] = "+492214710200".into();
        salon["phone_numbers"][2]["branch"] = "hamburg".into();
        salon["agents"][1]["id"] = "agent_d5a452934e80ebcca36f0c4656".into();
        salon["staff"][1]["slug"] = "sofia".into();
        salon["staff"][2]["branch"] = "hamburg".into();
        salon["staff"][3]["languages"] = serde_json::json!(["de", "German"]);
        salon["services"][0]["duration_min"] = 0.into();
        salon["services"][1]["aliases"]["de"][0] = "haarschnitt".into();
        salon["services"][4]["not_with"] = serde_json::json!(["tattoo"]);
        salon["services"][4]["room_kind"] = "sauna".into();
        salon["services"][5]["branches"] = serde_json::json!(["hamburg"]);
    });
    let expected = [
        r#"companies[0].slug: "Haar Werk" is no slug; accepted are 1 to 63 of a-z, 0-9 and inner hyphens"#,
        "companies[0].name: is empty",
        "companies[0].country: XX is no country with phone numbers",
        r#"companies[0].default_branch: there is no branch "hamburg" in this company"#,
        "companies[0].default_language: ru is not among the company's languages",
        r#"companies[0].time_zone: "Europe/Atlantis" is no time zone; accepted are IANA names such as Europe/Berlin"#,
        "companies[0].policies.step_min: is 0, accepted are 1 to 720",
        r#"companies[0].policies.gaps[0].after: there is no service "nothing" in this company"#,
        "companies[0].policies.weights.skill: is 7, accepted are 0 to 1",
        "companies[0].policies.reject.numbers[0]: is no international number, as in +491713920017, and no beginning of \
         one, as in +4990*",
        r#"companies[0].branches[0].fallback: there is no branch "hamburg" in this company"#,
        "companies[0].branches[0].schedule.hours[1]: overlaps hours[0] on fr",
        r#"companies[0].branches[0].service_areas[0]: "030" is no beginning of an international number, as in +4930"#,
        "companies[0].branches[0].service_areas[2]: +4930 is named twice",
        "companies[0].branches[1].slug: branch berlin-mitte is already companies[0].branches[0]",
        r#"companies[0].branches[1].time_zone: "Mars" is no time zone; accepted are IANA names such as Europe/Berlin"#,
        r#"companies[0].phone_numbers[0].number: "hello": phone number has no readable digits"#,
        r#"companies[0].phone_numbers[2].branch: there is no branch "hamburg" in this company"#,
        r#"companies[0].phone_numbers[2].branch: there is no branch "hamburg" in this company"#,
        r#"companies[0].agents[1].id: agent "agent_d5a452934e80ebcca36f0c4656" is already companies[0].agents[0]"#,
        "companies[0].staff[1].slug: staff member sofia is already companies[0].staff[0]",
        r#"companies[0].staff[2].branch: there is no branch "hamburg" in this company"#,
        "companies[0].staff[3].languages[1]: de is named twice",
        "companies[0].services[0].duration_min: a duration of 0 minutes; accepted are 1 to 720",
        r#"companies[0].services[1].aliases.de[0]: "haarschnitt" already names the service herrenhaarschnitt"#,
        r#"companies[0].services[4].not_with[0]: there is no service "tattoo" in this company"#,
        "companies[0].services[4].room_kind: branch berlin-mitte offers this service and has no room of the kind \
         \"sauna\"",
        r#"companies[0].services[5].branches[0]: there is no branch "hamburg" in this company"#,
        "companies[1].phone_numbers[0].number: +492214710200 already belongs to companies[0].phone_numbers[1]",
    ];
    for problem in expected {
        assert!(problems.iter().any(|found| found == problem), "not found: {problem}\nin {problems:#?}");
    }
}

#[test]
fn a_ring_of_fallbacks_is_named_once() {
    let ring = |slug: &str, fallback: &str| serde_json::json!({"slug": slug, "name": slug, "fallback": fallback});
    let problems = with(|document| {
        let branches = document["companies"][1]["branches"].as_array_mut().unwrap();
        branches.extend([ring("a", "b"), ring("b", "c"), ring("c", "a"), ring("d", "b"), ring("e", "e")]);
    });
    let cycles: Vec<_> = problems.iter().filter(|problem| problem.contains("leads back")).collect();
    assert_eq!(
        cycles,
        [
            "companies[1].branches[1].fallback: leads back to itself: a -> b -> c -> a",
            "companies[1].branches[5].fallback: leads back to itself: e -> e",
        ]
    );
}

#[test]
fn unknown_fields_are_refused_by_name() {
    for (yaml, field) in [
        ("companies: []\ncompany: x", "company"),
        ("companies:\n- {slug: a, name: A, default_language: de, time_zone: UTC, colour: red}", "colour"),
        (
            "companies:\n- slug: a\n  name: A\n  default_language: de\n  time_zone: UTC\n  staff: [{slug: b, name: B, branch: c, skill: x}]",
            "skill",
        ),
    ] {
        let error = serde_saphyr::from_str::<Catalog>(yaml).unwrap_err().to_string();
        assert!(error.contains(field), "{error}");
    }
}

#[test]
fn a_diff_names_every_field_that_changes_and_whose_hours_did() {
    let mut new = demo();
    let salon = &mut new.companies[0];
    salon.name = "Haarwerk".to_owned();
    salon.staff[0].schedule.breaks.clear();
    salon.staff[1].nicknames.push("Memet".to_owned());
    salon.staff[3].available = false;
    salon.staff.remove(7);
    salon.branches[1].active = false;
    salon.services[0].duration_min = 35;
    salon.phone_numbers.push(DialledNumber { number: "030 23125102".to_owned(), branch: None, language: None });
    let found = diff(&demo(), &new);
    let changes: Vec<_> = found.changes.iter().map(|change| (change.path.as_str(), change.kind.as_str())).collect();
    assert_eq!(
        changes,
        [
            ("companies.haarwerk.name", "changed"),
            ("companies.haarwerk.branches.potsdam.active", "deactivated"),
            ("companies.haarwerk.phone_numbers.+493023125102", "added"),
            ("companies.haarwerk.staff.jonas.available", "deactivated"),
            ("companies.haarwerk.staff.mehmet.nicknames", "changed"),
            ("companies.haarwerk.staff.omar", "removed"),
            ("companies.haarwerk.staff.sofia.schedule", "changed"),
            ("companies.haarwerk.services.herrenhaarschnitt.duration_min", "changed"),
        ]
    );
    let people: Vec<_> = found.schedules.iter().map(|entry| entry.staff.as_str()).collect();
    // Potsdam was switched off, so its three people are concerned; Mehmet's nickname is not.
    assert_eq!(people, ["jonas", "katharina", "omar", "sofia", "zeynep"]);
    assert_eq!(found.changes[7].before, Some(30.into()));
    assert_eq!(found.changes[7].after, Some(35.into()));
}

#[test]
fn hours_of_branch_company_and_clock_concern_everyone_below_them() {
    let names = |change: fn(&mut Company)| {
        let mut new = demo();
        change(&mut new.companies[0]);
        diff(&demo(), &new).schedules.len()
    };
    assert_eq!(names(|company| company.schedule.holidays.clear()), 8);
    assert_eq!(names(|company| company.branches[0].schedule.overrides.clear()), 5);
    assert_eq!(names(|company| company.time_zone = "Europe/London".to_owned()), 8);
    assert_eq!(names(|company| company.name.push('x')), 0);
    assert_eq!(names(|company| company.services.clear()), 0);
}

#[test]
fn new_and_missing_companies_are_whole_changes() {
    let one = Catalog { companies: vec![demo().companies.remove(0)] };
    let added = diff(&one, &demo());
    assert_eq!((added.changes.len(), added.changes[0].path.as_str()), (1, "companies.suedpark"));
    assert_eq!((added.changes[0].kind, added.schedules.len()), (ChangeKind::Added, 0));
    let removed = diff(&demo(), &one);
    assert_eq!((removed.changes[0].kind, removed.schedules.len()), (ChangeKind::Removed, 3));
}

#[test]
fn a_large_catalog_is_checked_and_compared_in_one_pass() {
    let mut company = demo().companies.remove(1);
    company.staff.clear();
    company.services.clear();
    let model = company.branches[0].clone();
    company.branches = (0..5_000)
        .map(|n| Branch {
            slug: format!("b-{n}"),
            rooms: vec![],
            fallback: Some(format!("b-{}", n + 1)),
            ..model.clone()
        })
        .collect();
    company.branches[4_999].fallback = None;
    company.default_branch = Some("b-0".to_owned());
    company.agents.clear();
    company.phone_numbers = (0..5_000)
        .map(|n| DialledNumber {
            number: format!("+49221{:07}", 1_000_000 + n),
            branch: Some(format!("b-{n}")),
            language: None,
        })
        .collect();
    let catalog = Catalog { companies: vec![company] };
    assert_eq!(validate(&catalog), []);
    assert!(diff(&catalog, &catalog).is_empty());
}

#[test]
fn the_schema_describes_the_whole_document() {
    let schema = serde_json::to_value(schemars::schema_for!(Catalog)).unwrap();
    let text = schema.to_string();
    for field in
        ["companies", "service_areas", "auto_book_after_call", "nicknames", "not_with", "time_off", "room_kind"]
    {
        assert!(text.contains(&format!("\"{field}\"")), "{field}");
    }
    assert!(text.contains("\"additionalProperties\":false"));
}
