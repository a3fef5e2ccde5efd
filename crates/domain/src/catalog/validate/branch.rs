//! Branches: their fields, rooms, service areas and fallback chains.

use std::collections::{HashMap, HashSet};

use super::{Findings, Names};
use crate::{
    catalog::{Branch, Company},
    id::is_slug,
};

pub(super) fn check(found: &mut Findings, path: &str, company: &Company, branches: &Names<'_>) {
    let mut slugs = Names::new("branch");
    let mut rooms = Names::new("room");
    for (index, branch) in company.branches.iter().enumerate() {
        let here = format!("{path}.branches[{index}]");
        slugs.slug(found, &here, &branch.slug);
        found.text(format!("{here}.name"), &branch.name);
        if let Some(slug) = &branch.fallback {
            branches.refer(found, format!("{here}.fallback"), slug);
        }
        if let Some(name) = &branch.time_zone {
            found.time_zone(format!("{here}.time_zone"), name);
        }
        if let Some(address) = &branch.address {
            found.text(format!("{here}.address"), address);
        }
        found.schedule(&here, &branch.schedule);
        service_areas(found, &here, branch);
        for (nth, room) in branch.rooms.iter().enumerate() {
            let here = format!("{here}.rooms[{nth}]");
            rooms.slug(found, &here, &room.slug);
            found.text(format!("{here}.name"), &room.name);
            if !is_slug(&room.kind) {
                found.add(format!("{here}.kind"), format!("{:?} is no slug", room.kind));
            }
        }
    }
    cycles(found, path, &company.branches);
}

fn service_areas(found: &mut Findings, path: &str, branch: &Branch) {
    let mut seen = HashSet::new();
    for (index, area) in branch.service_areas.iter().enumerate() {
        let here = format!("{path}.service_areas[{index}]");
        let digits = area.strip_prefix('+').unwrap_or("");
        let is_prefix = (1..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if !is_prefix {
            found.add(here, format!("{area:?} is no beginning of an international number, as in +4930"));
        } else if !seen.insert(area) {
            found.add(here, format!("{area} is named twice"));
        }
    }
}

/// Reports every ring of fallback branches once, at its first branch.
fn cycles(found: &mut Findings, path: &str, branches: &[Branch]) {
    let places: HashMap<_, _> =
        branches.iter().enumerate().map(|(place, branch)| (branch.slug.as_str(), place)).collect();
    let next = |place: usize| branches[place].fallback.as_deref().and_then(|slug| places.get(slug).copied());
    // Which walk came by first; a walk that meets its own trail has found a ring.
    let mut walk_of = vec![usize::MAX; branches.len()];
    for start in 0..branches.len() {
        let mut place = Some(start);
        while let Some(at) = place.filter(|at| walk_of[*at] == usize::MAX) {
            walk_of[at] = start;
            place = next(at);
        }
        if let Some(at) = place.filter(|at| walk_of[*at] == start) {
            let ring = std::iter::successors(Some(at), |at| next(*at)).skip(1).take_while(|other| *other != at);
            let members: Vec<usize> = std::iter::once(at).chain(ring).collect();
            let first = members.iter().copied().min().unwrap_or(at);
            let turn = members.iter().position(|member| *member == first).unwrap_or(0);
            let names: Vec<_> = members
                .iter()
                .cycle()
                .skip(turn)
                .take(members.len() + 1)
                .map(|at| branches[*at].slug.as_str())
                .collect();
            found.add(
                format!("{path}.branches[{first}].fallback"),
                format!("leads back to itself: {}", names.join(" -> ")),
            );
        }
    }
}
