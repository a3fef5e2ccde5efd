//! The written patterns and their canonical text.

use std::{fmt, str::FromStr};

use super::{Error, Rule};
use crate::schedule::{Days, Weekday};

/// Longest pattern looked at, in bytes.
const MAX_BYTES: usize = 300;
const HEADS: &str = "daily, weekly:mo,we,fr, biweekly:tu, monthly:15, monthly:last, monthly:last:friday, \
    monthly:2:tuesday, every:3weeks:th, or an RFC 5545 rule";
const DAYS: &str = "mo, tu, we, th, fr, sa, su and ranges of them";
const MONTH_DAYS: &str = "a day from 1 to 31, last, or first to fifth or last with a weekday, as in 2:tuesday";
const EVERY: &str = "1 to 366 days, 1 to 53 weeks or 1 to 24 months, as in every:3weeks:th";

/// Names of the weekdays, Monday first; German ones because callers are quoted.
const WEEKDAYS: [(i64, &str); 7] = [
    (0, "mo mon monday montag"),
    (1, "tu tue tues tuesday di dienstag"),
    (2, "we wed wednesday mi mittwoch"),
    (3, "th thu thur thurs thursday do donnerstag"),
    (4, "fr fri friday freitag"),
    (5, "sa sat saturday samstag sonnabend"),
    (6, "su sun sunday so sonntag"),
];
const ORDINALS: [(Nth, &str); 6] = [
    (Nth::Number(1), "1 1st first"),
    (Nth::Number(2), "2 2nd second"),
    (Nth::Number(3), "3 3rd third"),
    (Nth::Number(4), "4 4th fourth"),
    (Nth::Number(5), "5 5th fifth"),
    (Nth::Last, "last"),
];

/// When a series recurs. Without days, those of the series' first date hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Every so many days.
    Days {
        /// The interval.
        every: u16,
    },
    /// Every so many weeks on some weekdays.
    Weeks {
        /// The interval; weeks begin on Monday.
        every: u16,
        /// The weekdays.
        days: Days,
    },
    /// Every so many months on some days.
    Months {
        /// The interval.
        every: u16,
        /// The days.
        days: Vec<MonthDay>,
    },
    /// By an RFC 5545 rule.
    Rule(Rule),
}

/// A day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MonthDay {
    /// By its number; months without it are skipped.
    Day(i8),
    /// The last one.
    Last,
    /// A weekday, counted.
    Weekday(Nth, Weekday),
}

/// Which of the same weekdays in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nth {
    /// Counted from the beginning; months without a fifth are skipped.
    Number(i8),
    /// The last one.
    Last,
}

impl Pattern {
    /// Returns the RFC 5545 rule, if it is one.
    pub(super) const fn rule(&self) -> Option<&Rule> {
        match self {
            Self::Rule(rule) => Some(rule),
            _ => None,
        }
    }
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(Error::part(text, HEADS));
        }
        if Rule::is_rule(text) {
            return text.parse().map(Self::Rule);
        }
        let lower = text.to_lowercase();
        let (head, rest) = lower.split_once(':').map_or((lower.as_str(), None), |(head, rest)| (head, Some(rest)));
        match (head.trim(), rest) {
            ("daily", None) => Ok(Self::Days { every: 1 }),
            ("weekly", rest) => weeks(1, rest),
            ("biweekly" | "fortnightly", rest) => weeks(2, rest),
            ("monthly", rest) => months(1, rest),
            ("every", Some(rest)) => every(rest),
            _ => Err(Error::part(text, HEADS)),
        }
    }
}

fn weeks(every: u16, rest: Option<&str>) -> Result<Pattern, Error> {
    let mut days = Days::default();
    for part in rest.into_iter().flat_map(|rest| rest.split(',')) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = weekday(first).zip(weekday(last)).ok_or_else(|| Error::part(part, DAYS))?;
        let (first, last) = (i64::from(first.monday_zero()), i64::from(last.monday_zero()));
        let length = (last - first).rem_euclid(7);
        days = (first..=first + length).map(Weekday::from_monday_zero).fold(days, Days::with);
    }
    Ok(Pattern::Weeks { every, days })
}

fn months(every: u16, rest: Option<&str>) -> Result<Pattern, Error> {
    let mut days = Vec::new();
    for part in rest.into_iter().flat_map(|rest| rest.split(',')) {
        days.push(month_day(part).ok_or_else(|| Error::part(part, MONTH_DAYS))?);
    }
    days.sort_unstable();
    days.dedup();
    Ok(Pattern::Months { every, days })
}

fn every(rest: &str) -> Result<Pattern, Error> {
    let (interval, rest) = rest.split_once(':').map_or((rest, None), |(interval, rest)| (interval, Some(rest)));
    let refused = || Error::part(interval, EVERY);
    let interval = interval.trim();
    let digits = interval.bytes().take_while(u8::is_ascii_digit).count();
    let number: u16 = interval[..digits].parse().map_err(|_| refused())?;
    match (interval[digits..].trim(), rest) {
        ("day" | "days", None) if (1..=366).contains(&number) => Ok(Pattern::Days { every: number }),
        ("week" | "weeks", rest) if (1..=53).contains(&number) => weeks(number, rest),
        ("month" | "months", rest) if (1..=24).contains(&number) => months(number, rest),
        _ => Err(refused()),
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    by_name(&WEEKDAYS, text).map(Weekday::from_monday_zero)
}

fn month_day(text: &str) -> Option<MonthDay> {
    let text = text.trim();
    if let Some((nth, day)) = text.split_once(':') {
        return Some(MonthDay::Weekday(by_name(&ORDINALS, nth)?, weekday(day)?));
    }
    if text == "last" {
        return Some(MonthDay::Last);
    }
    let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let day = is_number.then(|| text.parse().ok()).flatten()?;
    (1..=31).contains(&day).then_some(MonthDay::Day(day))
}

fn by_name<T: Copy>(table: &[(T, &str)], text: &str) -> Option<T> {
    let text = text.trim();
    table.iter().find(|(_, names)| names.split(' ').any(|name| name == text)).map(|(value, _)| *value)
}

impl fmt::Display for Pattern {
    /// Writes the canonical text, which reads as the same pattern.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |head: String, days: Vec<String>| {
            if days.is_empty() { head } else { format!("{head}:{}", days.join(",")) }
        };
        let text = match self {
            Self::Days { every: 1 } => "daily".to_owned(),
            Self::Days { every } => format!("every:{every}days"),
            Self::Weeks { every, days } => {
                let head = match every {
                    1 => "weekly".to_owned(),
                    2 => "biweekly".to_owned(),
                    _ => format!("every:{every}weeks"),
                };
                list(head, days.iter().map(|day| day.name().to_owned()).collect())
            }
            Self::Months { every, days } => {
                let head = if *every == 1 { "monthly".to_owned() } else { format!("every:{every}months") };
                list(head, days.iter().map(MonthDay::to_string).collect())
            }
            Self::Rule(rule) => rule.to_string(),
        };
        f.write_str(&text)
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Last => f.write_str("last"),
            Self::Weekday(Nth::Number(number), day) => write!(f, "{number}:{}", day.name()),
            Self::Weekday(Nth::Last, day) => write!(f, "last:{}", day.name()),
        }
    }
}
