//! A database for one test: the whole schema, empty tables.
//!
//! It is copied from a template, which takes a fraction of the time the migrations need. The template is made
//! once per server and schema, by whichever test comes first; the others wait for it.

use callflow_stack::{Admin, Kinds};
use callflow_store::role::Role;

use crate::{PrivateStack, background, name, servers};

/// Key of the lock under which the template is made; any number that nothing else uses.
const LOCK: i64 = 0x74_65_6d_70_6c_61_74_65;

/// How many databases of killed tests a test removes before it begins; the rest is left to the next ones.
const SWEEP: usize = 4;

/// A database nobody else uses, on the shared Postgres; removed at the end.
///
/// Tests that stop or kill Postgres start [one of their own](Self::private) instead.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    admin: Admin,
}

impl TestDatabase {
    /// Copies the template, making it first if need be; starts the shared servers if none are running.
    ///
    /// # Panics
    /// When there is no Postgres to be had, or the migrations fail; the message says why.
    pub async fn start() -> Self {
        let url = servers::postgres().await;
        let made = Self::make(&url).await;
        made.unwrap_or_else(|error| panic!("no database for the test: {}", servers::chain(&error)))
    }

    /// Starts a Postgres of its own, with `stop`, `start`, `kill` and `restart`.
    pub async fn private() -> PrivateStack {
        PrivateStack::start(Kinds::POSTGRES).await
    }

    /// Returns the URL for a role, password included.
    #[must_use]
    pub fn url(&self, role: Role) -> String {
        self.admin.url(role, &self.name)
    }

    /// Returns the superuser's URL, password included.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.admin.admin_url(&self.name)
    }

    /// Returns the database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn make(url: &str) -> Result<Self, callflow_stack::Error> {
        let admin = Admin::connect(url).await?;
        let template = template(&admin).await?;
        for left in admin.databases(&name::prefix()).await?.iter().filter(|name| name::is_left_over(name)).take(SWEEP) {
            // Another test may be removing it right now.
            let _ = admin.drop_database(left).await;
        }
        let name = name::unique();
        admin.create_database(&name, Some(&template)).await?;
        Ok(Self { name, admin })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (name, url) = (&self.name, self.admin.admin_url("postgres"));
        // A connection of its own: ours belongs to a runtime that may be shutting down.
        let _ = background::finish(async move { Admin::connect(&url).await?.drop_database(name).await });
    }
}

/// Returns the name of the template with the present schema, made if it is not there.
async fn template(admin: &Admin) -> Result<String, callflow_stack::Error> {
    let name = concat!("callflow_template_", env!("CALLFLOW_SCHEMA"));
    let exists =
        async || Ok::<_, callflow_stack::Error>(admin.databases(name).await?.iter().any(|found| found == name));
    if exists().await? {
        return Ok(name.to_owned());
    }
    admin.lock(LOCK).await?;
    if !exists().await? {
        // Under another name until it is whole: whoever sees the name may copy it.
        let half = format!("{name}_half");
        admin.drop_database(&half).await?;
        admin.create_roles().await?;
        admin.create_database(&half, None).await?;
        admin.migrate(&half).await?;
        admin.rename_database(&half, name).await?;
    }
    admin.unlock(LOCK).await?;
    Ok(name.to_owned())
}
