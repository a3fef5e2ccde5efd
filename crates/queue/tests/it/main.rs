//! The crate against a real broker; one file per behaviour.
#![allow(clippy::unwrap_used)]

mod consume;
mod crash;
mod encrypted;
mod hostile;
mod late;
mod order;
mod outage;
mod parked;
mod portable;
mod publish;
mod reconnect;
mod relay;
mod rights;
mod support;
mod topology;
mod trace;
