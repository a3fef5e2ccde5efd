//! Reads values whatever JSON type they arrive as, because senders drift: versions become tags,
//! numbers become strings, objects become `null`.
//!
//! A value of an unexpected type counts as absent. An event is never refused for a field that
//! nobody here needed.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// A JSON scalar; arrays and objects are skipped and count as nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'a> {
    Nothing,
    Flag(bool),
    Whole(i64),
    Real(f64),
    Text(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Whole(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Scalar::Real(value as f64), Scalar::Whole))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Real(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }
}

impl<'a> Scalar<'a> {
    /// Returns any scalar as text; an empty text stays one.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Nothing => None,
            Self::Flag(value) => Some(Cow::Borrowed(if value { "true" } else { "false" })),
            Self::Whole(value) => Some(Cow::Owned(value.to_string())),
            Self::Real(value) => Some(Cow::Owned(value.to_string())),
            Self::Text(value) => Some(value),
        }
    }

    /// Returns a finite number, also from its text.
    pub(crate) fn into_real(self) -> Option<f64> {
        let value = match self {
            Self::Whole(value) => value as f64,
            Self::Real(value) => value,
            Self::Text(text) => text.trim().parse().ok()?,
            Self::Nothing | Self::Flag(_) => return None,
        };
        value.is_finite().then_some(value)
    }

    /// Returns a whole number, also from its text; a fraction is cut off.
    pub(crate) fn into_whole(self) -> Option<i64> {
        /// Largest magnitude at which every whole number has an exact `f64`.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Self::Whole(value) => Some(value),
            Self::Text(ref text) if text.trim().parse::<i64>().is_ok() => text.trim().parse().ok(),
            other => other.into_real().filter(|value| value.abs() <= EXACT).map(|value| value.trunc() as i64),
        }
    }

    /// Returns a yes or no, also from the words `true` and `false`.
    pub(crate) fn into_flag(self) -> Option<bool> {
        match self {
            Self::Flag(value) => Some(value),
            Self::Whole(value @ 0..=1) => Some(value == 1),
            Self::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}

pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    let scalar = Scalar::deserialize(deserializer)?;
    Ok(scalar.into_text().filter(|text| !text.trim().is_empty()))
}

pub(crate) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Scalar::deserialize(deserializer).map(Scalar::into_whole)
}

pub(crate) fn real<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Scalar::deserialize(deserializer).map(Scalar::into_real)
}

pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Scalar::deserialize(deserializer).map(Scalar::into_flag)
}

/// Reads an object as `T`; anything that is no object counts as absent.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn numbers_are_found_in_every_dress() {
        assert_eq!(scalar("1795507954200").into_whole(), Some(1_795_507_954_200));
        assert_eq!(scalar("\" 42 \"").into_whole(), Some(42));
        assert_eq!(scalar("42.9").into_whole(), Some(42));
        assert_eq!(scalar("\"5.92\"").into_real(), Some(5.92));
        for json in ["null", "true", "\"zwei\"", "[1]", "{\"a\":1}", "1e300", "18446744073709551615"] {
            assert_eq!(scalar(json).into_whole(), None, "{json}");
        }
    }

    #[test]
    fn flags_are_found_in_every_dress() {
        for (json, expected) in [("true", Some(true)), ("\"False\"", Some(false)), ("1", Some(true)), ("2", None)] {
            assert_eq!(scalar(json).into_flag(), expected, "{json}");
        }
    }

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(scalar("\"prod\"").into_text(), Some(Cow::Borrowed("prod"))));
        assert_eq!(scalar("7").into_text().as_deref(), Some("7"));
        assert_eq!(scalar("[\"prod\"]").into_text(), None);
    }
}
