//! Whatever is sent: an answer, and never another company's branch.

use callflow_contract::resolver::v1::{ResolveCallRequest, ResolveCallResponse};
use callflow_domain::id::CompanyId;
use proptest::{prelude::*, test_runner::TestRunner};
use tonic::Code;

use crate::{
    fixture::{TestResolver, call, companies, salon},
    ladder::known,
};

/// Parts of calls that mean something in some company, and parts that mean nothing in any.
fn any_call() -> impl Strategy<Value = ResolveCallRequest> {
    let catalog = companies();
    let each = |part: fn(&callflow_domain::catalog::Company) -> Vec<String>| -> Vec<String> {
        catalog.companies.iter().flat_map(part).collect()
    };
    let numbers = each(|company| company.phone_numbers.iter().map(|entry| entry.number.clone()).collect());
    let agents = each(|company| company.agents.iter().map(|agent| agent.id.clone()).collect());
    let names = each(|company| {
        let id = CompanyId::from_slug(&company.slug);
        let of = |branch: &callflow_domain::catalog::Branch| [branch.slug.clone(), id.branch(&branch.slug).to_string()];
        company.branches.iter().flat_map(of).chain([company.slug.clone(), id.to_string()]).collect()
    });
    let slugs = each(|company| vec![company.slug.clone()]);
    let callers = ["anonymous", "", "+491713920001", "+491713920004", "+4930123456", "+442079460123", "+49221123456"];
    let callers = callers.map(str::to_owned).to_vec();
    let text = |some: Vec<String>| prop_oneof![6 => prop::sample::select(some), 1 => any::<String>()];
    (
        prop::sample::select(slugs),
        text(numbers.clone()),
        text(callers),
        text(agents),
        text(numbers),
        text(names.clone()),
        text(names),
        any::<String>(),
    )
        .prop_map(|(company, to, from, agent, diverted, tenant, place, heard)| ResolveCallRequest {
            company,
            agent_id: agent,
            sip_headers: [
                ("diversion".to_owned(), format!("<sip:{diverted}@x>;reason=busy")),
                ("history-info".to_owned(), diverted),
            ]
            .into(),
            metadata_json: serde_json::json!({"tenant_id": tenant, "location_id": place}).to_string(),
            detected_language: heard,
            ..call(&to, &from)
        })
}

/// Holds an answer against the company that asked.
fn check(company: &str, answer: &ResolveCallResponse) -> Result<(), TestCaseError> {
    let catalog = companies();
    let own = CompanyId::from_slug(company);
    let declared = catalog.company(company).unwrap();
    let is_own = |id: &str| declared.branches.iter().any(|branch| own.branch(&branch.slug).to_string() == id);
    if let Some(branch) = &answer.branch {
        prop_assert!(is_own(&branch.branch_id), "{company}: {}", branch.slug);
        prop_assert!(branch.active);
    }
    prop_assert_eq!(&answer.company.as_ref().unwrap().slug, company);
    for signal in answer.signals.iter().filter(|signal| !signal.branch_id.is_empty()) {
        prop_assert!(is_own(&signal.branch_id), "{company}: {signal:?}");
    }
    for person in &answer.staff {
        let works_here =
            |staff: &callflow_domain::catalog::Staff| own.staff(&staff.slug).to_string() == person.staff_id;
        prop_assert!(declared.staff.iter().any(works_here), "{company}: {person:?}");
    }
    let customers = answer.caller.as_ref().map_or(0, |caller| caller.customers.len());
    prop_assert!(customers == 0 || own == salon(), "only the salon knows anybody");
    Ok(())
}

#[test]
fn no_input_resolves_across_companies() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let test = runtime.block_on(async {
        let test = TestResolver::start().await;
        known(&test).await;
        test
    });
    let cases = ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
    let run = TestRunner::new(cases).run(&any_call(), |request| {
        let company = request.company.clone();
        let answer = runtime.block_on(test.resolve(request));
        check(&company, &answer)
    });
    run.unwrap();
    runtime.block_on(test.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_numbers_and_metadata_have_no_effect() {
    let test = TestResolver::start().await;
    let plain = test.resolve(call("+493023125100", "anonymous")).await;
    let long = "9".repeat(10_240);
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let wide = format!("{{\"location_id\": \"{}\"}}", "potsdam".repeat(1_500));
    let nul = "{\"location_id\": \"potsdam\\u0000\", \"tenant_id\": \"salon\\u0000\"}".to_owned();
    let array = "{\"location_id\": [\"potsdam\"], \"tenant_id\": {\"$ne\": null}}".to_owned();
    let koeln = CompanyId::from_slug("suedpark").branch("koeln");
    let foreign = format!("{{\"location_id\": \"{koeln}\"}}");
    let controls: String = (0..32_u8).map(char::from).chain(['\u{202e}', '\u{0}']).collect();
    for metadata in [&long, &deep, &wide, &nul, &array, &foreign, &controls] {
        for text in [long.as_str(), controls.as_str(), "%s%n", "' OR 1=1 --", "+٤٩٣٠", "${jndi:ldap://x}"] {
            let mut request = call("+493023125100", text);
            request.metadata_json.clone_from(metadata);
            request.agent_id = text.to_owned();
            request.detected_language = text.to_owned();
            request.sip_headers = ["diversion", "history-info", ""].map(|name| (name.to_owned(), long.clone())).into();
            let answer = test.resolve(request).await;
            assert_eq!((answer.branch, answer.method), (plain.branch.clone(), "number".to_owned()));
            let told = answer.signals.iter().map(|signal| signal.reason.len()).max();
            assert!(told < Some(200), "what is sent is not sent back");
        }
    }
    for (company, call_id, code) in [
        ("", "", Code::InvalidArgument),
        ("Salon", "", Code::InvalidArgument),
        ("salon\0", "", Code::InvalidArgument),
        ("nobody", "", Code::NotFound),
        ("salon", "call\n1", Code::InvalidArgument),
        ("salon", long.as_str(), Code::InvalidArgument),
    ] {
        let request =
            ResolveCallRequest { company: company.into(), call_id: call_id.into(), ..call("+493023125100", "") };
        let refused = test.client.clone().resolve_call(request).await.unwrap_err();
        assert_eq!(refused.code(), code, "{company:?} {refused}");
        assert!(!refused.message().contains(&long));
    }
    test.stop().await;
}
