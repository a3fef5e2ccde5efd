//! A snapshot's form in the cache: a version, then numbers of variable length.
//!
//! Times are distances from the day's midnight, words are numbers in a dictionary, and free time
//! is not written at all, because it follows from the rest. A day of eight people takes about half
//! a kilobyte. Bytes of another version, or damaged ones, are nothing at all: the reader asks the
//! database instead.

mod read;
mod write;

use super::DaySnapshot;
use read::Reader;
use write::Writer;

/// Changes whenever the bytes or their meaning do; older bytes are then not understood.
const VERSION: u8 = 1;
/// Every body begins with these, so that anything else under the key is told apart.
const MARK: [u8; 2] = *b"cd";

impl DaySnapshot {
    /// Returns the snapshot as bytes for the cache.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer { out: Vec::with_capacity(512), words: Vec::new() };
        writer.day(self);
        let mut all = Writer { out: vec![MARK[0], MARK[1], VERSION], words: Vec::new() };
        all.unsigned(writer.words.len() as u64);
        writer.words.iter().for_each(|word| all.text(word));
        all.out.extend(writer.out);
        all.out
    }

    /// Returns the snapshot these bytes hold, or `None` when they are of another version or damaged.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MARK)?.strip_prefix(&[VERSION])?;
        let mut reader = Reader { rest, words: Vec::new() };
        reader.words = reader.list(Reader::text)?;
        let day = reader.day()?;
        reader.rest.is_empty().then_some(day)
    }
}
