#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod breaker;
mod budget;
pub mod client;
mod deadline;
mod error;
mod metric;
mod priority;
pub mod server;
pub mod status;
mod tls;

pub use client::{Channel, idempotent};
pub use deadline::Deadline;
pub use error::Error;
pub use metric::describe as describe_metrics;
pub use priority::Priority;
pub use server::Server;
pub use status::Failure;
