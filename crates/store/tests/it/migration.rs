//! Installing: steps apply once, together, and whoever comes second finds nothing to do.

use callflow_store::{migrate, pending, role, role::Role};

use crate::fixture::TestDatabase;

#[tokio::test]
async fn a_second_run_finds_nothing_to_do() {
    let database = TestDatabase::empty().await;
    let planned = pending(&database.owner).await.unwrap();
    let applied = migrate(&database.owner).await.unwrap();
    assert_eq!(applied, planned);
    assert!(applied.len() > 10, "{applied:?}");
    assert_eq!(migrate(&database.owner).await.unwrap(), Vec::<String>::new());
    role::grant(&database.owner).await.unwrap();
    role::grant(&database.owner).await.unwrap();
}

#[tokio::test]
async fn services_can_tell_whether_the_schema_is_current() {
    let database = TestDatabase::start().await;
    for role in Role::SERVICES {
        let service = database.connect(role).await;
        assert_eq!(pending(&service).await.unwrap(), Vec::<String>::new(), "{role:?}");
        assert!(migrate(&service).await.is_err(), "{role:?} must not migrate");
    }
}

#[tokio::test]
async fn four_installers_at_once_apply_each_step_once() {
    let database = TestDatabase::empty().await;
    let (a, b, c, d) = tokio::join!(
        migrate(&database.owner),
        migrate(&database.owner),
        migrate(&database.owner),
        migrate(&database.owner),
    );
    let mut counts = [a, b, c, d].map(|applied| applied.unwrap().len());
    counts.sort_unstable();
    assert_eq!(counts[..3], [0, 0, 0]);
    assert_eq!(counts[3].to_string(), database.sql("SELECT count(*) FROM callflow.migration").await);
}
