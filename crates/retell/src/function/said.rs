//! A value a model gave, either exact or in words that are still to be understood.

use callflow_domain::masked::PersonalText;
use jiff::civil::{Date, Time};

/// What was said where a value belongs: the value, or words such as `halb vier`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<T> {
    /// The value itself.
    Exact(T),
    /// Words for it; what they mean depends on language, day and place.
    Words(PersonalText),
}

impl<T> Said<T> {
    fn words(text: &str) -> Self {
        Self::Words(PersonalText::new(text))
    }

    /// Returns the value where it is exact.
    pub const fn exact(&self) -> Option<&T> {
        match self {
            Self::Exact(value) => Some(value),
            Self::Words(_) => None,
        }
    }
}

impl Said<Date> {
    /// Reads `2026-11-26`, also in front of a time. Other notations are words.
    ///
    /// An offset behind the time is dropped: models repeat our local times and add `Z` out of habit.
    pub(super) fn date(text: &str) -> Self {
        iso_date(text).map_or_else(|| Self::words(text), Self::Exact)
    }
}

impl Said<Time> {
    /// Reads `15:30`, `9:05:00`, also behind a date. Other notations are words.
    pub(super) fn time(text: &str) -> Self {
        time_behind_date(text).or_else(|| clock(text)).map_or_else(|| Self::words(text), Self::Exact)
    }
}

impl Said<u32> {
    /// Reads a small whole number. Number words are words.
    pub(super) fn count(text: &str) -> Self {
        let digits = text.strip_suffix(".0").unwrap_or(text);
        digits.parse().ok().filter(|count| *count <= 100_000).map_or_else(|| Self::words(text), Self::Exact)
    }
}

/// Returns the date at the beginning of the text, when only a time follows it.
fn iso_date(text: &str) -> Option<Date> {
    let (head, rest) = text.split_at_checked(10)?;
    let is_iso = head
        .bytes()
        .enumerate()
        .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    let ends = rest.is_empty() || (rest.starts_with(['T', 't', ' ']) && clock(&rest[1..]).is_some());
    (is_iso && ends).then(|| head.parse().ok()).flatten()
}

/// Returns the time behind an ISO date.
pub(super) fn time_behind_date(text: &str) -> Option<Time> {
    iso_date(text)?;
    clock(text.get(11..)?)
}

/// Returns `H:MM`, with seconds, fraction and offset if they are there.
fn clock(text: &str) -> Option<Time> {
    let (hour, rest) = text.split_once(':')?;
    let minute = rest.get(..2)?;
    let two_digits = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let known_end = |rest: &str| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_seconds) || is_offset(rest);
    if !two_digits(hour) || !two_digits(minute) || !known_end(&rest[2..]) {
        return None;
    }
    match (hour.parse().ok()?, minute.parse().ok()?) {
        // The end of a day, as people write it; the last minute is as late as a time can be.
        (24, 0) => Time::new(23, 59, 0, 0).ok(),
        (hour, minute) => Time::new(hour, minute, 0, 0).ok(),
    }
}

/// Whether the text is seconds, perhaps with a fraction and an offset.
fn is_seconds(text: &str) -> bool {
    let (digits, rest) = text.split_at_checked(2).unwrap_or(("", text));
    let rest = rest
        .strip_prefix('.')
        .map_or(rest, |fraction| fraction.trim_start_matches(|symbol: char| symbol.is_ascii_digit()));
    digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()) && (rest.is_empty() || is_offset(rest))
}

/// Whether the text is `Z` or `±hh:mm`.
fn is_offset(text: &str) -> bool {
    let numeric = text.strip_prefix(['+', '-']).is_some_and(|rest| {
        (2..=5).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
    });
    numeric || text.eq_ignore_ascii_case("z")
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    #[test]
    fn dates_are_read_in_one_notation_only() {
        for text in ["2026-11-26", "2026-11-26T15:30:00+01:00", "2026-11-26 15:30", "2026-11-26T15:30:00.000Z"] {
            assert_eq!(Said::date(text).exact(), Some(&date(2026, 11, 26)), "{text}");
        }
        for text in [
            "26.11.2026",
            "26.11.",
            "morgen",
            "2026-02-30",
            "2026-11-26 bis 28",
            "2026-13-01",
            "2026-11-26x",
            "2026-1-2",
            "١٢٣٤-٥٦",
        ] {
            assert_eq!(Said::date(text), Said::Words(PersonalText::new(text)), "{text}");
        }
    }

    #[test]
    fn times_are_read_on_the_clock_only() {
        for text in ["15:30", "15:30:00", "15:30:00.5Z", "15:30+01:00", "2026-11-26T15:30:00+01:00"] {
            assert_eq!(Said::time(text).exact(), Some(&time(15, 30, 0, 0)), "{text}");
        }
        assert_eq!(Said::time("9:05").exact(), Some(&time(9, 5, 0, 0)));
        assert_eq!(Said::time("24:00").exact(), Some(&time(23, 59, 0, 0)));
        for text in
            ["3:30 pm", "halb vier", "15", "25:00", "15:60", "15:3", ":30", "15:30 Uhr", "24:01", "15:3é", "1५:30"]
        {
            assert_eq!(Said::time(text), Said::Words(PersonalText::new(text)), "{text}");
        }
    }

    #[test]
    fn counts_are_numbers_or_words() {
        assert_eq!(Said::count("2").exact(), Some(&2));
        assert_eq!(Said::count("2.0").exact(), Some(&2));
        for text in ["zwei", "-1", "2.5", "99999999999"] {
            assert_eq!(Said::count(text).exact(), None, "{text}");
        }
    }
}
