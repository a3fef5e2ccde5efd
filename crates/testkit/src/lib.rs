#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod background;
mod broker;
mod cache;
mod clock;
mod database;
mod fault;
mod name;
mod private;
mod servers;
mod wait;

pub use broker::TestBroker;
pub use cache::TestCache;
pub use callflow_stack::{Kinds, free_port};
pub use callflow_store::role::Role;
pub use clock::FakeClock;
pub use database::TestDatabase;
pub use fault::{Fault, FaultProxy};
pub use private::PrivateStack;
pub use wait::wait_for;
