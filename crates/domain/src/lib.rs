#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod call_state;
pub mod catalog;
pub mod cell;
pub mod code;
pub mod day;
pub mod error;
pub mod hold;
pub mod id;
pub mod language;
pub mod masked;
pub mod phone;
pub mod policy;
pub mod port;
pub mod recurrence;
pub mod resolution;
pub mod schedule;
pub mod search;
pub mod sequence;
pub mod slot;
pub mod slot_id;
pub mod staffing;

pub use error::ErrorKind;
