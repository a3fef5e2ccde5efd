#![doc = include_str!("../README.md")]

mod demo;
mod endpoints;
mod fleet;
mod service;

pub mod sample;

pub use endpoints::Endpoints;
pub use fleet::{Fleet, Options};
