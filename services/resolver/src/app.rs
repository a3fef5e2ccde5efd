//! The use cases of the resolver; each file holds one.

pub mod booked;
pub mod branch;
pub mod call;
pub mod caller;
pub mod catalog;
pub mod count;
pub mod customer;
pub mod event;
pub mod evidence;
pub mod name;
pub mod resolve;
pub mod ring;
pub mod staff;
pub mod sweep;

use std::sync::Arc;

use callflow_domain::id::CompanyId;
use callflow_store::directory::Directory;

use crate::{deps::Deps, error::Error};

/// What a use case returns.
pub type Result<T> = std::result::Result<T, Error>;

/// The service's logic over everything it talks to; clones share it.
#[derive(Clone)]
pub struct App {
    pub(crate) deps: Deps,
}

impl App {
    /// Puts the logic on its dependencies.
    #[must_use]
    pub const fn new(deps: Deps) -> Self {
        Self { deps }
    }

    /// Returns the company's names and rules.
    pub(crate) async fn directory(&self, company: CompanyId) -> Result<Arc<Directory>> {
        self.deps.directories.of(company).await.map_err(|error| match error.kind() {
            callflow_domain::ErrorKind::NotFound => Error::NotFound("company"),
            _ => Error::Shared(error),
        })
    }
}
