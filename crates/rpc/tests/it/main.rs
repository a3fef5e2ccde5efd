//! Clients and servers of this crate talking to each other over loopback.
#![allow(clippy::unwrap_used)]

mod balance;
mod breaker;
mod deadline;
mod probe;
mod server;
mod tls;
mod trace;
