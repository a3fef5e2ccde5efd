//! Booking and availability together on real Postgres, Redis and RabbitMQ, asked over gRPC as the rest of the fleet does.
// Futures of two services nest deeply.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used)]

mod after_call;
mod attempt;
mod bad;
mod book;
mod change;
mod checker;
mod free;
mod herd;
mod interleave;
mod once;
mod salon;
mod sequence;
mod series;
mod shop;
