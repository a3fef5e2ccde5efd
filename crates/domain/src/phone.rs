//! Phone numbers as they arrive: E.164, national, inside SIP headers, withheld, or nonsense.
//!
//! Parsing is left to a port of libphonenumber; this module decides what a caller's number *means*
//! and keeps it masked from the first moment on. A number is accepted when its length is possible
//! for its country, not only when its range is known to be assigned: carriers assign ranges faster
//! than metadata follows, and a caller with a new number is a caller.

mod country;
mod origin;
mod sip;
mod withheld;

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat};
use serde::{Deserialize, Serialize};

pub use country::Country;
pub use origin::Origin;
pub use sip::{diverted, history};

use crate::{ErrorKind, masked::PhoneNumber};

/// Longest text looked at, in bytes; SIP addresses with all their parameters stay below.
const MAX_BYTES: usize = 200;
/// Most digits of an international number (ITU-T E.164); German metadata alone would allow 17.
const E164_DIGITS: usize = 15;
/// Numbers of at most this many digits and without a country are short codes: emergency numbers,
/// services, extensions of an exchange.
const SHORT_DIGITS: usize = 6;

/// Why a text is no phone number; never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing but white space.
    #[error("phone number is empty")]
    Empty,
    /// Longer than any number with its decoration.
    #[error("phone number is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// No digits where digits belong, control characters, or words.
    #[error("phone number has no readable digits")]
    Unreadable,
    /// A national number, and no country to read it in.
    #[error("phone number needs a country code, as in +49 30 123456")]
    NoCountry,
    /// Too short or too long for its country, or a country code that does not exist.
    #[error("phone number is not possible in its country")]
    Impossible,
}

impl Error {
    /// Returns the kind: always what was sent was wrong.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// A number in E.164 form and the extension that was written behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The number, `+` and up to fifteen digits.
    pub number: PhoneNumber,
    /// Digits to dial after the connection, if any.
    pub extension: Option<PhoneNumber>,
}

/// Reads a number in any usual notation; national ones are read in the country `home`.
///
/// ```
/// use callflow_domain::phone::{Country, parse};
/// let parsed = parse("030 / 23 12 51-00", Some(Country::DE)).unwrap();
/// assert_eq!(parsed.number.expose(), "+493023125100");
/// ```
pub fn parse(text: &str, home: Option<Country>) -> Result<Parsed, Error> {
    let text = sip::user(clean(text)?).trim();
    if !text.starts_with(is_opening) {
        return Err(Error::Unreadable);
    }
    let region = home.and_then(Country::region);
    let number = PHONE_NUMBER_UTIL.parse(text, region).map_err(|cause| parse_error(text, home, &cause))?;
    if PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) != Ok(NumberLengthType::IsPossible) {
        return Err(Error::Impossible);
    }
    let extension = number.extension.as_deref().filter(|digits| !digits.is_empty()).map(PhoneNumber::new);
    let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    // Rows of zeros lose one as a national prefix each time they are read; such a thing identifies nobody.
    let again = PHONE_NUMBER_UTIL.parse(&e164, None);
    let is_stable = again.is_ok_and(|again| PHONE_NUMBER_UTIL.format(&again, PhoneNumberFormat::E164) == e164);
    if e164.len() > 1 + E164_DIGITS || !is_stable {
        return Err(Error::Impossible);
    }
    Ok(Parsed { number: PhoneNumber::new(e164), extension })
}

/// Returns the text without white space around it, or why it cannot be a number.
fn clean(text: &str) -> Result<&str, Error> {
    let text = text.trim();
    match text {
        "" => Err(Error::Empty),
        _ if text.len() > MAX_BYTES => Err(Error::TooLong),
        _ if text.chars().any(char::is_control) => Err(Error::Unreadable),
        _ => Ok(text),
    }
}

/// Whether a number can begin like this; words first would be read as letters on a keypad.
fn is_opening(symbol: char) -> bool {
    symbol.is_numeric() || "+＋(（[*#".contains(symbol)
}

fn parse_error(text: &str, home: Option<Country>, cause: &rlibphonenumber::ParseError) -> Error {
    use rlibphonenumber::ParseError;
    match cause {
        ParseError::InvalidCountryCode if home.is_none() && !text.starts_with(['+', '＋']) => Error::NoCountry,
        ParseError::NotANumber(_) => Error::Unreadable,
        _ => Error::Impossible,
    }
}

/// Who is calling, as far as the number tells.
///
/// Three of four callers may withhold theirs, so that is a case of its own and no error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "number", rename_all = "snake_case")]
pub enum Caller {
    /// A number that identifies a line anywhere in the world.
    Known(PhoneNumber),
    /// A service number or an extension: it means something only inside one network, and
    /// identifies nobody.
    Short(PhoneNumber),
    /// The caller does not show a number, in one of the many ways carriers say so.
    Withheld,
    /// Something else stands where the number belongs.
    Invalid,
}

impl Caller {
    /// Reads what the platform or a SIP header gives as the caller; never fails and never panics.
    #[must_use]
    pub fn read(text: &str, home: Option<Country>) -> Self {
        if withheld::is_withheld(text) {
            return Self::Withheld;
        }
        if let Some(digits) = short_code(text) {
            return Self::Short(digits);
        }
        match parse(text, home) {
            Ok(parsed) => Self::Known(parsed.number),
            Err(Error::Empty) => Self::Withheld,
            Err(_) => Self::Invalid,
        }
    }

    /// Returns the number when it identifies a line.
    #[must_use]
    pub const fn number(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Known(number) => Some(number),
            _ => None,
        }
    }

    /// Returns what is known about where the caller is.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.number().and_then(Origin::of)
    }

    /// Returns the stable lower-case name of the case, for metrics labels.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Known(_) => "known",
            Self::Short(_) => "short",
            Self::Withheld => "withheld",
            Self::Invalid => "invalid",
        }
    }
}

/// Returns the digits of a short code. Asked before a number is parsed, because metadata allows
/// whole numbers of four digits in Germany; a leading zero is an area code and no short code.
fn short_code(text: &str) -> Option<PhoneNumber> {
    let text = sip::user(clean(text).ok()?);
    let digits: String = text.chars().filter(|symbol| !" -/.".contains(*symbol)).collect();
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    (is_digits && (2..=SHORT_DIGITS).contains(&digits.len())).then(|| PhoneNumber::new(digits))
}

#[cfg(test)]
mod tests;
