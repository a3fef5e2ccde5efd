//! Times of day: "halb vier", "15 Uhr 30", "quarter past three", "nachmittags", "ab 16 Uhr".

use jiff::civil::Time;

use crate::{
    clock::Clock,
    date::Reading,
    lexicon::{Half, Words, lookup},
    token::Token,
};

/// A point or a stretch of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOfDay {
    /// A start wanted at this very time.
    At(Time),
    /// Any start from the first (inclusive) to the second (exclusive).
    Between(Time, Time),
}

/// Reads a clock time at a token; the flag says that one is expected there.
type Reader = fn(&[Token], usize, &Words, bool) -> Option<(Spoken, usize)>;

const MIDNIGHT: Time = Time::constant(0, 0, 0, 0);
const DAY_END: Time = Time::constant(23, 59, 59, 999_999_999);

/// A clock reading whose half of the day may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spoken {
    hour: u32,
    minute: u32,
    /// Whether the words themselves say which half of the day is meant.
    settled: bool,
}

/// Returns the reading of a time of day that begins at `at`.
pub(crate) fn read(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<TimeOfDay>> {
    let rules = [between, bounded, point, part];
    rules.iter().rev().filter_map(|rule| rule(tokens, at, clock)).max_by_key(|reading| reading.length)
}

fn part(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<TimeOfDay>> {
    let parts = clock.language.words().parts;
    let found = parts.iter().filter_map(|part| Some((part, lookup::phrase(tokens, at, part.word)?)));
    let (part, length) = found.max_by_key(|(_, length)| *length)?;
    Some(Reading::sure(TimeOfDay::Between(part.from, part.to), length))
}

fn point(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<TimeOfDay>> {
    let (spoken, length) = spoken_at(tokens, at, clock.language.words(), false)?;
    let candidates = candidates(spoken, clock)?.into_iter().map(TimeOfDay::At).collect();
    Some(Reading { candidates, length })
}

/// "ab 16 Uhr", "bis zwölf", "after three".
fn bounded(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<TimeOfDay>> {
    let words = clock.language.words();
    let open_end = lookup::any(tokens, at, words.from).map(|length| (true, length));
    let (from, lead) = open_end.or_else(|| lookup::any(tokens, at, words.until).map(|length| (false, length)))?;
    let (spoken, length) = spoken_at(tokens, at + lead, words, true)?;
    let bound = *candidates(spoken, clock)?.first()?;
    if from && let Some(upper) = upper_bound(tokens, at + lead + length, clock) {
        return Some(Reading::sure(TimeOfDay::Between(bound, upper.0), lead + length + upper.1));
    }
    let window = if from { TimeOfDay::Between(bound, DAY_END) } else { TimeOfDay::Between(MIDNIGHT, bound) };
    Some(Reading::sure(window, lead + length))
}

fn upper_bound(tokens: &[Token], at: usize, clock: &Clock) -> Option<(Time, usize)> {
    let words = clock.language.words();
    let lead = lookup::any(tokens, at, words.until).or_else(|| lookup::any(tokens, at, words.and))?;
    let (spoken, length) = spoken_at(tokens, at + lead, words, true)?;
    Some((*candidates(spoken, clock)?.first()?, lead + length))
}

/// "zwischen drei und fünf".
fn between(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<TimeOfDay>> {
    let words = clock.language.words();
    let lead = lookup::any(tokens, at, words.between)?;
    let (spoken, length) = spoken_at(tokens, at + lead, words, true)?;
    let from = *candidates(spoken, clock)?.first()?;
    let (to, more) = upper_bound(tokens, at + lead + length, clock)?;
    (from < to).then(|| Reading::sure(TimeOfDay::Between(from, to), lead + length + more))
}

/// Returns what a reading can mean, best first: the half of the day in which the branch is open.
fn candidates(spoken: Spoken, clock: &Clock) -> Option<Vec<Time>> {
    let time = |hour: u32| Time::new(i8::try_from(hour % 24).ok()?, i8::try_from(spoken.minute).ok()?, 0, 0).ok();
    let said = time(spoken.hour)?;
    if spoken.settled || spoken.hour >= 13 || spoken.hour == 0 {
        return Some(vec![said]);
    }
    let other = time(spoken.hour + 12)?;
    Some(match (clock.is_open(said), clock.is_open(other)) {
        (true, false) => vec![said],
        (false, true) => vec![other],
        _ => vec![said, other],
    })
}

/// Returns the clock reading at `at`. A bare number counts only after a word that announces a time, or with `expected`.
fn spoken_at(tokens: &[Token], at: usize, words: &Words, expected: bool) -> Option<(Spoken, usize)> {
    let lead = lookup::any(tokens, at, words.at).unwrap_or(0);
    let expected = expected || lead > 0;
    let start = at + lead;
    let readers: [Reader; 4] = [fraction, minutes_to_or_past, written, hour];
    let found = readers.iter().rev().filter_map(|reader| reader(tokens, start, words, expected));
    let (spoken, length) = found.max_by_key(|(_, length)| *length)?;
    let (spoken, more) = half_of_day(tokens, start + length, words, spoken);
    Some((spoken, lead + length + more))
}

/// Applies "pm", "abends" and their like after a time.
fn half_of_day(tokens: &[Token], at: usize, words: &Words, spoken: Spoken) -> (Spoken, usize) {
    if let Some(length) = lookup::any(tokens, at, words.before_noon) {
        return (Spoken { hour: spoken.hour % 12, settled: true, ..spoken }, length);
    }
    if let Some(length) = lookup::any(tokens, at, words.after_noon) {
        let hour = if spoken.hour < 12 { spoken.hour + 12 } else { spoken.hour };
        return (Spoken { hour, settled: true, ..spoken }, length);
    }
    (spoken, 0)
}

/// `15:30`, `15.30`, and the dot form only when it is a time and no date.
fn written(tokens: &[Token], at: usize, words: &Words, expected: bool) -> Option<(Spoken, usize)> {
    let text = tokens.get(at)?.text.trim_end_matches('.');
    let (hour, minute) = text.split_once([':', '.'])?;
    let announced = expected || text.contains(':') || lookup::any(tokens, at + 1, words.oclock).is_some();
    let (hour, minute) = (hour.parse().ok()?, (minute.len() == 2).then(|| minute.parse().ok()).flatten()?);
    let could_be_date = (1..=31).contains(&hour) && (1..=12).contains(&minute);
    if !announced && could_be_date {
        return None;
    }
    let spoken = checked(hour, minute, hour >= 13 || text.starts_with('0'))?;
    Some((spoken, 1 + lookup::any(tokens, at + 1, words.oclock).unwrap_or(0)))
}

fn checked(hour: u32, minute: u32, settled: bool) -> Option<Spoken> {
    (hour <= 24 && minute <= 59).then_some(Spoken { hour, minute, settled })
}

/// "15 Uhr", "15 Uhr 30", "three o'clock", "um drei", "3 pm".
fn hour(tokens: &[Token], at: usize, words: &Words, expected: bool) -> Option<(Spoken, usize)> {
    let (hour, length) = lookup::number(tokens, at, words)?;
    let oclock = lookup::any(tokens, at + length, words.oclock);
    let halved =
        [words.before_noon, words.after_noon].iter().any(|list| lookup::any(tokens, at + length, list).is_some());
    let after = at + length + oclock.unwrap_or(0);
    let quarter = after_hour(tokens, after, words);
    if !(expected
        || oclock.is_some()
        || halved
        || quarter.is_some_and(|(_, more)| more > 0 && words.half_style == Half::AfterSameHour))
    {
        return None;
    }
    if let Some((minute, more)) = quarter {
        return Some((shifted(hour, minute)?, length + oclock.unwrap_or(0) + more));
    }
    // "15 Uhr 30", and "14 30" as speech-to-text writes it after a word that announces a time.
    let minutes =
        lookup::number(tokens, after, words).filter(|(minute, _)| *minute <= 59 && (oclock.is_some() || *minute >= 10));
    let (minute, more) = minutes.filter(|_| oclock.is_some() || expected).unwrap_or((0, 0));
    Some((checked(hour, minute, hour >= 13)?, length + oclock.unwrap_or(0) + more))
}

/// Half and quarter that follow the hour: "üç buçuk", "الثالثة والنصف", "الرابعة إلا ربع".
fn after_hour(tokens: &[Token], at: usize, words: &Words) -> Option<(i32, usize)> {
    if words.half_style != Half::AfterSameHour {
        return None;
    }
    if let Some(length) = lookup::any_form(tokens, at, words.half, words) {
        return Some((30, length));
    }
    if let Some(length) = lookup::any(tokens, at, words.to) {
        return Some((-15, length + lookup::any(tokens, at + length, words.quarter)?));
    }
    let length = lookup::any(tokens, at, words.quarter)?;
    match lookup::any(tokens, at + length, words.to) {
        Some(more) => Some((-15, length + more)),
        None => Some((15, length + lookup::any(tokens, at + length, words.past).unwrap_or(0))),
    }
}

fn shifted(hour: u32, minutes: i32) -> Option<Spoken> {
    let total = i32::try_from(hour).ok()? * 60 + minutes;
    let total = u32::try_from(if total < 0 { total + 12 * 60 } else { total }).ok()?;
    checked(total / 60, total % 60, hour >= 13)
}

/// "halb vier", "half past three", "viertel vier", "dreiviertel vier", "viertel nach drei".
fn fraction(tokens: &[Token], at: usize, words: &Words, _expected: bool) -> Option<(Spoken, usize)> {
    if let Some(lead) = lookup::any(tokens, at, words.half)
        && words.half_style != Half::AfterSameHour
    {
        let (hour, length) = lookup::number(tokens, at + lead, words)?;
        let minutes = if words.half_style == Half::BeforeNextHour { -30 } else { 30 };
        return Some((shifted(hour, minutes)?, lead + length));
    }
    let three_quarters = lookup::phrase(tokens, at, "dreiviertel").filter(|_| words.half_style == Half::BeforeNextHour);
    if let Some(lead) = three_quarters {
        let (hour, length) = lookup::number(tokens, at + lead, words)?;
        return Some((shifted(hour, -15)?, lead + length));
    }
    let lead = lookup::any(tokens, at, words.quarter)?;
    let (minutes, link) = match (lookup::any(tokens, at + lead, words.past), lookup::any(tokens, at + lead, words.to)) {
        (Some(length), _) => (15, length),
        (_, Some(length)) => (-15, length),
        // "viertel vier" is a quarter *into* the fourth hour.
        _ if words.half_style == Half::BeforeNextHour => (-45, 0),
        _ => return None,
    };
    let (hour, length) = lookup::number(tokens, at + lead + link, words)?;
    Some((shifted(hour, minutes)?, lead + link + length))
}

/// "zehn vor vier", "five past three", "fünf nach halb vier".
fn minutes_to_or_past(tokens: &[Token], at: usize, words: &Words, _expected: bool) -> Option<(Spoken, usize)> {
    let (minutes, length) = lookup::number(tokens, at, words)?;
    let minutes = i32::try_from(minutes).ok().filter(|minutes| (1..=29).contains(minutes))?;
    let (sign, link) = match (lookup::any(tokens, at + length, words.past), lookup::any(tokens, at + length, words.to))
    {
        (Some(link), _) => (1, link),
        (_, Some(link)) => (-1, link),
        _ => return None,
    };
    let after = at + length + link;
    if let Some((base, more)) = fraction(tokens, after, words, true) {
        let total = i32::try_from(base.minute).ok()? + sign * minutes;
        return Some((shifted(base.hour, total)?, length + link + more));
    }
    let (hour, more) = lookup::number(tokens, after, words)?;
    Some((shifted(hour, sign * minutes)?, length + link + more))
}
