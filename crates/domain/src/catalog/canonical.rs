//! One form for catalogs that mean the same, so that comparing and exporting are stable.

use super::{Catalog, Company};
use crate::phone;

impl Catalog {
    /// Returns the catalog in canonical form: lists without an order of their own are sorted,
    /// numbers are in E.164 form, and what branches take from their company is written out.
    ///
    /// Two documents with the same meaning have the same canonical form, and writing it twice
    /// gives the same bytes.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        self.normalize();
        self.sorted()
    }

    /// Writes out what branches take from their company, and numbers in E.164 form; everything stays where it is.
    pub fn normalize(&mut self) {
        self.companies.iter_mut().for_each(Company::normalize);
    }

    /// Returns a catalog that was normalized in canonical form: what is left to do is sorting.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.companies.iter_mut().for_each(Company::sort);
        self.companies.sort_by(|a, b| a.slug.cmp(&b.slug));
        self
    }
}

impl Company {
    /// Writes out what is implied, and numbers in E.164 form; reading numbers is the dear part.
    fn normalize(&mut self) {
        for branch in &mut self.branches {
            branch.time_zone.get_or_insert_with(|| self.time_zone.clone());
        }
        for entry in &mut self.phone_numbers {
            if let Ok(parsed) = phone::parse(&entry.number, Some(self.country)) {
                parsed.number.expose().clone_into(&mut entry.number);
            }
        }
    }

    fn sort(&mut self) {
        for branch in &mut self.branches {
            sort_set(&mut branch.service_areas);
            branch.rooms.sort_by(|a, b| a.slug.cmp(&b.slug));
        }
        for person in &mut self.staff {
            sort_set(&mut person.skills);
        }
        for service in &mut self.services {
            sort_set(&mut service.required_skills);
            sort_set(&mut service.not_with);
            sort_set(&mut service.branches);
            service.aliases.retain(|_, aliases| !aliases.is_empty());
        }
        sort_set(&mut self.policies.reject.numbers);
        sort_set(&mut self.signing_keys);
        self.policies.gaps.sort_by(|a, b| (&a.after, &a.before).cmp(&(&b.after, &b.before)));
        self.branches.sort_by(|a, b| a.slug.cmp(&b.slug));
        self.phone_numbers.sort_by(|a, b| a.number.cmp(&b.number));
        self.agents.sort_by(|a, b| a.id.cmp(&b.id));
        self.staff.sort_by(|a, b| a.slug.cmp(&b.slug));
        self.services.sort_by(|a, b| a.slug.cmp(&b.slug));
    }
}

fn sort_set(list: &mut Vec<String>) {
    list.sort();
    list.dedup();
}
