//! A snapshot's form in the cache: a version, then numbers of variable length.
//!
//! Times are distances from the day's midnight, words are numbers in a dictionary, and free time
//! is not written at all, because it follows from the rest. A day of eight people takes about half
//! a kilobyte. Bytes of another version, or damaged ones, are nothing at all: the reader asks the
//! database instead.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{DaySnapshot, RoomDay, RoomRow, StaffDay, StaffRow};
use crate::{
    id::{BranchId, RoomId, StaffId},
    language::Language,
    schedule::{Opening, Schedule, Span, Spans, accepts},
};

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

struct Writer {
    out: Vec<u8>,
    words: Vec<String>,
}

impl Writer {
    fn day(&mut self, day: &DaySnapshot) {
        self.out.extend(day.branch.0.as_bytes());
        for part in [i64::from(day.date.year()), i64::from(day.date.month()), i64::from(day.date.day())] {
            self.signed(part);
        }
        self.signed(day.span.from);
        self.unsigned(day.span.minutes() as u64);
        self.signed(day.read_at.as_millisecond());
        self.opening(&day.opening);
        self.spans(day.span, &day.open);
        self.unsigned(day.staff.len() as u64);
        for person in &day.staff {
            self.out.extend(person.id.0.as_bytes());
            self.signed(person.schedule_version);
            self.unsigned(person.skills.len() as u64);
            person.skills.iter().for_each(|skill| self.word(skill));
            self.unsigned(person.languages.len() as u64);
            person.languages.iter().for_each(|language| self.word(language.as_str()));
            self.spans(day.span, &person.working);
            self.spans(day.span, &person.busy);
            self.unsigned(u64::from(person.appointments));
        }
        self.unsigned(day.rooms.len() as u64);
        for room in &day.rooms {
            self.out.extend(room.id.0.as_bytes());
            self.word(&room.kind);
            self.spans(day.span, &room.busy);
        }
    }

    fn opening(&mut self, opening: &Opening) {
        match opening {
            Opening::Open => self.out.push(0),
            Opening::Closed { reason: None } => self.out.push(1),
            Opening::Closed { reason: Some(reason) } => {
                self.out.push(2);
                self.text(reason);
            }
            Opening::Holiday { name } => {
                self.out.push(3);
                self.text(name);
            }
        }
    }

    fn spans(&mut self, day: Span, spans: &Spans) {
        self.unsigned(spans.as_slice().len() as u64);
        let mut at = day.from;
        for span in spans.as_slice() {
            self.unsigned((span.from - at) as u64);
            self.unsigned(span.minutes() as u64);
            at = span.to;
        }
    }

    fn word(&mut self, word: &str) {
        let known = self.words.iter().position(|known| known == word);
        let number = known.unwrap_or_else(|| {
            self.words.push(word.to_owned());
            self.words.len() - 1
        });
        self.unsigned(number as u64);
    }

    fn text(&mut self, text: &str) {
        self.unsigned(text.len() as u64);
        self.out.extend(text.as_bytes());
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    fn signed(&mut self, value: i64) {
        self.unsigned((value << 1 ^ value >> 63) as u64);
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    words: Vec<String>,
}

impl Reader<'_> {
    fn day(&mut self) -> Option<DaySnapshot> {
        let branch = BranchId(self.uuid()?);
        let [year, month, day] = [self.signed()?, self.signed()?, self.signed()?];
        let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
        let from = self.signed().filter(|from| accepts(date) && from.abs() < 1 << 40)?;
        // The longest date known has 25 hours; one in two is refused as damage.
        let span = Span { from, to: from + i64::try_from(self.unsigned()?).ok().filter(|length| *length <= 2880)? };
        Some(DaySnapshot {
            branch,
            date,
            span,
            read_at: Timestamp::from_millisecond(self.signed()?).ok()?,
            opening: self.opening()?,
            open: self.spans(span)?,
            staff: self.list(|reader| reader.person(span))?,
            rooms: self.list(|reader| reader.room(span))?,
        })
    }

    fn person(&mut self, day: Span) -> Option<StaffDay> {
        let row = StaffRow {
            id: StaffId(self.uuid()?),
            schedule: Schedule::default(),
            schedule_version: self.signed()?,
            skills: self.list(Reader::word)?,
            languages: self.list(|reader| Language::read(&reader.word()?))?,
        };
        let (working, busy) = (self.spans(day)?, self.spans(day)?);
        Some(StaffDay::new(day, row, working, busy, self.unsigned()?.try_into().ok()?))
    }

    fn room(&mut self, day: Span) -> Option<RoomDay> {
        let row = RoomRow { id: RoomId(self.uuid()?), kind: self.word()? };
        let busy = self.spans(day)?;
        Some(RoomDay::new(day, row, busy))
    }

    fn opening(&mut self) -> Option<Opening> {
        Some(match self.byte()? {
            0 => Opening::Open,
            1 => Opening::Closed { reason: None },
            2 => Opening::Closed { reason: Some(self.text()?) },
            3 => Opening::Holiday { name: self.text()? },
            _ => return None,
        })
    }

    fn spans(&mut self, day: Span) -> Option<Spans> {
        let mut at = day.from;
        let spans = self.list(|reader| {
            let from = at.checked_add_unsigned(reader.unsigned()?)?;
            let to = from.checked_add_unsigned(reader.unsigned()?)?;
            at = to;
            (from < to && to <= day.to).then_some(Span { from, to })
        })?;
        Some(spans.into_iter().collect())
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = usize::try_from(self.unsigned()?).ok()?;
        // An item takes at least a byte, so a damaged count cannot ask for much memory.
        let mut list = Vec::with_capacity(count.min(self.rest.len()));
        for _ in 0..count {
            list.push(item(self)?);
        }
        Some(list)
    }

    fn word(&mut self) -> Option<String> {
        let number = usize::try_from(self.unsigned()?).ok()?;
        self.words.get(number).cloned()
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn uuid(&mut self) -> Option<Uuid> {
        Uuid::from_slice(self.take(16)?).ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}
