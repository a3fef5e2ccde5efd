//! Ingress alone: nobody behind it answers, and it keeps its word all the same.
#![allow(clippy::unwrap_used)]
#![recursion_limit = "256"]

mod alone;
mod crowd;
mod fixture;
