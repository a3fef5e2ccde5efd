//! What the planner does while tables are new and small: such plans are kept by connections when the tables have grown.

use crate::fixture::TestDatabase;

const ID: &str = "'019a0000-0000-7000-8000-000000000000'";

#[tokio::test]
async fn what_every_call_asks_for_is_looked_up_and_not_searched_through() {
    let database = TestDatabase::start().await;
    let asked = [
        ("call_pkey", format!("UPDATE resolver.call SET phase = 1 WHERE company_id = {ID} AND call_id = 'x'")),
        (
            "appointment_branch_start",
            format!(
                "SELECT staff_id, busy_from FROM booking.appointment WHERE branch_id = {ID}
                 AND status = 'active' AND starts_at > now() AND starts_at < now() + interval '2 days'"
            ),
        ),
        (
            "appointment_code",
            format!(
                "SELECT true FROM booking.appointment WHERE company_id = {ID} AND confirmation_code = 'K7M2Q'
                 AND status = 'active' AND starts_at > now() LIMIT 1"
            ),
        ),
        (
            "appointment_pkey",
            format!(
                "UPDATE booking.appointment SET notes = NULL WHERE company_id = {ID} AND id = {ID} AND status = 'active'"
            ),
        ),
    ];
    for (index, statement) in asked {
        let plan = database.sql(&format!("EXPLAIN {statement}")).await;
        assert!(plan.contains(&format!("Index Scan using {index} ")), "{statement}\n{plan}");
    }
}
