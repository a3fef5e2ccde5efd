//! Proof that a request comes from the voice platform: HMAC-SHA256 over the raw body and a time stamp.
//!
//! The header reads `v=<unix ms>,d=<64 hex>`; the digest covers the body's bytes followed by the
//! digits of `v`, keyed with the company's API key. Method, path, query and headers are not
//! covered, and within the window a captured request can be replayed: idempotency is the answer to that.

use std::fmt;

use callflow_domain::ErrorKind;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::Error;

/// Name of the header, in the lower case HTTP libraries use.
pub const HEADER: &str = "x-retell-signature";

/// How far a request's time may be from ours, either way and inclusive; the platform's own SDKs use it.
pub const WINDOW_MS: i64 = 300_000;

/// Most digits a time stamp can have; 16 reach the year 318857.
const MAX_DIGITS: usize = 16;

/// Why a request is not believed; the name is fit for a metrics label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejection {
    /// There is no signature header.
    #[error("request is not signed")]
    Missing,
    /// The header is not of the one form that is accepted.
    #[error("signature header is malformed")]
    Malformed,
    /// Signed too long ago, or too far in the future.
    #[error("signature is outside the time window")]
    Expired,
    /// Signed with another key, or for another body or time.
    #[error("signature does not match")]
    Mismatch,
}

impl Rejection {
    /// Returns the stable lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Expired => "expired",
            Self::Mismatch => "mismatch",
        }
    }

    /// Returns the kind: the sender did not prove who it is.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        ErrorKind::Unauthenticated
    }
}

/// A signing key, kept as prepared HMAC state only: it can neither be printed nor read back.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// Prepares a key. Its bytes are taken as they are, so trim what comes from files before.
    pub fn new(secret: &str) -> Result<Self, Error> {
        if secret.is_empty() {
            return Err(Error::EmptyKey);
        }
        Hmac::new_from_slice(secret.as_bytes()).map(Self).map_err(|_| Error::EmptyKey)
    }

    fn mac(&self, body: &[u8], digits: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(body).chain_update(digits)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<signing key>")
    }
}

/// The keys a company's requests may be signed with: one, or two while they are being changed.
#[derive(Debug, Clone)]
pub struct Keys {
    current: Key,
    previous: Option<Key>,
}

/// Which key a request was signed with; while the previous one is seen it cannot be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signer {
    /// The first key.
    Current,
    /// The second key.
    Previous,
}

impl Keys {
    /// Accepts the current key and, during a change, the previous one.
    #[must_use]
    pub const fn new(current: Key, previous: Option<Key>) -> Self {
        Self { current, previous }
    }

    /// Returns the key to sign with.
    #[must_use]
    pub const fn current(&self) -> &Key {
        &self.current
    }

    /// Decides whether the platform sent this body just now.
    ///
    /// # Errors
    /// As [`begin`](Self::begin) and [`Proof::finish`].
    pub fn verify(&self, header: Option<&[u8]>, body: &[u8], now: Timestamp) -> Result<Signer, Rejection> {
        let mut proof = self.begin(header, now)?;
        proof.update(body);
        proof.finish()
    }

    /// Looks at the header alone, so that what it gives away costs nobody a body: form first, then time.
    ///
    /// # Errors
    /// When the header is missing, malformed, or from another time.
    pub fn begin(&self, header: Option<&[u8]>, now: Timestamp) -> Result<Proof, Rejection> {
        let signature = Signature::parse(header.ok_or(Rejection::Missing)?)?;
        if !signature.is_fresh(now) {
            return Err(Rejection::Expired);
        }
        let macs = (self.current.0.clone(), self.previous.as_ref().map(|key| key.0.clone()));
        Ok(Proof { current: macs.0, previous: macs.1, signature })
    }
}

/// A signature being checked while its body arrives: hashing in pieces keeps a large body from holding up others.
pub struct Proof {
    current: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
    signature: Signature,
}

impl Proof {
    /// Takes the next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        self.current.update(piece);
        if let Some(previous) = &mut self.previous {
            previous.update(piece);
        }
    }

    /// Decides, now that the whole body is in; digests are compared in constant time.
    ///
    /// # Errors
    /// When the body was signed with neither key.
    pub fn finish(self) -> Result<Signer, Rejection> {
        let Signature { digits, length, digest, .. } = self.signature;
        let digits = digits.get(..length).unwrap_or_default();
        let is_by = |mac: Hmac<Sha256>| mac.chain_update(digits).verify_slice(&digest).is_ok();
        if is_by(self.current) {
            return Ok(Signer::Current);
        }
        if self.previous.is_some_and(is_by) { Ok(Signer::Previous) } else { Err(Rejection::Mismatch) }
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<signature being checked>")
    }
}

/// Returns the header value for a body sent at this time, as the platform would write it.
#[must_use]
pub fn sign(key: &Key, body: &[u8], at: Timestamp) -> String {
    let digits = at.as_millisecond().to_string();
    let digest = key.mac(body, digits.as_bytes()).finalize().into_bytes();
    format!("v={digits},d={}", hex::encode(digest))
}

