//! The store against a real Postgres.
#![allow(clippy::unwrap_used)]

mod fixture;
mod migration;
