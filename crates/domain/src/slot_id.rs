//! The slot id a voice model carries from `check_availability` to `book_appointment`.
//!
//! A token holds what it means: start minute, staff member and service, 80 bits written as `sl_` and
//! sixteen base32 characters. It therefore still works after a cache flush, and on any replica.
//! The bits are mixed before they are written, so that one misheard or invented character changes
//! all of them: such a token names no existing staff member and service, instead of quietly naming
//! the same ones at another time. Two slots of one morning look entirely different for the same reason.
//!
//! A token is no permission. Whoever receives one compares its tags with the staff and services of
//! the company that asks, and its start with what is bookable.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    ErrorKind,
    id::{ServiceId, StaffId},
};

/// 2020-01-01T00:00:00Z in minutes since the Unix epoch: minute zero of a token.
const EPOCH_MINUTE: i64 = 26_297_280;
/// Minutes fit 26 bits: up to 2147-08-06.
const MINUTE_BITS: u32 = 26;
const STAFF_BITS: u32 = 30;
const SERVICE_BITS: u32 = 24;
/// Characters after the prefix: 80 bits, five each.
const BODY: usize = 16;
/// Crockford's base32 in lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Longest text looked at; a model that sends more did not send a slot id.
const MAX_BYTES: usize = 96;

/// Why a text or a start is no slot id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A token has sixteen characters after `sl_`.
    #[error("slot id has {found} characters, expected 16 after sl_")]
    Length {
        /// Characters that were left when the prefix and separators had been removed.
        found: usize,
    },
    /// A character that occurs in no token and is not easily taken for one that does.
    #[error("slot id has an unknown character at {position}")]
    Character {
        /// Which character, counted from zero, separators left out.
        position: usize,
    },
    /// The start is before 2020 or after 2147, or is not on a whole minute.
    #[error("start cannot be written as a slot id")]
    Start,
}

impl Error {
    /// Returns the kind: always what the caller sent was wrong.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        ErrorKind::Invalid
    }
}

/// A start minute, a staff member and a service, as spoken to the voice model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId {
    minute: u32,
    staff: u32,
    service: u32,
}

impl SlotId {
    /// Returns the id of a slot, or [`Error::Start`] when the start is out of range or not on a minute.
    pub fn new(start: Timestamp, staff: StaffId, service: ServiceId) -> Result<Self, Error> {
        if start.as_second() % 60 != 0 || start.subsec_nanosecond() != 0 {
            return Err(Error::Start);
        }
        let minute = u32::try_from(start.as_second() / 60 - EPOCH_MINUTE).map_err(|_| Error::Start)?;
        if minute >> MINUTE_BITS != 0 {
            return Err(Error::Start);
        }
        Ok(Self { minute, staff: staff_tag(staff), service: service_tag(service) })
    }

    /// Reads a token as models write it: any case, with or without prefix, quotes, spaces or
    /// hyphens, o for 0 and i or l for 1.
    ///
    /// A token that was mistyped still reads, as a slot of nobody; see the module's first lines.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut symbols = [0_u8; BODY + 2];
        let count = normalise(text, &mut symbols)?;
        // `sl` reads as `s1`, so the prefix is recognised in all the ways it can be misspelled.
        let body: [u8; BODY] = match (count, &symbols) {
            (18, [s, one, body @ ..]) if ALPHABET[usize::from(*s)] == b's' && *one == 1 => *body,
            (16, [body @ .., _, _]) => *body,
            _ => return Err(Error::Length { found: count }),
        };
        let mixed = body.iter().fold(0_u128, |bits, symbol| bits << 5 | u128::from(*symbol));
        let bits = unmix(mixed);
        Ok(Self {
            minute: low(bits >> (STAFF_BITS + SERVICE_BITS), MINUTE_BITS),
            staff: low(bits >> SERVICE_BITS, STAFF_BITS),
            service: low(bits, SERVICE_BITS),
        })
    }

    /// Returns when the slot starts.
    #[must_use]
    pub fn start(self) -> Timestamp {
        let second = (EPOCH_MINUTE + i64::from(self.minute)) * 60;
        Timestamp::from_second(second).expect("26 bits of minutes since 2020 end in 2147")
    }

    /// Returns whether the slot is one of this staff member; true for another one once in 2^30.
    #[must_use]
    pub fn is_of_staff(self, staff: StaffId) -> bool {
        self.staff == staff_tag(staff)
    }

    /// Returns whether the slot is for this service; true for another one once in 2^24.
    #[must_use]
    pub fn is_for_service(self, service: ServiceId) -> bool {
        self.service == service_tag(service)
    }

    fn bits(self) -> u128 {
        u128::from(self.minute) << (STAFF_BITS + SERVICE_BITS)
            | u128::from(self.staff) << SERVICE_BITS
            | u128::from(self.service)
    }
}