/// A header that has the right form; whether it is true is another question.
struct Signature {
    digits: [u8; MAX_DIGITS],
    length: usize,
    at_ms: i64,
    digest: [u8; 32],
}

impl Signature {
    /// Accepts `v=<1 to 16 ASCII digits, the first not 0>,d=<64 hex digits>` and nothing around it.
    fn parse(header: &[u8]) -> Result<Self, Rejection> {
        Self::split(header).ok_or(Rejection::Malformed)
    }

    fn split(header: &[u8]) -> Option<Self> {
        let rest = header.strip_prefix(b"v=")?;
        let comma = rest.iter().position(|byte| *byte == b',')?;
        let (written, rest) = rest.split_at(comma);
        let hex = rest.strip_prefix(b",d=")?;
        let well_formed = (1..=MAX_DIGITS).contains(&written.len())
            && written.iter().all(u8::is_ascii_digit)
            && written.first() != Some(&b'0');
        if !well_formed {
            return None;
        }
        let at_ms = written.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        let (mut digits, mut digest) = ([0; MAX_DIGITS], [0; 32]);
        digits.get_mut(..written.len())?.copy_from_slice(written);
        hex::decode_to_slice(hex, &mut digest).ok()?;
        Some(Self { digits, length: written.len(), at_ms, digest })
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        now.as_millisecond().abs_diff(self.at_ms) <= WINDOW_MS.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    fn keys(current: &str, previous: Option<&str>) -> Keys {
        Keys::new(Key::new(current).unwrap(), previous.map(|key| Key::new(key).unwrap()))
    }

    #[test]
    fn what_is_signed_is_believed_and_the_key_is_told() {
        let (old, now) = (Key::new("old").unwrap(), at(1_795_510_800_123));
        let header = sign(&old, b"{}", now);
        assert_eq!(keys("old", None).verify(Some(header.as_bytes()), b"{}", now), Ok(Signer::Current));
        assert_eq!(keys("new", Some("old")).verify(Some(header.as_bytes()), b"{}", now), Ok(Signer::Previous));
        assert_eq!(keys("new", None).verify(Some(header.as_bytes()), b"{}", now), Err(Rejection::Mismatch));
    }

    #[test]
    fn the_window_is_inclusive_on_both_sides() {
        let (sent, keys) = (1_795_510_800_123, keys("key", None));
        let header = sign(keys.current(), b"x", at(sent));
        let verdict = |now| keys.verify(Some(header.as_bytes()), b"x", at(now)).err();
        assert_eq!([verdict(sent - WINDOW_MS), verdict(sent + WINDOW_MS)], [None, None]);
        assert_eq!(verdict(sent - WINDOW_MS - 1), Some(Rejection::Expired));
        assert_eq!(verdict(sent + WINDOW_MS + 1), Some(Rejection::Expired));
    }

    #[test]
    fn only_one_spelling_of_the_header_is_read() {
        let good = format!("v=1795510800123,d={}", "ab".repeat(32));
        assert!(Signature::parse(good.as_bytes()).is_ok());
        assert!(Signature::parse(good.replace("ab", "AB").as_bytes()).is_ok());
        for (from, to) in [
            ("v=", "V="),
            ("v=", ""),
            ("v=", " v="),
            ("=1", "=01"),
            ("=1", "=+1"),
            ("=1", "=-1"),
            ("=1", "=99991"),
            ("1795510800123", ""),
            ("1795510800123", "0"),
            (",d", ", d"),
            (",d", ",D"),
            ("abab", "aba"),
            ("abab", "ababa"),
            ("abab", "gbab"),
            ("1795510800123", "١٧٩٥٥١٠٨٠٠١٢٣"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_eq!(Signature::parse(bad.as_bytes()).err(), Some(Rejection::Malformed), "{bad}");
        }
        for tail in [" ", "\n", ",x=1", ",d=00"] {
            assert!(Signature::parse(format!("{good}{tail}").as_bytes()).is_err(), "{tail:?}");
        }
    }

    #[test]
    fn a_body_in_pieces_is_the_body() {
        let (body, now) = ("Grüße aus dem Südpark".repeat(50), at(1_795_510_800_123));
        let keys = keys("new", Some("old"));
        let header = sign(&Key::new("old").unwrap(), body.as_bytes(), now);
        for size in [1, 7, 64, 5_000] {
            let mut proof = keys.begin(Some(header.as_bytes()), now).unwrap();
            body.as_bytes().chunks(size).for_each(|piece| proof.update(piece));
            assert_eq!(proof.finish(), Ok(Signer::Previous), "{size}");
        }
        assert_eq!(keys.begin(Some(header.as_bytes()), now).unwrap().finish(), Err(Rejection::Mismatch));
    }

    #[test]
    fn keys_are_not_empty_and_not_printed() {
        assert_eq!(Key::new("").err(), Some(Error::EmptyKey));
        assert_eq!(format!("{:?}", Key::new("secret").unwrap()), "<signing key>");
        assert_eq!(keys("key", None).verify(None, b"", at(0)), Err(Rejection::Missing));
    }
}
