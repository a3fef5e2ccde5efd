//! Reading a snapshot, from bytes that may be anything.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{
    day::{DaySnapshot, RoomDay, RoomRow, StaffDay, StaffRow},
    id::{BranchId, RoomId, StaffId},
    language::Language,
    schedule::{Opening, Schedule, Span, Spans, accepts},
};

/// Takes bytes from the front; every method returns `None` when they are damaged.
pub(super) struct Reader<'a> {
    pub(super) rest: &'a [u8],
    pub(super) words: Vec<String>,
}

impl Reader<'_> {
    pub(super) fn day(&mut self) -> Option<DaySnapshot> {
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

    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
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

    pub(super) fn text(&mut self) -> Option<String> {
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
