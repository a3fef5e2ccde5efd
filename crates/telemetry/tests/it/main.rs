//! Telemetry against a real OTLP collector on loopback.
#![allow(clippy::unwrap_used)]

mod collector;
mod export;
