//! Who somebody is: by number, by id, or by name and confirmation code.

use callflow_domain::{
    id::{CallId, CompanyId, CustomerId},
    phone::Caller,
};
use callflow_store::call::{self, Assignment};
use jiff::Timestamp;

use super::{
    App, Result,
    caller::{self, Known},
};
use crate::error::Error;

/// Whom somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Slug of the company.
    pub company: &'a str,
    /// The number as it arrived; may be withheld.
    pub phone: &'a str,
    /// The customer, when it is known who it is.
    pub id: Option<CustomerId>,
    /// The name that was said; may be empty.
    pub name: &'a str,
    /// The confirmation code that was said; may be empty.
    pub code: &'a str,
    /// The call in which it was said.
    pub call: Option<&'a CallId>,
}

impl App {
    /// Returns the customers under a number or an id, narrowed down by name; a caller who shows no number is identified by
    /// name and confirmation code together, and by neither of them alone. Who was identified is noted with the call.
    ///
    /// # Errors
    /// `NotFound` when there is no such company, and when neither Redis nor Postgres can be asked.
    pub async fn find_customer(&self, asked: &Asked<'_>) -> Result<callflow_contract::resolver::v1::Caller> {
        let company = CompanyId::from_slug(asked.company);
        let directory = self.directory(company).await?;
        let caller = Caller::read(asked.phone, Some(directory.company().declared.country));
        let known = match asked.id {
            Some(id) => vec![self.by_id(company, id).await?.ok_or(Error::NotFound("customer"))?],
            None if caller.number().is_none() => {
                let known = self.by_code(company, asked.code, asked.name).await?;
                self.note_caller(company, asked.call, &known).await;
                known
            }
            None => caller::pick(self.known(company, &caller).await?, asked.name),
        };
        Ok(caller::write(&caller, &known, &directory))
    }

    /// Notes with a call who is on the phone; what is booked in it is then theirs. A note that fails costs only that.
    async fn note_caller(&self, company: CompanyId, call: Option<&CallId>, known: &[Known]) {
        let (Some(call), [only]) = (call, known) else { return };
        let found = Assignment { customer: Some(only.id), ..Assignment::default() };
        let note = async {
            let mut tx = self.deps.database.begin().await?;
            call::assign(&mut tx, company, call, &found, Timestamp::now()).await?;
            tx.commit().await
        };
        if let Err(error) = note.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "who was identified was not noted with the call");
        }
    }
}
