//! The stack with real servers: what it starts, survives, and leaves behind.
#![allow(clippy::unwrap_used)]

mod command;
mod crash;
mod life;
mod support;
