//! Retell's wire contract as types: what it sends, how it signs, and what callflow answers and says.
#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod answer;
mod body;
pub mod call;
pub mod depth;
pub mod error;
pub mod event;
pub mod function;
pub mod inbound;
mod lenient;
pub mod raw;
pub mod signature;
mod sip;
pub mod spoken;
mod text;
pub mod tools;
pub mod variables;

pub use error::Error;
