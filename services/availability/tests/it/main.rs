//! The availability service over gRPC, on real Postgres, Redis and RabbitMQ.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod bad_input;
mod change;
mod cold;
mod day;
mod fixture;
mod herd;
mod hold;
mod outage;
mod reason;
mod salon;
mod search;
mod sequence;
mod stale;
