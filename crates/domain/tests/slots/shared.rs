//! The workloads that are kept beside the project; without them these tests only say so.

use std::{fs, path::Path};

use callflow_domain::{cell::BitRow, slot::Alignment};
use serde_json::Value;

use crate::workload::{File, Plan};

fn read(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/slots").join(name);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: no {} here", path.display());
    }
    text
}

fn staff(text: &str, alignment: Alignment) -> Plan {
    match File::parse(text, alignment).unwrap_or_else(|problem| panic!("{problem}")) {
        File::Staff(plan) => plan,
        File::Cases(_) => panic!("a file with staff was expected"),
    }
}

fn lists(value: &Value) -> Vec<Vec<i64>> {
    serde_json::from_value(value.clone()).unwrap()
}

fn union(plan: &Plan, rows: &[BitRow]) -> Vec<i64> {
    plan.grid().union(&rows.iter().collect::<Vec<_>>()).to_vec()
}

fn reproduces(name: &str) {
    let Some((input, expected)) = read(&format!("{name}.json")).zip(read(&format!("{name}.expected.json"))) else {
        return;
    };
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let clock = staff(&input, Alignment::Clock);
    let (rows, per_staff) = clock.lists();
    assert_eq!(per_staff, lists(&expected["per_staff"]));
    assert_eq!(union(&clock, &rows), serde_json::from_value::<Vec<i64>>(expected["union"].clone()).unwrap());
    let range = staff(&input, Alignment::Range);
    let (rows, per_staff) = range.lists();
    assert_eq!(per_staff, lists(&expected["range_aligned"]["per_staff"]));
    let mut union = per_staff.concat();
    union.sort_unstable();
    union.dedup();
    assert_eq!(self::union(&range, &rows), union);
}

#[test]
fn one_person_on_one_day_is_reproduced() {
    reproduces("w1");
}

#[test]
fn eight_people_in_two_weeks_are_reproduced() {
    reproduces("w2");
}

#[test]
fn every_clock_change_is_reproduced() {
    let Some((input, expected)) = read("dst.json").zip(read("dst.expected.json")) else { return };
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let File::Cases(cases) = File::parse(&input, Alignment::Clock).unwrap_or_else(|problem| panic!("{problem}")) else {
        panic!("a file with cases was expected")
    };
    let expected = expected["cases"].as_array().unwrap();
    assert_eq!(cases.len(), expected.len());
    for ((id, plan), expected) in cases.iter().zip(expected) {
        assert_eq!(id, &expected["id"]);
        assert_eq!(
            plan.lists().1,
            [serde_json::from_value::<Vec<i64>>(expected["expected"].clone()).unwrap()],
            "case {id}"
        );
    }
}
