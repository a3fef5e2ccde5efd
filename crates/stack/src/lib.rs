#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod endpoints;
mod error;
mod folder;
mod inherited;
mod options;
mod package;
mod port;
mod process;
mod progress;
mod record;
mod secret;
mod server;
mod stack;
mod user;
mod wait;

pub use endpoints::{Endpoints, Lease};
pub use error::Error;
pub use inherited::close_inherited;
pub use options::{Given, Kinds, Mode, StackOptions};
pub use port::free_port;
pub use process::Token;
pub use progress::{Event, Outcome, Progress};
pub use secret::password_for;
pub use server::{
    Server,
    postgres::{Admin, Postgres},
    rabbitmq::{Control, RabbitMq},
    redis::Redis,
};
pub use stack::Stack;
