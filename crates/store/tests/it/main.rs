//! The store against a real Postgres.
#![allow(clippy::unwrap_used)]

mod appointment;
mod call;
mod catalog;
mod count;
mod customer;
mod database;
mod day;
mod fixture;
mod herd;
mod migration;
mod outbox;
mod plan;
mod request;
mod right;
mod salon;
mod series;
mod task;
