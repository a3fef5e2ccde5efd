//! Signals that need no look-up: they follow from the company's directory and from who is calling.

use std::collections::BTreeSet;

use callflow_domain::{
    id::BranchId,
    phone::Caller,
    resolution::{Evidence, Fitting, Method},
};
use callflow_store::directory::Directory;
use jiff::Timestamp;

use crate::app::caller::Known;

/// By where the caller was before.
pub(super) fn history(directory: &Directory, known: &[Known]) -> Evidence {
    let been = |one: &Known| {
        // A branch that is gone from the catalog says nothing about where the caller goes now.
        [one.preferred_branch, one.last_branch].into_iter().flatten().find(|id| directory.branch(*id).is_some())
    };
    let nothing = |reason: &str| Evidence::nothing(Method::History, reason);
    let branches: BTreeSet<BranchId> = known.iter().filter_map(been).collect();
    match (known, branches.len(), branches.first()) {
        ([], ..) => nothing("the caller is not known"),
        (_, 1, Some(branch)) => {
            Evidence::branch(Method::History, directory.company().id, *branch, "the caller was there before")
        }
        (_, 0, _) => nothing("the caller has been at no branch yet"),
        // A family shares the number: which of them is calling is asked, not guessed.
        _ => nothing("several customers share the number and go to different branches"),
    }
}

/// By the area code of the *caller*; the company's own number says nothing about where the caller is.
pub(super) fn area(directory: &Directory, caller: &Caller) -> Evidence {
    let Some(number) = caller.number() else {
        return Evidence::nothing(Method::ServiceArea, "the caller shows no number");
    };
    match directory.places().areas.longest(number) {
        Some((prefix, fitting)) => {
            among(Method::ServiceArea, directory, fitting, &format!("the caller's number begins with {prefix}"))
        }
        None => Evidence::nothing(Method::ServiceArea, "the caller's area is in no service area"),
    }
}

/// By the time zone of the caller's number.
pub(super) fn clock(directory: &Directory, caller: &Caller, at: Timestamp) -> Evidence {
    let zone = caller.origin().and_then(|origin| origin.time_zone);
    let Some(zone) = zone else {
        return Evidence::nothing(Method::TimeZone, "the caller's number leaves the time zone open");
    };
    let fitting = directory.places().clocks.like(zone, at);
    among(Method::TimeZone, directory, &fitting, &format!("the caller's clock is {zone}"))
}

fn among(method: Method, directory: &Directory, fitting: &Fitting, reason: &str) -> Evidence {
    let company = directory.company();
    Evidence::among(method, company.id, company.default_branch, fitting, reason)
}
