//! What Redis has lost is counted again from the records: here, events and bookings it never heard of.

use std::time::Duration;

use callflow_contract::metrics::v1::{SnapshotRequest, metrics_client::MetricsClient};
use callflow_fleet::Endpoints;
use callflow_testkit::wait_for;
use jiff::Timestamp;
use sea_orm::ConnectionTrait as _;

/// Longest wait for anything to come true.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long ago it was, in minutes.
const AGO: i64 = 10;

/// Puts records of former minutes where only Postgres has them, and looks for them on the board.
pub(crate) async fn check(endpoints: &Endpoints) {
    let postgres = sea_orm::Database::connect(&endpoints.postgres["admin"]).await.unwrap();
    let records = format!(
        "INSERT INTO resolver.call_event (company_id, call_id, event, received_at, payload, message_id, note)
         SELECT id, 'call_recount', event, now() - interval '{AGO} minutes', '', gen_random_uuid(), ''
         FROM resolver.company, unnest(ARRAY['call_started', 'call_started', 'call_from_the_future']) AS event
         WHERE slug = 'haarwerk';
         UPDATE booking.audit SET at = now() - interval '{AGO} minutes'
         WHERE id = (SELECT max(id) FROM booking.audit WHERE action = 'book');"
    );
    let minute = Timestamp::now().as_second() / 60 - AGO;
    postgres.execute_unprepared(&records).await.unwrap();
    let metrics = MetricsClient::connect(endpoints.services["metrics"].grpc.clone().unwrap()).await.unwrap();
    wait_for("the records on the board", PATIENCE, async || {
        let request = SnapshotRequest { company: "haarwerk".into(), minutes: 60, ..SnapshotRequest::default() };
        let board = metrics.clone().snapshot(request).await.map_err(|status| status.to_string())?.into_inner();
        // The minute may have turned between our clock and the database's.
        let then = board
            .minutes
            .iter()
            .filter(|one| one.start.is_some_and(|start| (minute..=minute + 1).contains(&(start.seconds / 60))));
        let sum = |name: &str| then.clone().map(|one| one.counts.get(name).copied().unwrap_or_default()).sum::<u64>();
        let found = ["call_started", "other", "booked"].map(sum);
        if found == [2, 1, 1] { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
    postgres.execute_unprepared("DELETE FROM resolver.call_event WHERE call_id = 'call_recount'").await.unwrap();
}
