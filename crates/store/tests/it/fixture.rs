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
    /// Creates a database with every table and right, as a copy of one that was made before.
    pub(crate) async fn start() -> Self {
        let admin_url = admin_url();
        let template = template(&admin_url).await;
        Self::create(admin_url, &format!("TEMPLATE {template}")).await
    }

    /// Creates a database that has an owner and nothing else.
    pub(crate) async fn empty() -> Self {
        let admin_url = admin_url();
        role::create(&Database::connect(&Config::new(&admin_url)).await.unwrap(), |_| None).await.unwrap();
        Self::create(admin_url, "").await
    }

    async fn create(admin_url: String, options: &str) -> Self {
        let name = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        psql(&admin_url, &format!("CREATE DATABASE {name} OWNER {} {options}", Role::Owner.name()));
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

fn admin_url() -> String {
    std::env::var(URL).unwrap_or_else(|_| panic!("{URL} is not set; `make test` sets it"))
}

/// Returns the name of a migrated database to copy, making it when this is the first test of this
/// build. Copying takes a tenth of the time that migrating takes.
async fn template(admin_url: &str) -> String {
    let build = std::env::current_exe().and_then(std::fs::metadata).unwrap();
    let stamp = build.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let name = format!("store_template_{stamp}");
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}' AND datistemplate");
    // A lock that all test processes share: one makes the template, the others wait and find it.
    let lock = Database::connect(&Config::new(admin_url)).await.unwrap();
    let mut turn = lock.begin_within(Duration::from_secs(120)).await.unwrap();
    let anyone = callflow_domain::masked::PhoneNumber::new("template");
    let company = callflow_domain::id::CompanyId::from_slug("store-tests");
    callflow_store::customer::lock_phone(&mut turn, company, &anyone).await.unwrap();
    if psql(admin_url, &exists) == "0" {
        role::create(&lock, |_| None).await.unwrap();
        psql(admin_url, &format!("DROP DATABASE IF EXISTS {name}"));
        psql(admin_url, &format!("CREATE DATABASE {name}"));
        let admin = Database::connect(&Config::new(url(admin_url, None, &name))).await.unwrap();
        role::own(&admin).await.unwrap();
        let owner = pool(&url(admin_url, Some(Role::Owner), &name), 1).await;
        migrate(&owner).await.unwrap();
        role::grant(&owner).await.unwrap();
        owner.close().await;
        admin.close().await;
        psql(admin_url, &format!("ALTER DATABASE {name} IS_TEMPLATE true"));
        drop_older(admin_url, &name);
    }
    turn.commit().await.unwrap();
    name
}

/// Drops templates of former builds; one that is being copied at this moment stays for the next time.
fn drop_older(admin_url: &str, current: &str) {
    let older = "SELECT datname FROM pg_database WHERE datname LIKE 'store\\_template\\_%'";
    for name in psql(admin_url, older).lines().filter(|name| *name != current) {
        let _ = try_psql(admin_url, &format!("ALTER DATABASE {name} IS_TEMPLATE false"));
        let _ = try_psql(admin_url, &format!("DROP DATABASE IF EXISTS {name}"));
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
