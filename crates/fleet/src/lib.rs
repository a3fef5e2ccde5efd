#![doc = include_str!("../README.md")]

mod broker;
mod demo;
mod fleet;
mod service;

pub mod endpoints;
pub mod sample;

pub use endpoints::Endpoints;
pub use fleet::{Fleet, Options};
