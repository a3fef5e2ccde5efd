#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod admin;
mod announce;
pub mod config;
mod drain;
mod error;
pub mod health;
pub mod http;
pub mod launch;
mod listener;
pub mod shutdown;
mod work;

pub use announce::announce;
pub use config::{Check, Mode, Secret, ServiceConfig, Validate};
pub use drain::{Drain, Report};
pub use error::Error;
pub use health::{Health, Impact};
pub use launch::launch;
pub use listener::{Addresses, ListenOn, Listeners};
pub use tokio_util::sync::CancellationToken;
pub use work::Work;
