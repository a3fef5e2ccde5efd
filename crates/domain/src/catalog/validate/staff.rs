//! Staff: their fields and the branch they work at.

use super::{Findings, Names};
use crate::catalog::Company;

pub(super) fn check(found: &mut Findings, path: &str, company: &Company, branches: &Names<'_>) {
    let mut slugs = Names::new("staff member");
    for (index, person) in company.staff.iter().enumerate() {
        let here = format!("{path}.staff[{index}]");
        slugs.slug(found, &here, &person.slug);
        found.text(format!("{here}.name"), &person.name);
        branches.refer(found, format!("{here}.branch"), &person.branch);
        found.texts(&format!("{here}.nicknames"), &person.nicknames);
        found.texts(&format!("{here}.skills"), &person.skills);
        found.length(&format!("{here}.languages"), person.languages.len());
        for (nth, language) in person.languages.iter().enumerate() {
            if person.languages[..nth].contains(language) {
                found.add(format!("{here}.languages[{nth}]"), format!("{language} is named twice"));
            }
        }
        found.schedule(&here, &person.schedule);
    }
}
