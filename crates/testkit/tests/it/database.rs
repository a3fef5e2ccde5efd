//! Databases of their own.

use callflow_testkit::{Role, TestDatabase};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

async fn connect(url: String) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn count(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(sea_orm::DbBackend::Postgres, sql);
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn each_test_has_the_schema_and_empty_tables() {
    let (one, two) = tokio::join!(TestDatabase::start(), TestDatabase::start());
    assert_ne!(one.name(), two.name());
    let (first, second) = (connect(one.admin_url()).await, connect(two.admin_url()).await);
    first.execute_unprepared("CREATE TABLE public.mine (n int); INSERT INTO public.mine VALUES (1)").await.unwrap();
    assert!(second.execute_unprepared("SELECT FROM public.mine").await.is_err());
    assert_eq!(count(&second, "SELECT count(*) FROM booking.appointment").await, 0);
}

#[tokio::test]
async fn every_role_can_log_in_and_only_the_owner_changes_the_schema() {
    let database = TestDatabase::start().await;
    for role in Role::ALL {
        let connection = connect(database.url(role)).await;
        let changed = connection.execute_unprepared("CREATE TABLE booking.intruder (n int)").await;
        assert_eq!(changed.is_ok(), role == Role::Owner, "{role:?}: {changed:?}");
    }
}

#[tokio::test]
async fn a_database_is_gone_after_its_test_even_when_a_connection_is_left_open() {
    let witness = TestDatabase::start().await;
    let database = TestDatabase::start().await;
    let left_open = connect(database.url(Role::Booking)).await;
    let sql = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", database.name());
    let watcher = connect(witness.admin_url()).await;
    assert_eq!(count(&watcher, &sql).await, 1);
    drop(database);
    assert_eq!(count(&watcher, &sql).await, 0);
    assert!(left_open.execute_unprepared("SELECT 1").await.is_err());
}

#[tokio::test]
async fn a_database_left_by_a_killed_test_is_removed_by_the_next() {
    let first = TestDatabase::start().await;
    let watcher = connect(first.admin_url()).await;
    // Process 1 began when the machine did, so nothing of this name can belong to a living process.
    watcher.execute_unprepared("CREATE DATABASE cf_1_99999999999_7").await.unwrap();
    let _second = TestDatabase::start().await;
    let left = count(&watcher, "SELECT count(*) FROM pg_database WHERE datname = 'cf_1_99999999999_7'").await;
    assert_eq!(left, 0);
}
