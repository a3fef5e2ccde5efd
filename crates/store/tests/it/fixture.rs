//! A database of its own for each test, as the services see it.

use std::time::Duration;

use callflow_store::{Config, Database, role::Role};
use callflow_testkit as testkit;
use sea_orm::sqlx::{self, Connection as _, PgConnection, Row as _, ValueRef as _};

/// A database with its roles, and ways to look at it from beside.
pub(crate) struct TestDatabase {
    inner: testkit::TestDatabase,
    /// The owner's pool.
    pub(crate) owner: Database,
}

impl TestDatabase {
    /// Returns a database with every table and right.
    pub(crate) async fn start() -> Self {
        let inner = testkit::TestDatabase::start().await;
        let owner = pool(&inner.url(Role::Owner), 4).await;
        Self { inner, owner }
    }

    /// Returns a database that has an owner and nothing else.
    pub(crate) async fn empty() -> Self {
        let database = Self::start().await;
        database
            .sql("DROP SCHEMA callflow, resolver, booking, ingress, metrics CASCADE; DROP EXTENSION btree_gist")
            .await;
        database
    }

    /// Connects as a service would.
    pub(crate) async fn connect(&self, role: Role) -> Database {
        self.connect_many(role, 8).await
    }

    /// Connects as a service with a pool of the given size.
    pub(crate) async fn connect_many(&self, role: Role, connections: u32) -> Database {
        pool(&self.inner.url(role), connections).await
    }

    /// Runs SQL as the superuser and returns the rows, columns parted by `|`, as `psql -At` prints them.
    pub(crate) async fn sql(&self, sql: &str) -> String {
        run(&self.inner.admin_url(), sql).await.unwrap()
    }

    /// Runs SQL as a role; `Err` is what the database said.
    pub(crate) async fn sql_as(&self, role: Role, sql: &str) -> Result<String, String> {
        run(&self.inner.url(role), sql).await
    }
}

async fn pool(url: &str, connections: u32) -> Database {
    let mut config = Config::new(url);
    config.max_connections = connections;
    config.acquire_timeout = Duration::from_secs(30);
    config.statement_timeout = Duration::from_secs(30);
    Database::connect(&config).await.unwrap()
}

/// Runs SQL without any help of the crate under test; values come as text, because nothing is prepared.
async fn run(url: &str, sql: &str) -> Result<String, String> {
    let mut connection = PgConnection::connect(url).await.map_err(|error| error.to_string())?;
    let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await;
    let rows = rows.map_err(|error| error.to_string())?;
    let text = |row: &sqlx::postgres::PgRow, column: usize| {
        let value = row.try_get_raw(column).unwrap();
        if value.is_null() { String::new() } else { value.as_str().unwrap().to_owned() }
    };
    let line = |row| (0..sqlx::Row::len(row)).map(|column| text(row, column)).collect::<Vec<_>>().join("|");
    Ok(rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}
