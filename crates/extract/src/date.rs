//! Days: "morgen", "nächsten Dienstag", "26.11.", "in zwei Wochen", "am vierten achten".

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};

use crate::{
    clock::Clock,
    lexicon::{Words, lookup},
    token::Token,
};

/// One day, or several in a row; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Days {
    /// Returns a single day.
    #[must_use]
    pub const fn one(day: Date) -> Self {
        Self { from: day, to: day }
    }

    /// Returns the day when it is one.
    #[must_use]
    pub fn single(&self) -> Option<Date> {
        (self.from == self.to).then_some(self.from)
    }
}

/// What a phrase can mean, best first, and how many tokens it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading<T> {
    pub(crate) candidates: Vec<T>,
    pub(crate) length: usize,
}

impl<T> Reading<T> {
    pub(crate) fn sure(value: T, length: usize) -> Self {
        Self { candidates: vec![value], length }
    }
}

type Rule = fn(&[Token], usize, &Clock) -> Option<Reading<Days>>;

/// Rules in order of trust; of those that match at one place the longest wins.
const RULES: &[Rule] = &[
    written,
    relative,
    week_and_weekday,
    weekday,
    week,
    counted,
    day_and_month,
    month_and_day,
    two_ordinals,
    day_alone,
];

/// Returns the reading of a day that begins at `at`.
pub(crate) fn read(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    // max_by_key keeps the last of equals, so trust runs from the end.
    RULES.iter().rev().filter_map(|rule| rule(tokens, at, clock)).max_by_key(|reading| reading.length)
}

/// `2026-11-26`, `26.11.`, `26.11.2026`, `26/11/2026`.
fn written(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let text = tokens.get(at)?.text.as_str();
    let fields: Vec<&str> = text.trim_end_matches('.').split(['-', '.', '/']).collect();
    let number = |index: usize| fields.get(index).and_then(|field| field.parse::<i16>().ok());
    let (first, second) = (number(0)?, number(1)?);
    let day = match (fields.len(), text.contains('-')) {
        (3, _) if fields[0].len() == 4 => date(first, second, number(2)?)?,
        (3, false) => day_first(full_year(number(2)?), first, second)?,
        (2, false) if text.ends_with('.') || text.contains('/') => {
            upcoming(clock.today(), |year| day_first(year, first, second))?
        }
        _ => return None,
    };
    Some(Reading::sure(Days::one(day), 1))
}

/// Day before month, as callflow's languages write it; the American order where only that is a date.
fn day_first(year: i16, first: i16, second: i16) -> Option<Date> {
    date(year, second, first).or_else(|| date(year, first, second))
}

