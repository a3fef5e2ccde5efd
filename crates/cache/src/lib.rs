#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod hold;
pub mod live;
pub mod minute;
pub mod ratelimit;
pub mod snapshot;
pub mod tier;

mod config;
mod connection;
mod error;
mod flight;
mod key;
mod metric;
mod read_through;

pub use config::Config;
pub use connection::Cache;
pub use error::{Cause, Error};
pub use key::{Site, Subject};
pub use metric::describe as describe_metrics;
pub use read_through::Ticket;
