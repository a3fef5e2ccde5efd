//! The database schema as a list of small forward steps, and the function that applies them.
//!
//! Each step is SQL, because most of what matters here (exclusion constraints, generated ranges,
//! partial indexes, tenant-safe foreign keys) has no form in the schema builder, and one language
//! reads better than two. Steps are safe while the previous version of the services is running.

mod m0001_schema;
mod m0002_catalog;
mod m0003_customer;
mod m0004_call;
mod m0005_resolver_queue;
mod m0006_request;
mod m0007_series;
mod m0008_appointment;
mod m0009_callback;
mod m0010_audit;
mod m0011_booking_queue;
mod m0012_ingress_queue;
mod m0013_metrics_queue;
mod m0014_guest;
mod m0015_plan;
mod queue_sql;

use sea_orm::{ConnectionTrait, DynIden, TransactionTrait, sea_query::IntoIden};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::{database::Database, error::Error};

/// Declares a step: a unit struct named `Step` that runs one SQL script when it is applied.
macro_rules! step {
    ($name:literal, $sql:expr) => {
        /// The migration of this file.
        pub(super) struct Step;

        impl sea_orm_migration::MigrationName for Step {
            fn name(&self) -> &str {
                $name
            }
        }

        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Step {
            async fn up(&self, manager: &sea_orm_migration::SchemaManager) -> Result<(), sea_orm::DbErr> {
                use sea_orm::ConnectionTrait as _;
                manager.get_connection().execute_unprepared($sql).await.map(|_| ())
            }
        }
    };
}
use step;

/// The list of steps in the order they were written.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_schema::Step),
            Box::new(m0002_catalog::Step),
            Box::new(m0003_customer::Step),
            Box::new(m0004_call::Step),
            Box::new(m0005_resolver_queue::Step),
            Box::new(m0006_request::Step),
            Box::new(m0007_series::Step),
            Box::new(m0008_appointment::Step),
            Box::new(m0009_callback::Step),
            Box::new(m0010_audit::Step),
            Box::new(m0011_booking_queue::Step),
            Box::new(m0012_ingress_queue::Step),
            Box::new(m0013_metrics_queue::Step),
            Box::new(m0014_guest::Step),
            Box::new(m0015_plan::Step),
        ]
    }

    fn migration_table_name() -> DynIden {
        "migration".into_iden()
    }
}

/// Key of the advisory lock under which migrations run; any number that nothing else uses.
pub(crate) const LOCK: i64 = 0x63_61_6c_6c_66_6c_6f_77;

/// Applies every step that is still missing and returns the names of those applied now.
///
/// Runs as the owner of the database. All steps share one transaction: either the schema is whole
/// afterwards or nothing happened. Several processes may call this at once; they take turns, and
/// all but the first find nothing to do.
pub async fn migrate(database: &Database) -> Result<Vec<String>, Error> {
    let doing = "migrating the schema";
    let tx = database.raw().begin().await.map_err(|cause| Error::sql(doing, cause))?;
    let prepare = format!(
        "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock({LOCK});
         CREATE SCHEMA IF NOT EXISTS callflow; SET LOCAL search_path = callflow, public;"
    );
    tx.execute_unprepared(&prepare).await.map_err(|cause| Error::sql(doing, cause))?;
    let pending = Migrator::get_pending_migrations(&tx).await.map_err(|cause| Error::sql(doing, cause))?;
    let names = pending.iter().map(|migration| migration.name().to_owned()).collect();
    Migrator::up(&tx, None).await.map_err(|cause| Error::sql(doing, cause))?;
    tx.commit().await.map_err(|cause| Error::sql(doing, cause))?;
    Ok(names)
}

/// Returns the names of the steps the database does not have yet, without changing anything.
///
/// A service asks this at start: empty means its tables are there.
pub async fn pending(database: &Database) -> Result<Vec<String>, Error> {
    let doing = "reading the schema version";
    let tx = database.raw().begin().await.map_err(|cause| Error::sql(doing, cause))?;
    tx.execute_unprepared("SET LOCAL search_path = callflow, public")
        .await
        .map_err(|cause| Error::sql(doing, cause))?;
    let pending = Migrator::get_pending_migrations_read_only(&tx).await.map_err(|cause| Error::sql(doing, cause))?;
    Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
}
