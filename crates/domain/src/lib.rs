//! The business of callflow as pure values and functions: ids, times, policies.
//!
//! Nothing here waits, reads a clock or draws a random number: time and ids arrive as
//! arguments, which is why every rule in this crate can be tested exhaustively and at once.
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
pub mod slot;
pub mod slot_id;
pub mod staffing;

pub use error::ErrorKind;
