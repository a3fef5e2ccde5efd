//! Branches, services and staff by whatever name the operator types.

use callflow_contract::resolver::v1::{GetBranchRequest, GetBranchResponse, Service, StaffMember};
use callflow_extract::name::{Match, Named, find};

use crate::{connect::Fleet, failure::Failure};

/// Returns a branch with its staff and services.
pub(crate) async fn branch(fleet: &Fleet, branch: &str) -> Result<GetBranchResponse, Failure> {
    let request = GetBranchRequest { company: fleet.company()?, branch: branch.to_owned() };
    Ok(fleet.resolver().await?.get_branch(request).await?.into_inner())
}

/// Returns the service that is meant.
pub(crate) fn service<'a>(branch: &'a GetBranchResponse, said: &str) -> Result<&'a Service, Failure> {
    let exact = branch.services.iter().find(|service| service.slug == said || service.service_id == said);
    if let Some(service) = exact {
        return Ok(service);
    }
    let names = |service: &Service| {
        let mut names = service.aliases.clone();
        names.extend([service.name.clone(), service.slug.clone()]);
        names
    };
    let list = indexed(&branch.services, names);
    one("service", said, find(said, &list), |index| &branch.services[index].slug).map(|index| &branch.services[index])
}

/// Returns the staff member who is meant.
pub(crate) fn staff<'a>(branch: &'a GetBranchResponse, said: &str) -> Result<&'a StaffMember, Failure> {
    let exact = branch.staff.iter().find(|member| member.slug == said || member.staff_id == said);
    if let Some(member) = exact {
        return Ok(member);
    }
    let names = |member: &StaffMember| {
        let mut names = member.nicknames.clone();
        names.extend([member.name.clone(), member.slug.clone()]);
        names
    };
    let list = indexed(&branch.staff, names);
    one("staff member", said, find(said, &list), |index| &branch.staff[index].slug).map(|index| &branch.staff[index])
}

fn indexed<T>(items: &[T], names: impl Fn(&T) -> Vec<String>) -> Vec<Named<usize>> {
    items.iter().enumerate().map(|(value, item)| Named { value, names: names(item) }).collect()
}

fn one<'a>(what: &str, said: &str, found: Match<usize>, slug: impl Fn(usize) -> &'a String) -> Result<usize, Failure> {
    match found {
        Match::One(index) => Ok(index),
        Match::Several(indexes) => {
            let slugs: Vec<_> = indexes.into_iter().map(|index| slug(index).clone()).collect();
            Err(Failure::Usage(format!("which {what} is {said:?}? One of: {}", slugs.join(", "))))
        }
        Match::None => Err(Failure::Refused(format!("the branch has no {what} {said:?}"))),
    }
}