/// Returns the staff member's 30 bits in a slot id: the first of the id, which are random in a UUIDv5.
#[must_use]
pub fn staff_tag(staff: StaffId) -> u32 {
    low(staff.uuid().as_u128() >> (128 - STAFF_BITS), STAFF_BITS)
}

/// Returns the service's 24 bits in a slot id: the first of the id, which are random in a UUIDv5.
#[must_use]
pub fn service_tag(service: ServiceId) -> u32 {
    low(service.uuid().as_u128() >> (128 - SERVICE_BITS), SERVICE_BITS)
}

fn low(bits: u128, count: u32) -> u32 {
    (bits & ((1 << count) - 1)) as u32
}

/// Writes the base32 values of the text's characters and returns how many there are.
fn normalise(text: &str, symbols: &mut [u8; BODY + 2]) -> Result<usize, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::Length { found: text.len() });
    }
    let mut count = 0;
    for symbol in text.chars().filter(|symbol| !is_separator(*symbol)) {
        let value = value_of(symbol).ok_or(Error::Character { position: count })?;
        if let Some(place) = symbols.get_mut(count) {
            *place = value;
        }
        count += 1;
    }
    Ok(count)
}

fn is_separator(symbol: char) -> bool {
    symbol.is_whitespace() || "_-–—.,:;'\"`´„“”‘’<>()[]{}".contains(symbol)
}

fn value_of(symbol: char) -> Option<u8> {
    let plain = match symbol.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|known| char::from(*known) == plain)?;
    u8::try_from(place).ok()
}

/// Half of the 80 bits.
const HALF: u128 = (1 << 40) - 1;
/// Four rounds: the fewest with which every input bit reaches every output bit. Their values are
/// arbitrary and part of the format; a change makes every token in flight unreadable.
const ROUNDS: [u64; 4] = [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93];

/// Mixes 80 bits reversibly (a balanced Feistel network); not a cipher, only a spreader of errors.
fn mix(bits: u128) -> u128 {
    let (left, right) =
        ROUNDS.iter().fold((bits >> 40, bits & HALF), |(left, right), key| (right, left ^ round(right, *key)));
    left << 40 | right
}

fn unmix(bits: u128) -> u128 {
    let (left, right) =
        ROUNDS.iter().rev().fold((bits >> 40, bits & HALF), |(left, right), key| (right ^ round(left, *key), left));
    left << 40 | right
}

fn round(half: u128, key: u64) -> u128 {
    let mut word = (half as u64).wrapping_add(1).wrapping_mul(key);
    word ^= word >> 29;
    word = word.wrapping_mul(key | 1);
    u128::from(word >> 24) & HALF
}

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mixed = mix(self.bits());
        let mut text = [0_u8; BODY];
        for (place, symbol) in text.iter_mut().enumerate() {
            *symbol = ALPHABET[(mixed >> (75 - 5 * place)) as usize & 31];
        }
        write!(f, "sl_{}", std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}@{}", self.start())
    }
}

impl FromStr for SlotId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl Serialize for SlotId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SlotId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
