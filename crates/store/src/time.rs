//! The border between jiff, which callflow speaks, and chrono, which sea-orm speaks.

use jiff::Timestamp;
use sea_orm::{Value, prelude::DateTimeUtc};

/// Converts to what the driver binds. Postgres keeps microseconds; the rest is cut off.
pub(crate) fn to_db(at: Timestamp) -> DateTimeUtc {
    // Every jiff timestamp lies within chrono's range, which is far wider.
    DateTimeUtc::from_timestamp_micros(at.as_microsecond()).unwrap_or_default()
}

/// Converts from what the driver read; what lies outside of jiff's years becomes the nearest it knows.
pub(crate) fn from_db(at: DateTimeUtc) -> Timestamp {
    Timestamp::from_microsecond(at.timestamp_micros()).unwrap_or(if at.timestamp() < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// Binds a time.
pub(crate) fn value(at: Timestamp) -> Value {
    to_db(at).into()
}

/// Binds a time that may be missing.
pub(crate) fn optional(at: Option<Timestamp>) -> Value {
    at.map(to_db).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_border_to_the_microsecond() {
        for text in ["1969-12-31T23:59:59.999999Z", "2026-03-29T01:00:00Z", "9999-12-30T21:59:59.123456Z"] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(from_db(to_db(at)), at);
        }
    }

    #[test]
    fn times_beyond_the_calendar_are_clamped() {
        assert_eq!(from_db(DateTimeUtc::MAX_UTC), Timestamp::MAX);
        assert_eq!(from_db(DateTimeUtc::MIN_UTC), Timestamp::MIN);
    }
}
