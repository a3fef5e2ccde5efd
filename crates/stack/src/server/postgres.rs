//! Postgres: a cluster of our own with the roles, the database and the schema the services expect.

mod admin;
mod recipe;

use std::{ops::Deref, path::PathBuf, sync::Arc};

pub use admin::Admin;
use callflow_store::role::{self, Role};
use recipe::PostgresRecipe;
use url::Url;

use super::{Run, Server, Source};
use crate::{endpoints::Endpoints, error::Error, secret::password_for};

/// Name of the superuser of clusters made here.
pub(crate) const ADMIN: &str = "callflow_admin";

/// Name of the database the services use.
const DATABASE: &str = "callflow";

/// The stack's Postgres; dereferences to [`Server`] for stopping and starting.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    access: Access,
}

impl Postgres {
    pub(crate) async fn open(source: Source<PathBuf>, run: &Arc<Run>, wanted: Option<u16>) -> Result<Self, Error> {
        let (server, access) = match source {
            Source::Given(url) => {
                // A URL without password, for a server that trusts us: roles get passwords all the same.
                let root = url.password().unwrap_or(&run.secret).to_owned();
                (Server::given("postgres"), Access { url, root })
            }
            Source::Own(programs) => {
                let server = Server::create(Box::new(PostgresRecipe { programs }), run.clone(), wanted).await?;
                let access = Access::ours(server.port().unwrap_or_default(), &run.secret);
                (server, access)
            }
        };
        access.provision().await?;
        Ok(Self { server, access })
    }

    /// Returns the URL for a service's role, password included.
    #[must_use]
    pub fn url(&self, role: Role) -> String {
        self.access.url(role, DATABASE)
    }

    /// Returns the superuser's URL of the same database, password included.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.access.admin_url(DATABASE)
    }

    pub(crate) fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }
}

impl Deref for Postgres {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// How to reach a Postgres server as any of its roles.
#[derive(Clone)]
pub(crate) struct Access {
    /// The administrator's URL; its database is the one that exists before ours does.
    url: Url,
    /// The password the roles' own are derived from.
    root: String,
}

impl Access {
    fn ours(port: u16, secret: &str) -> Self {
        let text = format!("postgres://{ADMIN}:{secret}@127.0.0.1:{port}/postgres");
        let url = Url::parse(&text).expect("made of a number and hexadecimal digits only");
        Self { url, root: secret.to_owned() }
    }

    /// Reads an administrator's URL; the roles' passwords are derived from the password in it.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let given = |reason: String| Error::Given { variable: Endpoints::TEST_POSTGRES, reason };
        let url = Url::parse(text).map_err(|error| given(error.to_string()))?;
        let root = url.password().ok_or_else(|| given("it must hold a password".to_owned()))?.to_owned();
        Ok(Self { url, root })
    }

    pub(crate) fn admin_url(&self, database: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(database);
        url.into()
    }

    pub(crate) fn url(&self, role: Role, database: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(database);
        // Both fail only for URLs without a host, which the schemes accepted cannot be.
        let _ = url.set_username(role.name()).and_then(|()| url.set_password(Some(&self.password(role))));
        url.into()
    }

    fn password(&self, role: Role) -> String {
        password_for(&self.root, role.name())
    }

    /// Makes roles, database and schema; safe to repeat.
    async fn provision(&self) -> Result<(), Error> {
        let admin = Admin::of(self.clone()).await?;
        admin.create_roles().await?;
        if !admin.databases(DATABASE).await?.iter().any(|name| name == DATABASE) {
            admin.create_database(DATABASE, None).await?;
        }
        admin.migrate(DATABASE).await
    }
}

impl std::fmt::Debug for Access {
    /// Leaves the passwords out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

/// Connects for a few statements.
async fn connect(url: String) -> Result<callflow_store::Database, Error> {
    let mut config = callflow_store::Config::new(url);
    config.max_connections = 1;
    config.application_name = "callflow-stack".to_owned();
    callflow_store::Database::connect(&config).await.map_err(Error::database("connecting"))
}

/// Brings the schema of one database up to date and gives each role its rights.
async fn migrate(owner_url: String) -> Result<(), Error> {
    let owner = connect(owner_url).await?;
    callflow_store::migrate(&owner).await.map_err(Error::database("migrating"))?;
    role::grant(&owner).await.map_err(Error::database("granting rights"))?;
    owner.close().await;
    Ok(())
}
