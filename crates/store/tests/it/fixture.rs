//! A database of its own for each test, made from the environment's Postgres and dropped afterwards.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use callflow_store::{Config, Database, migrate, role, role::Role};

/// Superuser URL of a Postgres the tests may create databases in.
const URL: &str = "CALLFLOW_TEST_POSTGRES_URL";

/// Databases made by this process so far, for names that differ.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// An installed database with its roles.
pub(crate) struct TestDatabase {
    admin_url: String,
    name: String,
    /// The owner's pool.
    pub(crate) owner: Database,
}

impl TestDatabase {
    /// Creates a database with every table and right.
    pub(crate) async fn start() -> Self {
        let database = Self::empty().await;
        migrate(&database.owner).await.unwrap();
        role::grant(&database.owner).await.unwrap();
        database
    }

    /// Creates a database that has an owner and nothing else.
    pub(crate) async fn empty() -> Self {
        let admin_url = std::env::var(URL).unwrap_or_else(|_| panic!("{URL} is not set; `make test` sets it"));
        let name = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let admin = Database::connect(&Config::new(&admin_url)).await.unwrap();
        role::create(&admin, |_| None).await.unwrap();
        psql(&admin_url, &format!("CREATE DATABASE {name}"));
        let own_url = url(&admin_url, None, &name);
        role::own(&Database::connect(&Config::new(own_url)).await.unwrap()).await.unwrap();
        let owner = pool(&url(&admin_url, Some(Role::Owner), &name), 4).await;
        Self { admin_url, name, owner }
    }

    /// Connects as a service would.
    pub(crate) async fn connect(&self, role: Role) -> Database {
        pool(&url(&self.admin_url, Some(role), &self.name), 8).await
    }

    /// Connects as a service with a pool of the given size.
    pub(crate) async fn connect_many(&self, role: Role, connections: u32) -> Database {
        pool(&url(&self.admin_url, Some(role), &self.name), connections).await
    }

    /// Runs SQL as the superuser and returns what `psql -At` prints.
    pub(crate) fn psql(&self, sql: &str) -> String {
        psql(&url(&self.admin_url, None, &self.name), sql)
    }

    /// Runs SQL as a role; `Err` is what the database said.
    pub(crate) fn psql_as(&self, role: Role, sql: &str) -> Result<String, String> {
        try_psql(&url(&self.admin_url, Some(role), &self.name), sql)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A leftover database only costs disk space, and a panic here would hide the test's own.
        let _ = try_psql(&self.admin_url, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

async fn pool(url: &str, connections: u32) -> Database {
    let mut config = Config::new(url);
    config.max_connections = connections;
    config.acquire_timeout = Duration::from_secs(30);
    config.statement_timeout = Duration::from_secs(30);
    Database::connect(&config).await.unwrap()
}

/// Returns the URL with another database. The session acts as the role without knowing its password.
fn url(admin: &str, role: Option<Role>, database: &str) -> String {
    let (scheme, rest) = admin.split_once("://").unwrap();
    let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
    let options = role.map(|role| format!("?options=-c%20role%3D{}", role.name())).unwrap_or_default();
    format!("{scheme}://{authority}/{database}{options}")
}

fn psql(url: &str, sql: &str) -> String {
    try_psql(url, sql).unwrap()
}

fn try_psql(url: &str, sql: &str) -> Result<String, String> {
    let output = std::process::Command::new("psql").args([url, "-AtqX", "-v", "ON_ERROR_STOP=1", "-c", sql]).output();
    let output = output.map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