const fn full_year(year: i16) -> i16 {
    if year < 100 { 2000 + year } else { year }
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Returns the first such date that is not past: this year's or one of the next eight (29 February).
fn upcoming(today: Date, in_year: impl Fn(i16) -> Option<Date>) -> Option<Date> {
    (0..=8).filter_map(|ahead| in_year(today.year().checked_add(ahead)?)).find(|day| *day >= today)
}

fn days_ahead(clock: &Clock, days: i64) -> Option<Date> {
    clock.today().checked_add(days.days()).ok()
}

fn relative(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let words = clock.language.words();
    let (days, length) = lookup::entry(tokens, at, words.relative_days, words)?;
    Some(Reading::sure(Days::one(days_ahead(clock, days.into())?), length))
}

fn weekday_at(tokens: &[Token], at: usize, words: &Words) -> Option<(Weekday, usize)> {
    let (number, length) = lookup::entry(tokens, at, words.weekdays, words)?;
    // Two-letter abbreviations are only weekdays when they stand alone: "so" and "do" are also words.
    Some((Weekday::from_monday_one_offset(number).ok()?, length))
}

/// The next such weekday after today; a bare "Montag" is never today's past.
fn next_weekday(today: Date, weekday: Weekday) -> Option<Date> {
    today.nth_weekday(1, weekday).ok()
}

/// "Dienstag", "diesen Dienstag", "nächsten Dienstag" (two candidates), "übernächsten Freitag", and modifiers that follow.
fn weekday(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let words = clock.language.words();
    let (modifier, before) = modifier_at(tokens, at, words).map_or((None, 0), |(found, length)| (Some(found), length));
    let (weekday, length) = weekday_at(tokens, at + before, words)?;
    let (modifier, after) = match modifier {
        Some(found) => (Some(found), 0),
        None => modifier_at(tokens, at + length, words)
            .filter(|_| lookup::any(tokens, at + length + 1, words.week).is_none())
            .map_or((None, 0), |(found, length)| (Some(found), length)),
    };
    let soonest = next_weekday(clock.today(), weekday)?;
    let week_later = soonest.checked_add(1.week()).ok()?;
    let candidates = match modifier {
        None | Some(Modifier::This) => vec![Days::one(soonest)],
        Some(Modifier::Next) => vec![Days::one(soonest), Days::one(week_later)],
        Some(Modifier::AfterNext) => vec![Days::one(week_later)],
    };
    Some(Reading { candidates, length: before + length + after })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Modifier {
    This,
    Next,
    AfterNext,
}

fn modifier_at(tokens: &[Token], at: usize, words: &Words) -> Option<(Modifier, usize)> {
    let listed = [(Modifier::AfterNext, words.after_next), (Modifier::Next, words.next), (Modifier::This, words.this)];
    listed.into_iter().find_map(|(modifier, phrases)| Some((modifier, lookup::any(tokens, at, phrases)?)))
}

/// Returns Monday and length of "nächste Woche", "diese Woche", "haftaya".
fn week_at(tokens: &[Token], at: usize, clock: &Clock) -> Option<(Date, usize)> {
    let words = clock.language.words();
    let before = modifier_at(tokens, at, words)
        .and_then(|(found, length)| Some((found, length + lookup::any(tokens, at + length, words.week)?)));
    let after = || {
        let length = lookup::any(tokens, at, words.week)?;
        let (found, more) = modifier_at(tokens, at + length, words)?;
        Some((found, length + more))
    };
    let (modifier, length) = before.or_else(after)?;
    let weeks = match modifier {
        Modifier::This => 0_i64,
        Modifier::Next => 1,
        Modifier::AfterNext => 2,
    };
    let today = clock.today();
    let since_monday = i64::from(today.weekday().to_monday_zero_offset());
    Some((today.checked_add((weeks * 7 - since_monday).days()).ok()?, length))
}

fn week(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let (monday, length) = week_at(tokens, at, clock)?;
    let sunday = monday.checked_add(6.days()).ok()?;
    Some(Reading::sure(Days { from: monday.max(clock.today()), to: sunday }, length))
}

/// "nächste Woche Dienstag", "Dienstag nächster Woche".
fn week_and_weekday(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let words = clock.language.words();
    let (monday, weekday, length) = if let Some((monday, length)) = week_at(tokens, at, clock) {
        let gap = usize::from(
            tokens.get(at + length).is_some_and(|token| matches!(token.text.as_str(), "am" | "on" | "в" | "во")),
        );
        let (weekday, more) = weekday_at(tokens, at + length + gap, words)?;
        (monday, weekday, length + gap + more)
    } else {
        let (weekday, length) = weekday_at(tokens, at, words)?;
        let (monday, more) = week_at(tokens, at + length, clock)?;
        (monday, weekday, length + more)
    };
    let day = monday.checked_add(i64::from(weekday.to_monday_zero_offset()).days()).ok()?;
    Some(Reading::sure(Days::one(day), length))
}

/// "in drei Tagen", "in zwei Wochen", "3 gün sonra", "через неделю".
fn counted(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let words = clock.language.words();
    let lead = lookup::any(tokens, at, words.within);
    let start = at + lead.unwrap_or(0);
    let (count, length) = lookup::number(tokens, start, words).unwrap_or((1, 0));
    let (unit, unit_length) = unit_at(tokens, start + length, words)?;
    let after = lookup::any(tokens, start + length + unit_length, &["sonra", "from now", "later"]);
    if lead.is_none() && after.is_none() {
        return None;
    }
    let day = days_ahead(clock, i64::from(count) * unit)?;
    Some(Reading::sure(Days::one(day), lead.unwrap_or(0) + length + unit_length + after.unwrap_or(0)))
}

fn unit_at(tokens: &[Token], at: usize, words: &Words) -> Option<(i64, usize)> {
    let week = lookup::any(tokens, at, words.week).map(|length| (7, length));
    week.or_else(|| lookup::any(tokens, at, words.day).map(|length| (1, length)))
}

/// "26. November 2026", "26 kasım", "26 of November", "am sechsundzwanzigsten November".
fn day_and_month(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let words = clock.language.words();
    let (day, length) = lookup::number(tokens, at, words)?;
    let filler = ordinal_ending(tokens, at + length);
    let filler = filler + usize::from(tokens.get(at + length + filler).is_some_and(|token| token.text == "of"));
    let (month, more) = lookup::entry(tokens, at + length + filler, words.months, words)?;
    let used = length + filler + more;
    let year = year_at(tokens, at + used);
    let found = month_day(clock, year, month, day)?;
    Some(Reading::sure(Days::one(found), used + usize::from(year.is_some())))
}

/// "November 26th", "November the twenty-sixth".
fn month_and_day(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let words = clock.language.words();
    let (month, length) = lookup::entry(tokens, at, words.months, words)?;
    let article = usize::from(tokens.get(at + length).is_some_and(|token| token.text == "the"));
    let (day, more) = lookup::number(tokens, at + length + article, words)?;
    let used = length + article + more;
    let ending = ordinal_ending(tokens, at + used);
    let year = year_at(tokens, at + used + ending);
    let found = month_day(clock, year, month, day)?;
    Some(Reading::sure(Days::one(found), used + ending + usize::from(year.is_some())))
}

/// Returns the length of the letters after an English ordinal in digits.
fn ordinal_ending(tokens: &[Token], at: usize) -> usize {
    lookup::any(tokens, at, &["st", "nd", "rd", "th"]).unwrap_or(0)
}

fn year_at(tokens: &[Token], at: usize) -> Option<i16> {
    let number = tokens.get(at)?.number()?;
    i16::try_from(number).ok().filter(|year| (1900..=9999).contains(year))
}

fn month_day(clock: &Clock, year: Option<i16>, month: i8, day: u32) -> Option<Date> {
    let day = i8::try_from(day).ok()?;
    match year {
        Some(year) => Date::new(year, month, day).ok(),
        None => upcoming(clock.today(), |year| Date::new(year, month, day).ok()),
    }
}

/// "am vierten achten": day and month both as ordinals, as Germans say dates.
fn two_ordinals(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let words = clock.language.words();
    let ordinal = |at: usize| {
        let is_ordinal = tokens.get(at).is_some_and(|token| token.text.ends_with("ten") || token.text.ends_with('.'));
        lookup::number(tokens, at, words).filter(|_| is_ordinal)
    };
    let (day, length) = ordinal(at)?;
    let (month, more) = ordinal(at + length).filter(|(month, _)| (1..=12).contains(month))?;
    let found = month_day(clock, None, i8::try_from(month).ok()?, day)?;
    Some(Reading::sure(Days::one(found), length + more))
}

/// "am 26.", "am sechsundzwanzigsten": a day of this month, or of the next that has it.
fn day_alone(tokens: &[Token], at: usize, clock: &Clock) -> Option<Reading<Days>> {
    let token = tokens.get(at)?;
    let is_ordinal = token.text.ends_with('.') || token.text.ends_with("ten") && token.text.len() > 5;
    let (day, length) = lookup::number(tokens, at, clock.language.words()).filter(|_| is_ordinal)?;
    let day = i8::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
    let today = clock.today();
    let first = today.first_of_month();
    let found = (0..=12_i64).find_map(|months| {
        let month = first.checked_add(months.months()).ok()?;
        Date::new(month.year(), month.month(), day).ok().filter(|date| *date >= today)
    })?;
    Some(Reading::sure(Days::one(found), length))
}
