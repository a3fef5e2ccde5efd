//! Writing a snapshot.

use crate::{
    day::DaySnapshot,
    schedule::{Opening, Span, Spans},
};

/// Collects the bytes, and the words they refer to by number.
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    pub(super) words: Vec<String>,
}

impl Writer {
    pub(super) fn day(&mut self, day: &DaySnapshot) {
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

    pub(super) fn text(&mut self, text: &str) {
        self.unsigned(text.len() as u64);
        self.out.extend(text.as_bytes());
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    pub(super) fn unsigned(&mut self, mut value: u64) {
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
