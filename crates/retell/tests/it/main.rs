//! The crate against the recorded contract, and against everything that is not in it.
#![allow(clippy::unwrap_used)]

mod contract;
mod robust;
mod sample;
mod signature;
mod speed;
