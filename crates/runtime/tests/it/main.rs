//! A whole service in its frame: launched, asked, stopped.
#![allow(clippy::unwrap_used)]

mod admin;
mod launch;
mod observe;
mod skeleton;
