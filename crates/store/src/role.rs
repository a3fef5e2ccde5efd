//! Database roles: one per service, each with exactly the rights in the table of the README.

use sea_orm::{ConnectionTrait, Statement, TransactionTrait};

use crate::{
    database::Database,
    error::Error,
    sql::{self, quote_ident, quote_literal},
};

/// A role of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Owns the database and its tables; migrates, grants, erases. No service runs as this.
    Owner,
    /// The resolver service.
    Resolver,
    /// The availability service; writes nothing.
    Availability,
    /// The booking service.
    Booking,
    /// The ingress service.
    Ingress,
    /// The metrics service.
    Metrics,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Resolver, Self::Availability, Self::Booking, Self::Ingress, Self::Metrics];

    /// The roles that services connect as.
    pub const SERVICES: [Self; 5] = [Self::Resolver, Self::Availability, Self::Booking, Self::Ingress, Self::Metrics];

    /// Returns the role's name in Postgres.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "callflow_owner",
            Self::Resolver => "callflow_resolver",
            Self::Availability => "callflow_availability",
            Self::Booking => "callflow_booking",
            Self::Ingress => "callflow_ingress",
            Self::Metrics => "callflow_metrics",
        }
    }
}

/// Creates the roles that are missing and takes away attributes they must not have. Needs a superuser
/// (or a role that may create roles); safe to repeat and to run from several processes.
///
/// A password is set for each role for which `password` returns one; `None` leaves it alone.
pub async fn create(admin: &Database, password: impl Fn(Role) -> Option<String>) -> Result<(), Error> {
    let doing = "creating roles";
    for role in Role::ALL {
        let name = role.name();
        // Roles belong to the whole server: another database's installer may be creating them right now.
        let mut script = format!(
            "DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             DO $$ BEGIN
               IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}' AND
                          (NOT rolcanlogin OR rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls OR rolreplication)) THEN
                 ALTER ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION;
               END IF;
             END $$;"
        );
        if let Some(secret) = password(role) {
            script.push_str(&format!("ALTER ROLE {name} PASSWORD {};", quote_literal(&secret)));
        }
        admin.raw().execute_unprepared(&script).await.map_err(|cause| Error::sql(doing, cause))?;
    }
    Ok(())
}

/// Makes [`Role::Owner`] the owner of the connected database. Needs a superuser; safe to repeat.
pub async fn own(admin: &Database) -> Result<(), Error> {
    let doing = "handing the database to its owner";
    let name: String = sql::scalar(admin, doing, "SELECT current_database()::text", vec![]).await?;
    let script = format!("ALTER DATABASE {} OWNER TO {}", quote_ident(&name), Role::Owner.name());
    admin.raw().execute_unprepared(&script).await.map(|_| ()).map_err(|cause| Error::sql(doing, cause))
}

/// Tables an operator declares; services other than the resolver may read them.
const CATALOG: &str = "resolver.company, resolver.branch, resolver.phone_number, resolver.agent, resolver.staff, \
                       resolver.service, resolver.room";

/// What availability needs to know of an appointment; nothing about the person.
const OCCUPANCY: &str = "id, company_id, branch_id, staff_id, room_id, service_id, starts_at, ends_at, busy_from, \
                         busy_until, busy, status";

/// Gives every service role exactly its rights, taking away any other. Runs as the owner, after
/// [`migrate`](crate::migrate); safe to repeat, and no service notices while it runs.
pub async fn grant(owner: &Database) -> Result<(), Error> {
    let doing = "granting rights";
    let tx = owner.raw().begin().await.map_err(|cause| Error::sql(doing, cause))?;
    let name = Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT current_database()::text AS name");
    let row = tx.query_one_raw(name).await.map_err(|cause| Error::sql(doing, cause))?;
    let name: String =
        row.ok_or(Error::NotFound { doing })?.try_get("", "name").map_err(|cause| Error::sql(doing, cause))?;
    tx.execute_unprepared(&script(&quote_ident(&name))).await.map_err(|cause| Error::sql(doing, cause))?;
    tx.commit().await.map_err(|cause| Error::sql(doing, cause))
}

/// Returns the whole script: everything away first, then what the table in the README says.
fn script(database: &str) -> String {
    let services = Role::SERVICES.map(Role::name).join(", ");
    let schemas = "callflow, resolver, booking, ingress, metrics";
    format!(
        "SELECT pg_advisory_xact_lock({lock});
         REVOKE ALL ON DATABASE {database} FROM PUBLIC, {services};
         REVOKE ALL ON SCHEMA {schemas} FROM PUBLIC, {services};
         REVOKE ALL ON ALL TABLES IN SCHEMA {schemas} FROM PUBLIC, {services};
         REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schemas} FROM PUBLIC, {services};
         REVOKE CREATE ON SCHEMA public FROM PUBLIC, {services};
         GRANT CONNECT ON DATABASE {database} TO {services};
         GRANT USAGE ON SCHEMA callflow TO {services};
         GRANT SELECT ON callflow.migration TO {services};
         GRANT USAGE ON SCHEMA resolver TO callflow_resolver, callflow_availability, callflow_booking;
         GRANT USAGE ON SCHEMA booking TO callflow_booking, callflow_availability;
         GRANT USAGE ON SCHEMA ingress TO callflow_ingress;
         GRANT USAGE ON SCHEMA metrics TO callflow_metrics;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA resolver TO callflow_resolver;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA booking TO callflow_booking;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ingress TO callflow_ingress;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA metrics TO callflow_metrics;
         GRANT SELECT ON {CATALOG} TO callflow_availability, callflow_booking;
         GRANT SELECT ({OCCUPANCY}) ON booking.appointment TO callflow_availability;",
        lock = crate::migration::LOCK,
    )
}
