//! Day and time of day out of one utterance; what is said later corrects what was said before.

use std::ops::Range;

use crate::{
    clock::Clock,
    date::{self, Days, Reading},
    lexicon::lookup,
    time::{self, TimeOfDay},
    token::{Token, tokens},
};

/// A value, where it was read, and what else it could mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The likeliest meaning.
    pub value: T,
    /// Other meanings, likeliest first; not empty means: ask.
    pub alternatives: Vec<T>,
    /// Bytes of the text it was read from.
    pub span: Range<usize>,
}

/// What an utterance says about day and time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// The day or days.
    pub days: Option<Found<Days>>,
    /// The time of day.
    pub time: Option<Found<TimeOfDay>>,
}

impl When {
    /// Returns whether a day that was named lies wholly before today.
    #[must_use]
    pub fn is_past(&self, clock: &Clock) -> bool {
        self.days.as_ref().is_some_and(|found| found.value.to < clock.today())
    }
}

/// Returns what a text says about day and time. Nothing is guessed: what is not said is absent.
#[must_use]
pub fn understand(text: &str, clock: &Clock) -> When {
    let tokens = tokens(text);
    let mut when = When::default();
    let mut at = 0;
    while at < tokens.len() {
        let day = date::read(&tokens, at, clock);
        let time = time::read(&tokens, at, clock);
        at += match (day, time) {
            (Some(day), Some(time)) if time.length > day.length => keep_time(&mut when, &tokens, at, time),
            (Some(day), _) => keep_day(&mut when, &tokens, at, day),
            (None, Some(time)) => keep_time(&mut when, &tokens, at, time),
            (None, None) => compound(&mut when, &tokens, at, clock),
        };
    }
    when
}

fn found<T>(tokens: &[Token], at: usize, reading: Reading<T>) -> Option<Found<T>> {
    let span = tokens[at].span.start..tokens[at + reading.length - 1].span.end;
    let mut candidates = reading.candidates.into_iter();
    Some(Found { value: candidates.next()?, alternatives: candidates.collect(), span })
}

fn keep_day(when: &mut When, tokens: &[Token], at: usize, reading: Reading<Days>) -> usize {
    let length = reading.length;
    when.days = found(tokens, at, reading).or(when.days.take());
    length
}

/// A part of the day does not replace a time inside it ("um drei am Nachmittag"); it settles which half of the day was meant.
fn keep_time(when: &mut When, tokens: &[Token], at: usize, reading: Reading<TimeOfDay>) -> usize {
    let length = reading.length;
    let new = found(tokens, at, reading);
    when.time = match (when.time.take(), new) {
        (Some(point), Some(window)) => Some(settle(point, window)),
        (old, new) => new.or(old),
    };
    length
}

fn settle(old: Found<TimeOfDay>, new: Found<TimeOfDay>) -> Found<TimeOfDay> {
    let (point, window) = match (old.value, new.value) {
        (TimeOfDay::At(_), TimeOfDay::Between(..)) => (&old, &new),
        (TimeOfDay::Between(..), TimeOfDay::At(_)) => (&new, &old),
        _ => return new,
    };
    let TimeOfDay::Between(from, to) = window.value else { return new };
    let inside = |candidate: &TimeOfDay| matches!(candidate, TimeOfDay::At(time) if from <= *time && *time <= to);
    let mut meanings = std::iter::once(point.value).chain(point.alternatives.iter().copied());
    match meanings.find(inside) {
        Some(value) => Found { value, alternatives: Vec::new(), span: point.span.clone() },
        None => new,
    }
}

/// "Donnerstagnachmittag": a weekday and a part of the day in one word.
fn compound(when: &mut When, tokens: &[Token], at: usize, clock: &Clock) -> usize {
    let words = clock.language.words();
    let token = &tokens[at];
    for part in words.parts {
        let Some(head) = token.text.strip_suffix(part.word).filter(|head| !head.is_empty()) else { continue };
        let head = Token { text: head.to_owned(), span: token.span.clone() };
        if let Some(day) = date::read(std::slice::from_ref(&head), 0, clock) {
            keep_day(when, std::slice::from_ref(&head), 0, day);
            let window = Reading::sure(TimeOfDay::Between(part.from, part.to), 1);
            return keep_time(when, tokens, at, window);
        }
    }
    lookup::any(tokens, at, words.correction).map_or(1, |length| {
        // What follows is meant instead of the time said before; the day stays until another one is said.
        when.time = None;
        length
    })
}
