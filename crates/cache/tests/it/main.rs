//! The cache against real Redis servers: the one named by `CALLFLOW_TEST_REDIS_URL` where it may be shared, private
//! ones where it is stopped, frozen or part of a cluster.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod cluster;
mod connection;
mod hold;
mod hold_confirm;
mod hold_herd;
mod hold_life;
mod live;
mod minute;
mod ratelimit;
mod snapshot;
mod snapshot_amend;
mod snapshot_race;
mod support;
mod tier;
mod tier_herd;
