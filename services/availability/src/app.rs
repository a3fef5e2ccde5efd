//! The use cases of availability; each file holds one.

pub mod change;
pub mod day;
pub mod hold;
pub mod offer;
mod round;
pub mod search;
pub mod sequence;
pub mod series;
pub mod site;

use std::sync::Arc;

use callflow_domain::{ErrorKind, id::CompanyId};
use callflow_store::directory::Directory;

use self::{
    round::Rounds,
    site::{Look, View},
};
use crate::{deps::Deps, error::Error};

/// What a use case returns.
pub type Result<T> = std::result::Result<T, Error>;

/// The service's logic over everything it talks to; clones share it.
#[derive(Clone)]
pub struct App {
    pub(crate) deps: Deps,
    looks: Arc<Rounds<Look, View, Error>>,
}

impl App {
    /// Puts the logic on its dependencies.
    #[must_use]
    pub fn new(deps: Deps) -> Self {
        Self { deps, looks: Arc::new(Rounds::new()) }
    }

    /// Returns the company's names and rules.
    pub(crate) async fn directory(&self, company: CompanyId) -> Result<Arc<Directory>> {
        self.deps.directories.of(company).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::NotFound("company"),
            _ => Error::Catalog(error),
        })
    }
}
