//! Message properties and headers, written strictly and read leniently: whatever somebody else put into a header is
//! read as far as it makes sense and ignored otherwise.

use jiff::Timestamp;
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, LongString, ShortString},
};

use super::{Message, Parking, Trail};

const CONTENT_TYPE: &str = "application/x-protobuf";
/// Written to disk before it is confirmed.
const PERSISTENT: u8 = 2;

/// Header names; ours begin with `callflow-`.
mod header {
    pub(super) const KEY: &str = "callflow-key";
    pub(super) const COMPANY: &str = "callflow-company";
    pub(super) const FIRST_SEEN: &str = "callflow-first-seen-ms";
    pub(super) const ATTEMPT: &str = "callflow-attempt";
    pub(super) const WAITS: &str = "callflow-waits";
    pub(super) const CRASHES: &str = "callflow-crashes";
    pub(super) const REDRIVEN: &str = "callflow-redriven";
    pub(super) const REASON: &str = "callflow-reason";
    pub(super) const DETAIL: &str = "callflow-reason-detail";
    pub(super) const PARKED_AT: &str = "callflow-parked-at-ms";
    pub(super) const TRACEPARENT: &str = callflow_telemetry::carrier::TRACEPARENT;
}

/// Longest text taken from a header, in characters.
const MAX_TEXT: usize = 300;
/// Largest counter believed.
const MAX_COUNT: i64 = 1_000_000;

impl Message {
    /// Returns the message's properties. Only our own headers are written: `x-death` and its kin of a former life would
    /// make the broker see a cycle and drop the message.
    pub(crate) fn properties(&self) -> BasicProperties {
        let seconds = u64::try_from(self.trail.first_seen.as_second()).unwrap_or(0);
        BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_delivery_mode(PERSISTENT)
            .with_message_id(short(&self.id))
            .with_correlation_id(short(&self.correlation_id))
            .with_type(short(&self.schema))
            .with_timestamp(seconds)
            .with_headers(self.trail.headers())
    }

    /// Returns the message that arrived under `routing_key`, whatever it is.
    pub(crate) fn arrived(routing_key: &str, properties: &BasicProperties, body: Vec<u8>, now: Timestamp) -> Self {
        let text =
            |property: &Option<ShortString>| property.as_ref().map_or_else(String::new, |text| tame(text.as_str()));
        Self {
            id: text(properties.message_id()),
            correlation_id: text(properties.correlation_id()),
            schema: text(properties.kind()),
            trail: Trail::read(routing_key, properties, now),
            body,
        }
    }
}

impl Trail {
    fn headers(&self) -> FieldTable {
        let mut headers = Headers::default();
        headers.text(header::KEY, &self.key);
        headers.text(header::COMPANY, &self.company_id);
        headers.number(header::FIRST_SEEN, self.first_seen.as_millisecond());
        headers.number(header::ATTEMPT, self.attempt.into());
        for (name, count) in
            [(header::WAITS, self.waits), (header::CRASHES, self.crashes), (header::REDRIVEN, self.redriven)]
        {
            if count > 0 {
                headers.number(name, count.into());
            }
        }
        if let Some(traceparent) = &self.traceparent {
            headers.text(header::TRACEPARENT, traceparent);
        }
        if let Some(parking) = &self.parked {
            headers.text(header::REASON, &parking.code);
            headers.text(header::DETAIL, &parking.detail);
            headers.number(header::PARKED_AT, parking.at.as_millisecond());
        }
        headers.0
    }

    fn read(routing_key: &str, properties: &BasicProperties, now: Timestamp) -> Self {
        let nothing = FieldTable::default();
        let headers = properties.headers().as_ref().unwrap_or(&nothing);
        let text = |name| headers.inner().get(name).and_then(text_of).map(|text| tame(&text));
        let number = |name| headers.inner().get(name).and_then(number_of);
        let count = |name| number(name).map_or(0, |count| u32::try_from(count.clamp(0, MAX_COUNT)).unwrap_or(0));
        let time = |name| number(name).and_then(|millis| Timestamp::from_millisecond(millis).ok());
        let stamped = properties.timestamp().and_then(|seconds| i64::try_from(seconds).ok());
        let stamped = stamped.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let parked = text(header::REASON).map(|code| Parking {
            code,
            detail: text(header::DETAIL).unwrap_or_default(),
            at: time(header::PARKED_AT).unwrap_or(now),
        });
        Self {
            key: text(header::KEY).unwrap_or_else(|| tame(routing_key)),
            company_id: text(header::COMPANY).unwrap_or_default(),
            traceparent: text(header::TRACEPARENT),
            // A clock ahead of ours must not make a message younger than new.
            first_seen: time(header::FIRST_SEEN).or(stamped).unwrap_or(now).min(now),
            attempt: count(header::ATTEMPT).max(1),
            waits: count(header::WAITS),
            crashes: count(header::CRASHES),
            redriven: count(header::REDRIVEN),
            parked,
        }
    }
}

