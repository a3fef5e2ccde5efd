//! What a caller means by the words said: days, times of day, durations, names from the catalog.
//!
//! Pure and deterministic: text, language and the call's clock in, values out. Each value carries the
//! span of text it was read from, and where a phrase can mean two things, both are returned and the
//! answer asks to be confirmed. The crate abstains rather than guesses.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod clock;
pub mod date;
pub mod lexicon;
pub mod name;
pub mod time;
pub mod token;
pub mod when;

pub use clock::Clock;
pub use date::Days;
pub use time::TimeOfDay;
pub use when::{Found, When, understand};
