//! The crate against the recorded contract, and against everything that is not in it.
#![allow(clippy::unwrap_used)]

mod contract;
mod fuzz;
mod robust;
mod sample;
mod signature;
mod speed;
