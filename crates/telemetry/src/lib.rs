#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod carrier;
mod config;
mod error;
mod log;
pub mod mask;
pub mod metrics;
mod process;
mod start;
mod trace;

pub use carrier::{current_trace_id, current_traceparent, set_parent};
pub use config::{Config, LogFormat};
pub use error::Error;
pub use log::set_log_filter;
pub use metrics::render;
pub use start::{Guard, start};
