//! The test kit against real servers.
#![allow(clippy::unwrap_used)]

mod broker;
mod cache;
mod database;
mod fault;
