//! Events over RabbitMQ: published with proof, consumed at least once, retried with patience, parked with a reason.
//!
//! Works unchanged on RabbitMQ 3.10 and 4.x. No lapin type leaves this crate. `design.md` beside the manifest says why
//! the parts are shaped as they are; `README.md` says how to use them.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod connection;
mod metric;

pub mod consumer;
pub mod disposition;
pub mod endpoint;
pub mod envelope;
pub mod error;
pub mod parked;
pub mod publisher;
pub mod relay;
pub mod retry;
pub mod topology;

pub use consumer::{Consumer, Handler};
pub use disposition::Disposition;
pub use endpoint::Endpoint;
pub use envelope::{Delivery, Message};
pub use error::Error;
pub use publisher::Publisher;
pub use relay::Relay;
pub use topology::Topology;
