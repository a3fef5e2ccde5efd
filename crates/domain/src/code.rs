//! Confirmation codes: short, spoken over the phone, and not mistaken for another.
//!
//! The alphabet has no two symbols that sound alike in German or English: no 0/O, 1/I/L, B/D/P/T
//! and the other letters of that rhyme, F/S, M/N, A/H/K, U/Q, 2/3, 5/9, 6/X. Because of that, what
//! was misheard can be repaired: where an N is heard, an M was said.

mod spoken;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ErrorKind;

/// Six letters and six digits; see the module's first lines for what is missing and why.
const ALPHABET: &[u8; 12] = b"KMRWYZ245678";

/// What was said or typed is no confirmation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a confirmation code of {} letters and digits", Code::LEN)]
pub struct Error;

impl Error {
    /// Returns the kind: always what was sent was wrong.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// A confirmation code such as `K4R7Z`.
///
/// One in a quarter of a million: enough to find an appointment of a caller without a number,
/// little enough that tries have to be limited.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code([u8; Self::LEN]);

impl Code {
    /// How many symbols a code has.
    pub const LEN: usize = 5;

    /// Returns the code for random bits; every code is equally likely, to one part in 10^13.
    #[must_use]
    pub fn from_random(mut bits: u64) -> Self {
        let base = ALPHABET.len() as u64;
        Self(std::array::from_fn(|_| {
            let symbol = ALPHABET[(bits % base) as usize];
            bits /= base;
            symbol
        }))
    }

    /// Reads a code as it was heard: in any case, with spaces or hyphens, spelled with names of
    /// letters and digits in German or English, or by a spelling alphabet ("K wie Kaufmann").
    ///
    /// ```
    /// use callflow_domain::code::Code;
    /// let code: Code = "K4R7Z".parse().unwrap();
    /// for heard in ["k 4 r 7 z", "K-4-R-7-Z", "ka vier er sieben zett", "K wie Kaufmann, vier, R wie Richard, 7 Z"] {
    ///     assert_eq!(Code::hear(heard), Some(code));
    /// }
    /// ```
    #[must_use]
    pub fn hear(text: &str) -> Option<Self> {
        let symbols = spoken::symbols(text)?;
        let repaired: Option<Vec<u8>> = symbols.into_iter().map(repair).collect();
        repaired?.try_into().ok().map(Self)
    }

    /// Returns the code with its symbols apart, as it is spoken.
    #[must_use]
    pub fn spelled(&self) -> String {
        let symbols: Vec<String> = self.0.iter().map(|symbol| char::from(*symbol).to_string()).collect();
        symbols.join(" ")
    }

    /// Returns the code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only symbols of the alphabet are accepted")
    }
}

/// Returns the symbol that was meant by the one that was heard.
fn repair(heard: u8) -> Option<u8> {
    let meant = match heard.to_ascii_uppercase() {
        b'A' | b'H' | b'J' | b'Q' => b'K',
        b'N' => b'M',
        b'V' => b'W',
        b'I' => b'Y',
        b'C' => b'Z',
        b'3' => b'2',
        b'9' => b'5',
        b'X' => b'6',
        symbol => symbol,
    };
    ALPHABET.contains(&meant).then_some(meant)
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    /// Shows only that a code is there: whoever knows it can change the appointment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<code>")
    }
}

impl FromStr for Code {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::hear(text).ok_or(Error)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_heard_is_read_as_it_was_meant() {
        for (heard, code) in [
            ("K4R7Z", "K4R7Z"),
            ("k4r7z", "K4R7Z"),
            ("K 4 R 7 Z", "K4R7Z"),
            ("K-4-R-7-Z.", "K4R7Z"),
            ("\"K4R 7Z\"", "K4R7Z"),
            ("ka vier er sieben zett", "K4R7Z"),
            ("Ka, vier, err, sieben, Zet", "K4R7Z"),
            ("kay four ar seven zed", "K4R7Z"),
            ("kilo four romeo seven zulu", "K4R7Z"),
            ("K wie Kaufmann vier R wie Richard sieben Z wie Zacharias", "K4R7Z"),
            ("k as in kilo, 4, r for romeo, 7, z as in zebra", "K4R7Z"),
            ("mein Code ist ka vier er sieben zett", "K4R7Z"),
            ("the code is K 47 ... no letters", ""),
            ("zwo acht we em ypsilon", "28WMY"),
            ("two eight double-u em why", "28WMY"),
            ("drei acht we en ypsilon", "28WMY"),
            ("ha vier er sieben zett", "K4R7Z"),
            ("x neun ka ka ka", "65KKK"),
            ("٤٢", ""),
            ("K4R7", ""),
            ("K4R7ZZ", ""),
            ("K4R7O", ""),
            ("K4R71", ""),
            ("", ""),
            ("keine Ahnung", ""),
        ] {
            let read = Code::hear(heard).map(|code| code.to_string()).unwrap_or_default();
            assert_eq!(read, code, "{heard}");
        }
        assert_eq!(Code::hear(&"k ".repeat(10_000)), None);
    }

    #[test]
    fn a_code_is_spoken_symbol_by_symbol_and_debugged_without_them() {
        let code: Code = "K4R7Z".parse().unwrap();
        assert_eq!(code.spelled(), "K 4 R 7 Z");
        assert_eq!(format!("{code:?}"), "<code>");
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"K4R7Z\"");
        assert!(serde_json::from_str::<Code>("\"nope\"").is_err());
    }

    #[test]
    fn every_code_is_reached_and_about_equally_often() {
        let total = (ALPHABET.len() as u64).pow(Code::LEN as u32);
        let codes: std::collections::HashSet<_> = (0..total).map(Code::from_random).collect();
        assert_eq!(codes.len() as u64, total);
        assert!(u64::MAX / total > 1_000_000_000_000);
    }

    proptest! {
        #[test]
        fn every_code_is_read_back_in_every_spelling(bits: u64) {
            let code = Code::from_random(bits);
            for text in [code.to_string(), code.spelled(), code.spelled().to_lowercase(), code.spelled().replace(' ', "-")] {
                prop_assert_eq!(Code::hear(&text), Some(code));
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = Code::hear(&text);
        }
    }
}
