use callflow_cache::{live::LiveCall, minute::Counter};
use callflow_domain::id::CallId;
use uuid::Uuid;

use super::*;

const COMPANY: CompanyId = CompanyId(Uuid::from_u128(1));
const BRANCH: BranchId = BranchId(Uuid::from_u128(2));

fn board() -> Board {
    let at: Timestamp = "2026-03-02T09:30:30Z".parse().unwrap();
    let named = |branch, name: &str, by: i64| (Counter { branch, name: name.into() }, by);
    let counters = Counters::from([
        named(None, "label/haarwerk", 3),
        named(Some(BRANCH), "label/Berlin Mitte", 1),
        named(None, "call_started", 3),
        named(Some(BRANCH), "answer", 2),
        named(None, "answer", 1),
    ]);
    let mut times = empty();
    (0..2).for_each(|_| times.saturating_record(20_000));
    let minute = Minute::new(counters, ByBranch::from([(Some(BRANCH), times)]));
    let call = |id: &str, branch, phase: &str| LiveCall {
        call: CallId::parse(id).unwrap(),
        branch,
        phase: phase.into(),
        first_seen: at,
        last_seen: at,
    };
    let latest = vec![call("a", Some(BRANCH), "searching"), call("b", None, "")];
    let live = Arc::new(LiveCalls { total: 5, latest });
    let minutes = BTreeMap::from([(crate::app::minute_of(at), Arc::new(minute))]);
    Board { at, companies: BTreeMap::from([(COMPANY, Company { minutes, live })]) }
}

#[test]
fn a_company_is_the_sum_of_its_branches_and_of_what_belongs_to_none() {
    let board = board();
    let minute = crate::app::minute_of(board.at);
    assert_eq!(board.minute(Scope::default(), minute).0["answer"], 3);
    let scope = Scope { company: Some(COMPANY), branch: Some(BRANCH) };
    let (counts, latencies) = board.minute(scope, minute);
    assert_eq!((counts["answer"], latencies.len()), (2, 2));
    let other = Scope { company: Some(CompanyId(Uuid::from_u128(9))), branch: None };
    assert!(board.minute(other, minute).0.is_empty());
}

#[test]
fn calls_that_are_not_described_are_live_in_an_unknown_phase() {
    let (total, phases) = board().live(Scope::default());
    assert_eq!((total, phases["searching"], phases[UNKNOWN_PHASE]), (5, 1, 4));
    let (total, phases) = board().live(Scope { company: None, branch: Some(BRANCH) });
    assert_eq!((total, phases.len()), (1, 1));
}

#[test]
fn the_view_names_companies_and_branches_and_ends_with_the_running_minute() {
    let view = view::View::of(&board(), None);
    let company = &view.companies[0];
    assert_eq!((company.label.as_str(), company.branches[0].label.as_str()), ("haarwerk", "Berlin Mitte"));
    assert_eq!(view.fleet.series["call_started"].len(), 60);
    assert_eq!(view.fleet.series["call_started"].last(), Some(&3));
    assert_eq!(company.branches[0].counts["answer"], 2);
    assert!((199.0..203.0).contains(&view.fleet.p95_ms.last().unwrap().unwrap()));
    assert!(serde_json::to_string(&view).unwrap().contains("\"companies\""));
}
