//! The resolver service over gRPC, on real Postgres, Redis and RabbitMQ.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod catalog;
mod customer;
mod fixture;
mod guest;
mod hostile;
mod ladder;
mod learn;
mod metric;
mod outage;
mod platform;
mod record;
mod sweep;
