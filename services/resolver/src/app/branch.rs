//! A branch with what a conversation needs of it.

use callflow_contract::resolver::v1::{GetBranchResponse, Service, StaffMember};
use callflow_domain::id::{BranchId, CompanyId};

use super::{
    App, Result,
    resolve::{branch, company},
};
use crate::error::Error;

impl App {
    /// Returns a branch by id or slug, with its staff and the services it offers.
    ///
    /// # Errors
    /// `NotFound` when company or branch do not exist.
    pub async fn get_branch(&self, slug: &str, which: &str) -> Result<GetBranchResponse> {
        let company_id = CompanyId::from_slug(slug);
        let directory = self.directory(company_id).await?;
        let id: BranchId = which.parse().unwrap_or_else(|_| company_id.branch(which));
        let stored = directory.branch(id).ok_or(Error::NotFound("branch"))?;
        let own = stored.declared.slug.as_str();
        let staff = directory.members().filter(|member| member.branch == id && member.declared.active);
        let mut staff: Vec<StaffMember> = staff
            .map(|member| StaffMember {
                staff_id: member.id.to_string(),
                slug: member.declared.slug.clone(),
                name: member.declared.name.clone(),
                nicknames: member.declared.nicknames.clone(),
                languages: member.declared.languages.iter().map(|language| language.as_str().to_owned()).collect(),
                skills: member.declared.skills.clone(),
                available: member.declared.available,
            })
            .collect();
        staff.sort_by(|one, other| one.slug.cmp(&other.slug));
        let offered =
            directory.services().filter(|service| service.declared.active && service.declared.is_offered_at(own));
        let mut services: Vec<Service> = offered
            .map(|service| Service {
                service_id: service.id.to_string(),
                slug: service.declared.slug.clone(),
                name: service.declared.name.clone(),
                aliases: service.declared.aliases.values().flatten().cloned().collect(),
                duration_min: service.declared.duration_min,
            })
            .collect();
        services.sort_by(|one, other| one.slug.cmp(&other.slug));
        let mut others: Vec<_> = directory
            .branches()
            .filter(|other| other.id != id)
            .filter_map(|other| branch(&directory, other.id))
            .collect();
        others.sort_by(|one, other| one.slug.cmp(&other.slug));
        Ok(GetBranchResponse {
            company: Some(company(&directory)),
            branch: branch(&directory, id),
            staff,
            services,
            other_branches: others,
        })
    }
}
