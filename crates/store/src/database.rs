//! The connection pool, transactions, and deadlines.
//!
//! A deadline acts twice: `statement_timeout` makes Postgres give up, and a timer on our side gives
//! up when the network has swallowed the answer. The types here are the only ones that know sea-orm.

use std::{fmt, time::Duration};

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::time::Instant;

use crate::{
    error::Error,
    session::{Guard, Session},
};

/// Connections idle for less than this are handed out without a ping. A restart of Postgres takes
/// longer, so a connection that died with it is noticed before it is used.
const TRUSTED_IDLE: Duration = Duration::from_millis(500);

/// A transaction whose client vanished mid-way is ended by the server after this.
const IDLE_IN_TRANSACTION_MS: u32 = 30_000;

/// How long our own timer waits after the server's should have fired.
const GRACE: Duration = Duration::from_millis(250);

/// How to reach Postgres and how many connections to keep.
#[derive(Clone)]
pub struct Config {
    /// `postgres://role:password@host:port/database`.
    pub url: String,
    /// Shown in `pg_stat_activity`.
    pub application_name: String,
    /// Connections kept open.
    pub min_connections: u32,
    /// Upper limit of connections; a caller beyond it waits for `acquire_timeout`.
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
    /// Longest a statement may run when its transaction has no nearer deadline.
    pub statement_timeout: Duration,
}

impl Config {
    /// Returns the defaults for a URL: up to 10 connections, 2 s to get one, 5 s per statement.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            application_name: "callflow".to_owned(),
            min_connections: 0,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for Config {
    /// Leaves the URL out, because it holds the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("application_name", &self.application_name)
            .field("min_connections", &self.min_connections)
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}

/// A pool of connections to one Postgres database; clones share it.
#[derive(Clone)]
pub struct Database {
    raw: DatabaseConnection,
    acquire_timeout: Duration,
    statement_timeout: Duration,
}

impl Database {
    /// Makes the pool without connecting, so that a service can start before its database does.
    ///
    /// Fails only when the settings themselves are wrong.
    pub async fn open(config: &Config) -> Result<Self, Error> {
        Self::build(config, true).await
    }

    /// Makes the pool and connects once; fails when the database cannot be reached.
    pub async fn connect(config: &Config) -> Result<Self, Error> {
        let database = Self::build(config, true).await?;
        database.ping().await?;
        Ok(database)
    }

    async fn build(config: &Config, lazy: bool) -> Result<Self, Error> {
        // Checked here, because sea-orm's own message repeats the URL with its password.
        let scheme = config.url.starts_with("postgres://") || config.url.starts_with("postgresql://");
        if !scheme || config.url.parse::<sea_orm::sqlx::postgres::PgConnectOptions>().is_err() {
            return Err(Error::Config("database URL: accepted is postgres://role:password@host:port/database"));
        }
        if config.max_connections == 0 || config.min_connections > config.max_connections {
            return Err(Error::Config("database connections: accepted is 1 <= maximum, minimum <= maximum"));
        }
        let mut options = ConnectOptions::new(&config.url);
        options
            .connect_lazy(lazy)
            .min_connections(config.min_connections)
            .max_connections(config.max_connections)
            .acquire_timeout(config.acquire_timeout)
            .statement_timeout(config.statement_timeout)
            .set_application_name(&config.application_name)
            .test_before_acquire_if_idle_for(TRUSTED_IDLE)
            // Statements carry no values, but they are long; spans and logs of sqlx stay off.
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .map_sqlx_postgres_opts(|options| {
                let idle = ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS.to_string());
                // Compiling a plan takes 5 to 300 ms here and never pays off for statements as short as ours.
                options.options([idle, ("jit", "off".to_owned())])
            });
        let raw = sea_orm::Database::connect(options).await.map_err(|cause| Error::sql("opening the pool", cause))?;
        Ok(Self { raw, acquire_timeout: config.acquire_timeout, statement_timeout: config.statement_timeout })
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), Error> {
        let doing = "connecting to Postgres";
        self.guard().execute_unprepared("SELECT 1").await.map(|_| ()).map_err(|cause| Error::sql(doing, cause))
    }

    /// Begins a transaction whose statements may each run for the configured time.
    pub async fn begin(&self) -> Result<Tx, Error> {
        self.begin_within(self.statement_timeout).await
    }

    /// Begins a transaction that has to be over within `budget`, waiting for a connection included.
    ///
    /// What is left of the budget becomes the `statement_timeout` of this transaction alone.
    pub async fn begin_within(&self, budget: Duration) -> Result<Tx, Error> {
        let doing = "beginning a transaction";
        let until = Instant::now() + budget;
        let begun = tokio::time::timeout_at(until, self.raw.begin()).await;
        let raw = begun.map_err(|_| Error::Timeout { doing })?.map_err(|cause| Error::sql(doing, cause))?;
        let tx = Tx { raw, until: until + GRACE };
        if budget != self.statement_timeout {
            // At least 1, because 0 would mean no limit at all.
            let left_ms = until.saturating_duration_since(Instant::now()).as_millis().max(1);
            let limit = format!("SET LOCAL statement_timeout = {left_ms}");
            tx.guard().execute_unprepared(&limit).await.map_err(|cause| Error::sql(doing, cause))?;
        }
        Ok(tx)
    }

    /// Closes every connection, after the statements in flight have ended.
    pub async fn close(&self) {
        // Closing a pool cannot fail; only other backends of sea-orm can.
        let _ = self.raw.close_by_ref().await;
    }

    /// Returns how many connections are open and how many of them are idle.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let pool = self.raw.get_postgres_connection_pool();
        (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX))
    }

    pub(crate) fn raw(&self) -> &DatabaseConnection {
        &self.raw
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("connections", &self.connections()).finish_non_exhaustive()
    }
}

impl Session for Database {
    type Raw = DatabaseConnection;

    fn guard(&self) -> Guard<'_, DatabaseConnection> {
        Guard { raw: &self.raw, until: Instant::now() + self.acquire_timeout + self.statement_timeout + GRACE }
    }
}

/// A transaction; dropping it without `commit` rolls everything back.
pub struct Tx {
    raw: DatabaseTransaction,
    until: Instant,
}

impl Tx {
    /// Makes everything done in this transaction visible and durable.
    ///
    /// After a `Timeout` or `Unavailable` it is unknown whether it did; a repeat finds out through
    /// the request row or the inbox.
    pub async fn commit(self) -> Result<(), Error> {
        let doing = "committing";
        let committed = tokio::time::timeout_at(self.until, self.raw.commit()).await;
        committed.map_err(|_| Error::Timeout { doing })?.map_err(|cause| Error::sql(doing, cause))
    }

    /// Undoes everything done in this transaction and waits until the database has done so.
    pub async fn rollback(self) -> Result<(), Error> {
        let doing = "rolling back";
        let undone = tokio::time::timeout_at(self.until, self.raw.rollback()).await;
        undone.map_err(|_| Error::Timeout { doing })?.map_err(|cause| Error::sql(doing, cause))
    }

    /// Moves the deadline, for a transaction that stays open while something else is waited for.
    pub(crate) fn extend(&mut self, by: Duration) {
        self.until = Instant::now() + by;
    }

    /// Returns how much time this transaction has left.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("time_left", &self.time_left()).finish_non_exhaustive()
    }
}

impl Session for Tx {
    type Raw = DatabaseTransaction;

    fn guard(&self) -> Guard<'_, DatabaseTransaction> {
        Guard { raw: &self.raw, until: self.until }
    }
}
