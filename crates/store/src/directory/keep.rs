//! Directories in memory: read once, kept while the catalog's version stays, forgotten as soon as a change is heard of.
//!
//! Every change of a catalog raises its company's version and notifies all processes that listen, in the transaction
//! that makes the change. A notification that is lost costs a minute: then the version is compared.

use std::{sync::Arc, time::Duration};

use callflow_domain::id::CompanyId;
use moka::future::Cache;
use sea_orm::sqlx::{
    self,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::time::sleep;

use super::{Directory, change::Shared};
use crate::{catalog, database::Database, error::Error};

/// How long a name or policy may be out of date when no change was heard of.
const KEPT: Duration = Duration::from_secs(60);
/// How long the last good answer is kept for the time the database is away.
const LAST_GOOD: Duration = Duration::from_secs(3_600);
/// Pause before it is listened again after the connection was lost.
const PAUSE: Duration = Duration::from_secs(1);
/// Companies remembered at once.
const COMPANIES: u64 = 2_000;
/// Reads in a row that changes may overtake; more changes than that within one read are not real.
const TRIES: usize = 5;

/// The directories of all companies; clones share them.
#[derive(Debug, Clone)]
pub struct Directories {
    database: Database,
    fresh: Cache<CompanyId, Kept>,
    last_good: Cache<CompanyId, Arc<Directory>>,
    shared: Arc<Shared>,
}

/// A directory and the moment its reading began, on the clock that changes turn.
#[derive(Debug, Clone)]
struct Kept {
    directory: Arc<Directory>,
    read_at: u64,
}

impl Directories {
    /// Reads from this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        let (fresh, last_good) = (Cache::builder().time_to_live(KEPT), Cache::builder().time_to_live(LAST_GOOD));
        Self {
            database,
            fresh: fresh.max_capacity(COMPANIES).build(),
            last_good: last_good.max_capacity(COMPANIES).build(),
            shared: Arc::default(),
        }
    }

    /// Returns a company's directory; one read serves all who ask at the same time, and what is returned is at least as
    /// new as the last change heard of. While the database is away the last good one has to do, for an hour at most.
    ///
    /// # Errors
    /// `NotFound` when there is no such company; whatever the database says when nothing was read before.
    pub async fn of(&self, company: CompanyId) -> Result<Arc<Directory>, Arc<Error>> {
        for _ in 0..TRIES {
            let kept = match self.fresh.try_get_with(company, self.read(company)).await {
                Ok(kept) => kept,
                Err(error) if error.kind().is_transient() => {
                    self.shared.pause();
                    return self.last_good.get(&company).await.ok_or(error);
                }
                Err(error) => return Err(error),
            };
            if kept.read_at >= self.shared.changed_at(company) {
                return Ok(kept.directory);
            }
            // A change was heard of while it was being read.
            self.fresh.invalidate(&company).await;
        }
        self.read(company).await.map(|kept| kept.directory).map_err(Arc::new)
    }

    /// Reads a directory, unless the one read before still has the catalog's version.
    async fn read(&self, company: CompanyId) -> Result<Kept, Error> {
        let read_at = self.shared.now();
        let last = self.last_good.get(&company).await;
        if last.is_some() && self.shared.is_paused() {
            return Err(Error::Timeout { doing: "waiting for the database to come back" });
        }
        if let Some(directory) = last
            && catalog::version(&self.database, company).await? == Some(directory.company().version)
        {
            // Its time begins anew.
            self.last_good.insert(company, Arc::clone(&directory)).await;
            return Ok(Kept { directory, read_at });
        }
        let directory = Arc::new(Directory::load(&self.database, company).await?);
        self.last_good.insert(company, Arc::clone(&directory)).await;
        Ok(Kept { directory, read_at })
    }

    /// Forgets a company's directory, because its catalog changed.
    pub async fn forget(&self, company: CompanyId) {
        self.shared.note(Some(company));
        self.fresh.invalidate(&company).await;
    }

    /// Listens for changes of catalogs, made by whichever process, and forgets what they concern; never ends by itself.
    pub async fn watch(&self) {
        loop {
            let Err(cause) = self.listen().await;
            tracing::debug!(error = &cause as &dyn std::error::Error, "not listening for changes of catalogs");
            sleep(PAUSE).await;
        }
    }

    async fn listen(&self) -> Result<std::convert::Infallible, sqlx::Error> {
        // A connection of its own: it stays open for good, and the pool's are few.
        let options = self.database.raw().get_postgres_connection_pool().connect_options();
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with((*options).clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(catalog::CHANNEL).await?;
        // Changes may have passed by while nobody listened.
        self.forget_all();
        loop {
            match listener.try_recv().await? {
                Some(told) => match told.payload().parse() {
                    Ok(company) => self.renew(company).await,
                    Err(_) => self.forget_all(),
                },
                None => self.forget_all(),
            }
        }
    }

    /// Forgets a company and, if it was asked for before, reads it again: its next call does not wait for that.
    async fn renew(&self, company: CompanyId) {
        self.forget(company).await;
        if self.last_good.contains_key(&company) {
            let _ = self.of(company).await;
        }
    }

    fn forget_all(&self) {
        self.shared.note(None);
        self.fresh.invalidate_all();
    }
}