#[derive(Default)]
struct Headers(FieldTable);

impl Headers {
    fn text(&mut self, name: &'static str, text: &str) {
        self.0.insert(name.into(), AMQPValue::LongString(LongString::from(tame(text))));
    }

    fn number(&mut self, name: &'static str, number: i64) {
        self.0.insert(name.into(), AMQPValue::LongLongInt(number));
    }
}

/// Returns the text as a property; assembled messages fit, and of arrived ones nothing is longer than the protocol allows.
fn short(text: &str) -> ShortString {
    let mut end = text.len().min(super::MAX_PROPERTY_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].into()
}

/// Takes the sting out of foreign text: no control characters, no excessive length.
fn tame(text: &str) -> String {
    text.chars().take(MAX_TEXT).map(|symbol| if symbol.is_control() { '\u{fffd}' } else { symbol }).collect()
}

fn text_of(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
}

fn number_of(value: &AMQPValue) -> Option<i64> {
    match value {
        AMQPValue::ShortShortInt(number) => Some(i64::from(*number)),
        AMQPValue::ShortShortUInt(number) => Some(i64::from(*number)),
        AMQPValue::ShortInt(number) => Some(i64::from(*number)),
        AMQPValue::ShortUInt(number) => Some(i64::from(*number)),
        AMQPValue::LongInt(number) => Some(i64::from(*number)),
        AMQPValue::LongUInt(number) => Some(i64::from(*number)),
        AMQPValue::LongLongInt(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = AMQPValue> {
        prop_oneof![
            any::<i64>().prop_map(AMQPValue::LongLongInt),
            any::<i8>().prop_map(AMQPValue::ShortShortInt),
            any::<f64>().prop_map(AMQPValue::Double),
            any::<u64>().prop_map(AMQPValue::Timestamp),
            proptest::collection::vec(any::<u8>(), 0..2_000).prop_map(|bytes| AMQPValue::LongString(bytes.into())),
            Just(AMQPValue::Void),
            Just(AMQPValue::FieldTable(FieldTable::default())),
        ]
    }

    fn name() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            header::KEY,
            header::COMPANY,
            header::FIRST_SEEN,
            header::ATTEMPT,
            header::WAITS,
            header::CRASHES,
            header::REDRIVEN,
            header::REASON,
            header::DETAIL,
            header::PARKED_AT,
            header::TRACEPARENT,
            "x-death",
        ])
    }

    fn read(headers: &[(&'static str, AMQPValue)], timestamp: Option<u64>) -> Message {
        let mut table = FieldTable::default();
        for (name, value) in headers {
            table.insert((*name).into(), value.clone());
        }
        let mut properties = BasicProperties::default().with_headers(table);
        if let Some(seconds) = timestamp {
            properties = properties.with_timestamp(seconds);
        }
        Message::arrived("some.key", &properties, vec![1], Timestamp::from_second(1_000_000).unwrap())
    }

    proptest! {
        #[test]
        fn hostile_headers_are_tamed_and_what_was_read_is_written_the_same(
            headers in proptest::collection::vec((name(), value()), 0..8), timestamp in any::<Option<u64>>()
        ) {
            let message = read(&headers, timestamp);
            prop_assert!(message.trail.attempt >= 1 && message.trail.attempt <= 1_000_000);
            prop_assert!(message.trail.first_seen <= Timestamp::from_second(1_000_000).unwrap());
            prop_assert!(!message.trail.key.chars().any(char::is_control));
            let now = Timestamp::from_second(1_000_000).unwrap();
            let again = Message::arrived("other", &message.properties(), vec![1], now);
            // Headers carry milliseconds; nothing finer was read either.
            prop_assert_eq!(again, message);
        }
    }

    #[test]
    fn long_foreign_properties_are_cut_at_a_character() {
        let text = format!("{}é", "x".repeat(254));
        assert_eq!(short(&text).as_str().len(), 254);
    }
}
