#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod appointment;
pub mod audit;
pub mod booked;
pub mod call;
pub mod callback;
pub mod catalog;
pub mod count;
pub mod customer;
mod database;
pub mod day;
pub mod directory;
mod entity;
mod error;
pub mod inbox;
mod migration;
pub mod outbox;
mod person;
pub mod request;
pub mod role;
pub mod series;
mod session;
mod sql;
mod time;

pub use database::{Config, Database, Tx};
pub use error::{Cause, Error};
pub use migration::{migrate, pending};
pub use person::Person;
pub use session::Connection;
