//! Availability on real Postgres, Redis and RabbitMQ, asked over gRPC as the rest of the fleet does.
// The futures of a whole service nest deeply.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used)]

mod away;
mod bad;
mod change;
mod crowd;
mod hold;
mod race;
mod reason;
mod world;
