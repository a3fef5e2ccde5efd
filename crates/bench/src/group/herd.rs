//! A thousand callers for one slot: how many have it, how long the last one waits, and whether anybody got in anybody's way.

use std::time::Instant;

use anyhow::ensure;
use callflow_contract::booking::v1::{BookRequest, Outcome, booking_client::BookingClient};
use futures::future::try_join_all;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use uuid::Uuid;

use super::chain;
use crate::{figure::Figure, world::World};

const CALLERS: usize = 1_000;
/// As many as there are replicas of ingress.
const CONNECTIONS: usize = 8;

/// Returns how the herd fared.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    let (owner, admin) = chain::urls(world).await?;
    chain::apply(&owner).await?;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(BookingClient::connect(world.grpc("booking").await?).await?);
    }
    // Another slot in another branch first: connections and code are warm, as they are in the middle of a day.
    let warm =
        BookRequest { start: Some(callflow_contract::convert::to_wire_time(chain::at(300, 60)?)), ..chain::slot(1)? };
    ensure!(clients[0].book(warm).await?.into_inner().outcome() == Outcome::Booked, "the calendar is not empty");
    let before = deadlocks(&admin).await?;
    let start = Some(callflow_contract::convert::to_wire_time(chain::at(300, 120)?));
    let begun = Instant::now();
    let caller = |number: usize| {
        let mut client = clients[number % CONNECTIONS].clone();
        async move {
            let context = Some(chain::context(&format!("call_{}", Uuid::new_v4().simple())));
            let request = BookRequest { context, start, ..chain::slot(0)? };
            anyhow::Ok(client.book(request).await?.into_inner())
        }
    };
    let answers = try_join_all((0..CALLERS).map(caller)).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let count = |fits: &dyn Fn(&callflow_contract::booking::v1::BookResponse) -> bool| {
        f64::from(u32::try_from(answers.iter().filter(|answer| fits(answer)).count()).unwrap_or(u32::MAX))
    };
    let booked = count(&|answer| answer.outcome() == Outcome::Booked);
    let others = count(&|answer| answer.outcome() == Outcome::Taken && !answer.alternatives.is_empty());
    ensure!((booked - 1.0).abs() < 0.5, "{booked} callers have the slot");
    Ok(vec![
        Figure::at_least("herd.booked", booked, 1.0),
        Figure::at_least("herd.with_alternatives", others, 999.0),
        Figure::under("herd.seconds", seconds, 2.0),
        Figure::under("herd.deadlocks", deadlocks(&admin).await? - before, 1.0),
    ])
}

async fn deadlocks(admin: &str) -> anyhow::Result<f64> {
    let database = sea_orm::Database::connect(admin).await?;
    let query = "SELECT sum(deadlocks)::float8 AS deadlocks FROM pg_stat_database";
    let row = database.query_one_raw(Statement::from_string(DbBackend::Postgres, query)).await?;
    let deadlocks = row.map(|row| row.try_get("", "deadlocks")).transpose()?.unwrap_or_default();
    database.close().await?;
    Ok(deadlocks)
}
