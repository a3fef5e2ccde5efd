//! Who is calling: known, new, one of several on one number, or nobody who shows a number.

use callflow_cache::Subject;
use callflow_contract::{
    convert::to_wire_time,
    resolver::v1::{Caller as Wire, Customer as WireCustomer, caller::Kind},
};
use callflow_domain::{
    code::Code,
    id::{BranchId, CompanyId, CustomerId, StaffId},
    phone::Caller,
};
use callflow_store::{
    booked,
    customer::{self, Customer},
    directory::Directory,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{App, Result, name};
use crate::error::Error;

/// A customer as kept in Redis, under a hash of company and number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub(crate) id: CustomerId,
    name: Option<callflow_domain::masked::CustomerName>,
    pub(crate) language: Option<String>,
    pub(crate) preferred_staff: Option<StaffId>,
    pub(crate) preferred_branch: Option<BranchId>,
    pub(crate) last_branch: Option<BranchId>,
    calls: u32,
    bookings: u32,
    last_seen: Timestamp,
}

impl From<Customer> for Known {
    fn from(stored: Customer) -> Self {
        Self {
            id: stored.id,
            name: stored.name,
            language: stored.language,
            preferred_staff: stored.preferred_staff,
            preferred_branch: stored.preferred_branch,
            last_branch: stored.last_branch,
            calls: stored.calls,
            bookings: stored.bookings,
            last_seen: stored.last_seen,
        }
    }
}

impl App {
    /// Returns the customers under the caller's number; none for callers who show none.
    ///
    /// # Errors
    /// When neither Redis nor Postgres can be asked.
    pub(crate) async fn known(&self, company: CompanyId, caller: &Caller) -> Result<Vec<Known>> {
        let Some(number) = caller.number() else { return Ok(Vec::new()) };
        let load = || async {
            let found = customer::by_phone(&self.deps.database, company, number).await?;
            let known: Vec<Known> = found.into_iter().map(Known::from).collect();
            Ok((!known.is_empty()).then_some(known))
        };
        let found = self.deps.callers.get_or_load(company, Subject::Personal(number.expose()), load).await;
        Ok(found.map_err(Error::Shared)?.unwrap_or_default())
    }

    /// Returns whoever has an appointment with this code and goes by this name; nobody when either is missing.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub(crate) async fn by_code(&self, company: CompanyId, code: &str, name: &str) -> Result<Vec<Known>> {
        let Some(code) = Code::hear(code) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for id in booked::customers_by_code(&self.deps.database, company, code.as_str()).await? {
            found.extend(self.by_id(company, id).await?.filter(|one| goes_by(one, name)));
        }
        Ok(found)
    }

    /// Returns one customer by id.
    ///
    /// # Errors
    /// When Postgres cannot be asked.
    pub(crate) async fn by_id(&self, company: CompanyId, id: CustomerId) -> Result<Option<Known>> {
        Ok(customer::find(&self.deps.database, company, id).await?.map(Known::from))
    }
}

/// Returns what to tell of a caller. Several on one number are all told: the agent asks, nobody is mixed up.
pub(crate) fn write(caller: &Caller, known: &[Known], directory: &Directory) -> Wire {
    let kind = match (caller, known.len()) {
        (_, 1) => Kind::Known,
        (_, 2..) => Kind::Ambiguous,
        (Caller::Known(_), _) => Kind::New,
        (Caller::Invalid, _) => Kind::Invalid,
        _ => Kind::Withheld,
    };
    Wire {
        kind: kind.into(),
        phone: caller.number().map(|number| number.expose().to_owned()).unwrap_or_default(),
        customers: known.iter().map(|one| write_one(one, directory)).collect(),
    }
}

fn write_one(known: &Known, directory: &Directory) -> WireCustomer {
    WireCustomer {
        customer_id: known.id.to_string(),
        name: known.name.as_ref().map(|name| name.expose().to_owned()).unwrap_or_default(),
        language: known.language.clone().unwrap_or_default(),
        preferred_staff_id: known.preferred_staff.map(|id| id.to_string()).unwrap_or_default(),
        preferred_staff_name: known.preferred_staff.map(|id| directory.staff_name(id)).unwrap_or_default(),
        preferred_branch_id: known.preferred_branch.map(|id| id.to_string()).unwrap_or_default(),
        calls: known.calls,
        bookings: known.bookings,
        last_seen: Some(to_wire_time(known.last_seen)),
    }
}

/// Picks the customers whose name fits what was said; all of them when none does.
pub(crate) fn pick(known: Vec<Known>, name: &str) -> Vec<Known> {
    let fitting: Vec<Known> = known.iter().filter(|one| goes_by(one, name)).cloned().collect();
    if fitting.is_empty() { known } else { fitting }
}

/// Returns whether a customer goes by a name; nobody goes by none.
pub(crate) fn goes_by(one: &Known, said: &str) -> bool {
    one.name.as_ref().is_some_and(|name| name::is_same(name.expose(), said))
}
