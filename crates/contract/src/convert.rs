//! Conversions between wire values and domain values; every failure names the field at fault.

use callflow_domain::{ErrorKind, id::CallId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::common::v1::TimeRange;

/// A field of a request that cannot be what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct FieldError {
    /// Path of the field in proto notation.
    pub field: &'static str,
    /// What is wrong and what is accepted; never the value itself, which may be personal.
    pub problem: &'static str,
}

impl FieldError {
    /// Returns an error about `field`.
    #[must_use]
    pub const fn new(field: &'static str, problem: &'static str) -> Self {
        Self { field, problem }
    }

    /// Returns the kind: a request that is wrong stays wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// Returns the id in `text`.
///
/// # Errors
/// When the text is empty or no UUID.
pub fn id<T: From<Uuid>>(field: &'static str, text: &str) -> Result<T, FieldError> {
    if text.is_empty() {
        return Err(FieldError::new(field, "is missing; a UUID is expected"));
    }
    Uuid::parse_str(text).map(T::from).map_err(|_| FieldError::new(field, "is not a UUID"))
}

/// Returns the id in `text`, or `None` when it is empty.
///
/// # Errors
/// When the text is neither empty nor a UUID.
pub fn optional_id<T: From<Uuid>>(field: &'static str, text: &str) -> Result<Option<T>, FieldError> {
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}

/// Returns the call id in `text`, or `None` when it is empty.
///
/// # Errors
/// When the text is too long or holds anything but visible ASCII.
pub fn optional_call_id(field: &'static str, text: &str) -> Result<Option<CallId>, FieldError> {
    if text.is_empty() {
        return Ok(None);
    }
    CallId::parse(text).map(Some).ok_or(FieldError::new(field, "is not a call id: 1 to 128 visible ASCII characters"))
}

/// Returns `text`, or `None` when it is empty: proto3 has no other absence for strings.
#[must_use]
pub fn optional_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Returns the instant on the wire form's nanosecond scale.
#[must_use]
pub fn to_wire_time(at: Timestamp) -> prost_types::Timestamp {
    // Both split an instant into whole seconds and nanoseconds, but jiff lets the two differ in sign before 1970.
    let nanos = at.as_nanosecond();
    let (seconds, rest) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    prost_types::Timestamp {
        seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
        nanos: i32::try_from(rest).unwrap_or(0),
    }
}

/// Returns the instant in `wire`.
///
/// # Errors
/// When it lies outside the years -9999 to 9999 or its nanoseconds outside a second.
pub fn from_wire_time(field: &'static str, wire: &prost_types::Timestamp) -> Result<Timestamp, FieldError> {
    let outside = FieldError::new(field, "is outside the years -9999 to 9999");
    if !(0..1_000_000_000).contains(&wire.nanos) {
        return Err(FieldError::new(field, "has nanoseconds outside 0 to 999999999"));
    }
    let nanos = i128::from(wire.seconds) * 1_000_000_000 + i128::from(wire.nanos);
    Timestamp::from_nanosecond(nanos).map_err(|_| outside)
}

/// Returns the instant in `wire`.
///
/// # Errors
/// When it is missing or out of range.
pub fn required_time(field: &'static str, wire: Option<&prost_types::Timestamp>) -> Result<Timestamp, FieldError> {
    from_wire_time(field, wire.ok_or(FieldError::new(field, "is missing"))?)
}

/// Returns the instant in `wire`, or `None` when it is absent.
///
/// # Errors
/// When it is out of range.
pub fn optional_time(
    field: &'static str,
    wire: Option<&prost_types::Timestamp>,
) -> Result<Option<Timestamp>, FieldError> {
    wire.map(|time| from_wire_time(field, time)).transpose()
}

/// Returns the wire form of a half-open span.
#[must_use]
pub fn to_wire_range(start: Timestamp, end: Timestamp) -> TimeRange {
    TimeRange { start: Some(to_wire_time(start)), end: Some(to_wire_time(end)) }
}

/// Longest time whose minutes are counted at once: a day.
const COUNTED_SECS: i64 = 86_400;

/// Reads the time whose minutes are to be counted: a day at most.
///
/// # Errors
/// As [`required_range`], and when it is longer.
pub fn counted_range(wire: Option<&TimeRange>) -> Result<(Timestamp, Timestamp), FieldError> {
    let (from, until) = required_range("range", wire)?;
    if until.as_second() - from.as_second() > COUNTED_SECS {
        return Err(FieldError::new("range", "is longer than a day"));
    }
    Ok((from, until))
}

/// Returns start and end of a span.
///
/// # Errors
/// When one of them is missing or out of range, or the end is not after the start.
pub fn required_range(field: &'static str, wire: Option<&TimeRange>) -> Result<(Timestamp, Timestamp), FieldError> {
    let range = wire.ok_or(FieldError::new(field, "is missing"))?;
    let start = required_time(field, range.start.as_ref())?;
    let end = required_time(field, range.end.as_ref())?;
    if start < end { Ok((start, end)) } else { Err(FieldError::new(field, "ends before it starts")) }
}

#[cfg(test)]
mod tests {
    use callflow_domain::id::BranchId;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn minutes_of_a_day_at_most_are_counted() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(counted_range(Some(&to_wire_range(at(0), at(86_400)))), Ok((at(0), at(86_400))));
        for range in [None, Some(to_wire_range(at(0), at(86_401))), Some(to_wire_range(at(5), at(5)))] {
            assert_eq!(counted_range(range.as_ref()).unwrap_err().field, "range");
        }
    }

    proptest! {
        #[test]
        fn every_instant_survives_the_round_trip(nanos in -377_705_023_201_000_000_000_i128..253_402_207_200_000_000_000) {
            let at = Timestamp::from_nanosecond(nanos).unwrap();
            prop_assert_eq!(from_wire_time("at", &to_wire_time(at)).unwrap(), at);
        }

        #[test]
        fn no_wire_time_panics(seconds in any::<i64>(), nanos in any::<i32>()) {
            let _ = from_wire_time("at", &prost_types::Timestamp { seconds, nanos });
        }
    }

    #[test]
    fn errors_name_the_field_and_not_the_value() {
        let error = id::<BranchId>("branch_id", "secret").unwrap_err();
        assert_eq!(error.to_string(), "branch_id is not a UUID");
        assert_eq!(optional_id::<BranchId>("branch_id", "").unwrap(), None);
    }

    #[test]
    fn a_span_that_ends_before_it_starts_is_refused() {
        let (early, late) = (Timestamp::from_second(10).unwrap(), Timestamp::from_second(20).unwrap());
        assert!(required_range("window", Some(&to_wire_range(early, late))).is_ok());
        assert!(required_range("window", Some(&to_wire_range(late, early))).is_err());
        assert!(required_range("window", Some(&to_wire_range(early, early))).is_err());
    }
}
