//! Services: their times, references, and the names callers use for them.

use std::collections::HashMap;

use super::{Findings, Names};
use crate::{
    catalog::{Company, Service},
    slot::{Alignment, SlotRule},
};

/// Longest notice and farthest advance: a year and its leap day.
pub(super) const NOTICE_MIN: u32 = 366 * 24 * 60;
pub(super) const ADVANCE_DAYS: u32 = 366;

pub(super) fn check(found: &mut Findings, path: &str, company: &Company, branches: &Names<'_>) {
    let mut slugs = Names::new("service");
    let services = Names::of("service", company.services.iter().map(|service| service.slug.as_str()));
    for (index, service) in company.services.iter().enumerate() {
        let here = format!("{path}.services[{index}]");
        slugs.slug(found, &here, &service.slug);
        found.text(format!("{here}.name"), &service.name);
        times(found, &here, service);
        found.texts(&format!("{here}.required_skills"), &service.required_skills);
        for (nth, slug) in service.not_with.iter().enumerate() {
            services.refer(found, format!("{here}.not_with[{nth}]"), slug);
        }
        for (nth, slug) in service.branches.iter().enumerate() {
            branches.refer(found, format!("{here}.branches[{nth}]"), slug);
        }
        if let Some(price) = &service.price {
            found.text(format!("{here}.price"), price);
        }
        room(found, &here, company, service);
    }
    names(found, path, company);
}

fn times(found: &mut Findings, path: &str, service: &Service) {
    let [duration, before, after] =
        [service.duration_min, service.buffer_before_min, service.buffer_after_min].map(i64::from);
    let rule = SlotRule::new(duration, 1, Alignment::Clock);
    if let Err(error) = &rule {
        found.add(format!("{path}.duration_min"), error.to_string());
    }
    for (field, minutes) in [("buffer_before_min", before), ("buffer_after_min", after)] {
        if !(0..=SlotRule::LONGEST_BUFFER_MIN).contains(&minutes) {
            found.add(
                format!("{path}.{field}"),
                format!("is {minutes}, accepted are 0 to {}", SlotRule::LONGEST_BUFFER_MIN),
            );
        }
    }
    if let Some(minutes) = service.min_notice_min {
        found.range(format!("{path}.min_notice_min"), minutes, 0..=NOTICE_MIN);
    }
    if let Some(days) = service.max_advance_days {
        found.range(format!("{path}.max_advance_days"), days, 1..=ADVANCE_DAYS);
    }
}

/// A service that needs a room needs one wherever it is offered.
fn room(found: &mut Findings, path: &str, company: &Company, service: &Service) {
    let Some(kind) = &service.room_kind else { return };
    let lacks = |branch: &&crate::catalog::Branch| {
        service.is_offered_at(&branch.slug) && !branch.rooms.iter().any(|room| room.kind == *kind)
    };
    if let Some(branch) = company.branches.iter().find(lacks) {
        let message = format!("branch {} offers this service and has no room of the kind {kind:?}", branch.slug);
        found.add(format!("{path}.room_kind"), message);
    }
}

/// Two services with one name could not be told apart on the phone.
fn names(found: &mut Findings, path: &str, company: &Company) {
    let mut owners: HashMap<String, &str> = HashMap::new();
    for (index, service) in company.services.iter().enumerate() {
        let here = format!("{path}.services[{index}]");
        let mut names = vec![(format!("{here}.name"), &service.name)];
        for (language, list) in &service.aliases {
            let field = format!("{here}.aliases.{language}");
            found.texts(&field, list);
            names.extend(list.iter().enumerate().map(|(nth, alias)| (format!("{field}[{nth}]"), alias)));
        }
        for (field, name) in names {
            // The same word in two languages of one service is no confusion.
            let owner = *owners.entry(name.to_lowercase()).or_insert(&service.slug);
            if owner != service.slug {
                found.add(field, format!("{name:?} already names the service {owner}"));
            }
        }
    }
}
