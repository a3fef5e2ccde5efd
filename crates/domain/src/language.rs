//! Languages: what callers speak, what staff speak, and which one a call is held in.
//!
//! A [`Language`] is the language alone, without region or script: `de-AT`, `German` and `Almanca`
//! are all `de`, because that is what decides whether two people understand each other. Regions
//! come back where the voice platform wants them, in [`Language::locale`].

mod choice;
mod code;
mod country;
mod locale;
mod name;
mod routing;

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use choice::{Choice, Signals, Source, choose};
pub use country::spoken_in;
pub use routing::{Routing, Speaker, Stage, route};

use crate::ErrorKind;

/// Longest text looked at, in bytes: tags have at most 35, and names come in short phrases.
const MAX_BYTES: usize = 80;

/// A text names no language, or more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a language such as de, en-GB or Türkçe")]
pub struct Error;

impl Error {
    /// Returns the kind: always what was sent was wrong.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// A language by its ISO 639 code: two letters where they exist, else three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language([u8; 3]);

impl Language {
    /// German, the last resort of every choice.
    pub const DE: Self = Self(*b"de\0");
    /// English.
    pub const EN: Self = Self(*b"en\0");
    /// Turkish.
    pub const TR: Self = Self(*b"tr\0");
    /// Arabic.
    pub const AR: Self = Self(*b"ar\0");
    /// Russian.
    pub const RU: Self = Self(*b"ru\0");
    /// The languages that answers are written in.
    pub const SPOKEN: [Self; 5] = [Self::DE, Self::EN, Self::TR, Self::AR, Self::RU];

    /// Reads a BCP 47 tag or the name of a language, in that language or another one.
    ///
    /// Returns `None` for texts that name none or several: a guess would put the caller through
    /// to the wrong person.
    ///
    /// ```
    /// use callflow_domain::language::Language;
    /// for text in ["de", "DE_at", "deu", "German", "auf Deutsch", "Almanca", "немецкий", "الألمانية"] {
    ///     assert_eq!(Language::read(text), Some(Language::DE));
    /// }
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_BYTES {
            return None;
        }
        code::of_tag(text).or_else(|| name::of_phrase(text))
    }

    /// Returns the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..length]).expect("only ASCII letters are accepted")
    }

    /// Returns the code made of these two or three lower-case letters.
    fn from_letters(letters: &str) -> Option<Self> {
        match letters.as_bytes() {
            [first, second] => Some(Self([*first, *second, 0])),
            [first, second, third] => Some(Self([*first, *second, *third])),
            _ => None,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::read(text).ok_or(Error)
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Language {
    fn schema_name() -> Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 2,
            "maxLength": MAX_BYTES,
            "description": "A language: a tag such as de or en-GB, or its name."
        })
    }
}

#[cfg(test)]
mod tests;
