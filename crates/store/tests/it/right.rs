//! Each role may do what the README's table says, and is refused everything else.

use callflow_store::role::Role;

use crate::{fixture::TestDatabase, salon};

/// What a role may do in a schema's tables.
fn expected(role: Role, schema: &str, table: &str) -> &'static str {
    let catalog = ["company", "branch", "phone_number", "agent", "staff", "service", "room"].contains(&table);
    match (role, schema) {
        (_, "callflow") => "SELECT",
        (Role::Resolver, "resolver") | (Role::Booking, "booking") => "SELECT,INSERT,UPDATE,DELETE",
        (Role::Ingress, "ingress") | (Role::Metrics, "metrics") => "SELECT,INSERT,UPDATE,DELETE",
        (Role::Availability | Role::Booking, "resolver") if catalog => "SELECT",
        _ => "",
    }
}

#[tokio::test]
async fn every_role_has_exactly_its_rights_on_every_table() {
    let database = TestDatabase::start().await;
    let held = database
        .sql(
            "SELECT r.rolname, t.schemaname, t.tablename, (
             SELECT string_agg(p, ',' ORDER BY n)
             FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) WITH ORDINALITY AS x(p, n)
             WHERE has_table_privilege(r.rolname, t.schemaname || '.' || t.tablename, p))
         FROM pg_roles r, pg_tables t
         WHERE r.rolname LIKE 'callflow%' AND t.schemaname IN ('callflow','resolver','booking','ingress','metrics')",
        )
        .await;
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for line in held.lines() {
        let [name, schema, table, rights] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
        if let Some(role) = Role::SERVICES.into_iter().find(|role| role.name() == name) {
            seen += 1;
            if rights != expected(role, schema, table) {
                wrong.push(line.to_owned());
            }
        }
    }
    assert!(seen > 5 * 20, "{held}");
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn availability_sees_when_somebody_is_busy_and_not_who_comes() {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    let read = async |columns: &str| {
        database.sql_as(Role::Availability, &format!("SELECT {columns} FROM booking.appointment")).await
    };
    assert!(read("staff_id, busy_from, busy_until, status").await.is_ok());
    for column in ["customer_name", "customer_phone", "customer_email", "notes", "confirmation_code", "call_id", "*"] {
        let refused = read(column).await.unwrap_err();
        assert!(refused.contains("permission denied"), "{column}: {refused}");
    }
}

#[tokio::test]
async fn roles_are_refused_outside_of_their_rights() {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    for (role, sql) in [
        (Role::Availability, "UPDATE resolver.staff SET available = false"),
        (Role::Availability, "DELETE FROM booking.appointment"),
        (Role::Availability, "SELECT FROM resolver.customer"),
        (Role::Booking, "UPDATE resolver.staff SET available = false"),
        (Role::Booking, "SELECT FROM resolver.call"),
        (Role::Booking, "SELECT FROM ingress.spool"),
        (Role::Resolver, "SELECT FROM booking.appointment"),
        (Role::Ingress, "SELECT FROM resolver.company"),
        (Role::Metrics, "SELECT FROM resolver.call"),
        (Role::Metrics, "CREATE TABLE metrics.own (id int)"),
        (Role::Resolver, "CREATE TABLE public.own (id int)"),
        (Role::Resolver, "CREATE SCHEMA own"),
        (Role::Resolver, "TRUNCATE resolver.call_event"),
        (Role::Booking, "ALTER TABLE booking.appointment DROP CONSTRAINT appointment_staff_no_overlap"),
        (Role::Ingress, "DELETE FROM callflow.migration"),
    ] {
        let refused = database.sql_as(role, sql).await.expect_err(sql);
        assert!(
            refused.contains("permission denied") || refused.contains("must be owner"),
            "{role:?} {sql}: {refused}"
        );
    }
    for (role, sql) in [
        (Role::Booking, "SELECT FROM resolver.staff"),
        (Role::Availability, "SELECT FROM resolver.branch"),
        (Role::Ingress, "DELETE FROM ingress.spool"),
        (Role::Metrics, "DELETE FROM metrics.inbox"),
    ] {
        database.sql_as(role, sql).await.unwrap();
    }
}

#[tokio::test]
async fn a_right_that_was_given_by_hand_is_taken_away() {
    let database = TestDatabase::start().await;
    database.sql("GRANT SELECT ON resolver.customer TO callflow_metrics; GRANT ALL ON SCHEMA booking TO PUBLIC").await;
    database.sql("GRANT UPDATE (status) ON booking.appointment TO callflow_availability").await;
    callflow_store::role::grant(&database.owner).await.unwrap();
    assert!(database.sql_as(Role::Metrics, "SELECT FROM resolver.customer").await.is_err());
    assert!(database.sql_as(Role::Availability, "UPDATE booking.appointment SET status = 'active'").await.is_err());
    assert_eq!(database.sql("SELECT has_schema_privilege('callflow_metrics', 'booking', 'CREATE')").await, "f");
}

#[tokio::test]
async fn a_service_hears_that_it_may_not() {
    let database = TestDatabase::start().await;
    salon::apply(&database.owner, &salon::catalog()).await;
    let metrics = database.connect(Role::Metrics).await;
    let refused = callflow_store::catalog::company(&metrics, salon::id()).await.unwrap_err();
    assert!(matches!(refused, callflow_store::Error::Forbidden { .. }), "{refused:?}");
}
