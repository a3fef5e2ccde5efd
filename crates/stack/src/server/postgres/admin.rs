//! What a superuser does to a Postgres server: roles, databases, locks.

use std::time::Duration;

use callflow_store::role::{self, Role};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};

use super::{Access, connect, migrate};
use crate::error::Error;

/// A superuser's connection to one Postgres server.
#[derive(Debug)]
pub struct Admin {
    access: Access,
    connection: DatabaseConnection,
}

impl Admin {
    /// Connects with an administrator's URL; passwords of roles are derived from the password in it.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::of(Access::parse(url)?).await
    }

    pub(crate) async fn of(access: Access) -> Result<Self, Error> {
        let mut options = ConnectOptions::new(access.url.as_str());
        // One connection, kept: a session lock must be given back where it was taken.
        options.max_connections(1).min_connections(1).idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
        options.acquire_timeout(Duration::from_secs(5)).sqlx_logging(false);
        let connection = Database::connect(options).await.map_err(Error::database("connecting"))?;
        Ok(Self { access, connection })
    }

    /// Returns the URL of `role` for a database of this server, password included.
    #[must_use]
    pub fn url(&self, role: Role, database: &str) -> String {
        self.access.url(role, database)
    }

    /// Returns the administrator's own URL for a database of this server.
    #[must_use]
    pub fn admin_url(&self, database: &str) -> String {
        self.access.admin_url(database)
    }

    /// Makes sure that every role of the fleet exists and has its derived password.
    pub async fn create_roles(&self) -> Result<(), Error> {
        let server = connect(self.access.url.to_string()).await?;
        let created = role::create(&server, |role| Some(self.access.password(role))).await;
        server.close().await;
        created.map_err(Error::database("creating roles"))
    }

    /// Creates a database owned by [`Role::Owner`], empty or as a copy of `template`.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> Result<(), Error> {
        let template = template.unwrap_or("template0");
        let owner = Role::Owner.name();
        let sql = format!("CREATE DATABASE {} OWNER {owner} TEMPLATE {}", quote(name), quote(template));
        self.execute("creating a database", &sql).await
    }

    /// Brings the schema of a database up to date and gives each role its rights there.
    pub async fn migrate(&self, database: &str) -> Result<(), Error> {
        migrate(self.url(Role::Owner, database)).await
    }

    /// Removes a database and ends all connections to it; does nothing when there is none.
    pub async fn drop_database(&self, name: &str) -> Result<(), Error> {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(name));
        self.execute("dropping a database", &sql).await
    }

    /// Gives a database another name.
    pub async fn rename_database(&self, from: &str, to: &str) -> Result<(), Error> {
        self.execute("renaming a database", &format!("ALTER DATABASE {} RENAME TO {}", quote(from), quote(to))).await
    }

    /// Returns the names of all databases that begin with `prefix`, in order.
    pub async fn databases(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let sql = "SELECT datname::text AS name FROM pg_database WHERE starts_with(datname::text, $1) ORDER BY 1";
        let statement = Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, [prefix.into()]);
        let rows = self.connection.query_all_raw(statement).await.map_err(Error::database("listing databases"))?;
        let names: Result<_, DbErr> = rows.iter().map(|row| row.try_get("", "name")).collect();
        names.map_err(Error::database("listing databases"))
    }

    /// Waits for the server-wide lock `key`, held until [`unlock`](Self::unlock) or the end of the connection.
    pub async fn lock(&self, key: i64) -> Result<(), Error> {
        self.execute("taking a lock", &format!("SELECT pg_advisory_lock({key})")).await
    }

    /// Gives back the lock `key`.
    pub async fn unlock(&self, key: i64) -> Result<(), Error> {
        self.execute("giving back a lock", &format!("SELECT pg_advisory_unlock({key})")).await
    }

    /// Closes the connection.
    pub async fn close(self) {
        // Closing a pool cannot fail; only other backends of the library can.
        let _ = self.connection.close().await;
    }

    async fn execute(&self, doing: &'static str, sql: &str) -> Result<(), Error> {
        self.connection.execute_unprepared(sql).await.map(|_| ()).map_err(Error::database(doing))
    }
}

/// Returns `name` as a quoted SQL identifier.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
