//! A JSON value that stays what it was on the wire until somebody asks for it.
//!
//! Transcripts and their word timings are most of a body's megabytes, and most readers never need
//! them: a [`Raw`] costs a skip, not a copy. It prints its size only, as it may hold what was said.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::lenient::Scalar;

/// One JSON value, borrowed from the body it came in.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct Raw<'a>(#[serde(borrow)] &'a RawValue);

impl<'a> Raw<'a> {
    /// Returns the JSON text, byte for byte as it was sent.
    #[must_use]
    pub fn json(self) -> &'a str {
        self.0.get()
    }

    /// Parses the value, or returns `None` when it is of another shape.
    #[must_use]
    pub fn decode<T: Deserialize<'a>>(self) -> Option<T> {
        serde_json::from_str(self.json()).ok()
    }

    /// Returns a scalar as text, without a copy where it has no escapes; `None` for anything else.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        self.decode::<Scalar<'a>>()?.into_text()
    }

    /// Returns the object's entries, or an empty map when it is no object.
    #[must_use]
    pub fn object(self) -> Map<String, Value> {
        self.decode().unwrap_or_default()
    }

    /// Returns the object's scalar entries as text; nested ones and nulls are left out.
    #[must_use]
    pub fn texts(self) -> BTreeMap<String, String> {
        let entries: BTreeMap<String, Scalar<'a>> = self.decode().unwrap_or_default();
        entries.into_iter().filter_map(|(name, value)| Some((name, value.into_text()?.into_owned()))).collect()
    }

    /// Returns one scalar entry of an object as text, when it is there and not blank.
    #[must_use]
    pub fn entry(self, name: &str) -> Option<String> {
        self.texts().remove(name).filter(|text| !text.trim().is_empty())
    }
}

impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<json, {} bytes>", self.json().len())
    }
}

impl PartialEq for Raw<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Raw<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Raw<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_value_is_kept_byte_for_byte_and_printed_by_size() {
        let kept = raw(r#"{ "a" : "Jörg\u0020" }"#);
        assert_eq!(kept.json(), r#"{ "a" : "Jörg\u0020" }"#);
        assert!(!format!("{kept:?}").contains("rg"));
    }

    #[test]
    fn entries_are_read_as_text_whatever_they_are() {
        let kept = raw(r#"{"a":"x","b":7,"c":true,"d":null,"e":{"f":1},"g":" "}"#);
        assert_eq!(kept.entry("b").as_deref(), Some("7"));
        assert_eq!(kept.entry("g"), None);
        assert_eq!(kept.texts().len(), 4);
        assert!(raw("[1]").texts().is_empty() && raw("3").object().is_empty());
    }

    #[test]
    fn half_a_surrogate_is_nothing_rather_than_a_failure() {
        assert_eq!(raw(r#""\ud83d""#).text(), None);
    }
}
