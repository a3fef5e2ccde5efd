#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod database;
mod error;
mod migration;
pub mod role;
mod session;
mod sql;

pub use database::{Config, Database, Tx};
pub use error::{Cause, Error};
pub use migration::{migrate, pending};
pub use session::Connection;
