//! What a language has to be able to say.

use jiff::civil::{Date, Time, Weekday};

use super::{Frame, Line};

/// A language. Implementations hold text and grammar, nothing else.
pub(super) trait Tongue: Sync {
    /// Returns a whole sentence.
    fn line(&self, line: Line) -> &'static str;

    /// Returns a sentence with places in braces.
    fn frame(&self, frame: Frame) -> &'static str;

    /// Returns a weekday's name.
    fn weekday(&self, weekday: Weekday) -> &'static str;

    /// Returns a date without its weekday, as it stands in "not beyond …".
    fn plain_date(&self, date: Date, year: bool) -> String;

    /// Returns a date with its weekday, as a heading.
    fn named_day(&self, date: Date, year: bool) -> String;

    /// Returns a date as it follows "today is".
    fn full_date(&self, date: Date) -> String {
        self.named_day(date, true)
    }

    /// Returns a date as it stands in a sentence: on that day.
    fn on_day(&self, date: Date, year: bool) -> String;

    /// Returns a date as it stands before a time.
    fn slot_day(&self, date: Date, year: bool) -> String {
        self.named_day(date, year)
    }

    /// Returns the word for today.
    fn today(&self) -> &'static str;

    /// Returns the word for tomorrow.
    fn tomorrow(&self) -> &'static str;

    /// Returns a time.
    fn clock(&self, time: Time) -> String;

    /// Returns a time as it follows a day: at that time.
    fn at_clock(&self, time: Time) -> String;

    /// Joins a day and a time.
    fn moment(&self, day: &str, at: &str) -> String {
        format!("{day} {at}")
    }

    /// Returns "with this person", with what separates it from the words before.
    fn with_staff(&self, name: &str) -> String;

    /// Returns "in this branch", with what separates it from the words before.
    fn in_branch(&self, name: &str) -> String;

    /// Returns what stands between the items of a list.
    fn comma(&self) -> &'static str {
        ", "
    }

    /// Returns what stands between the items of a list when they hold commas.
    fn semicolon(&self) -> &'static str {
        "; "
    }

    /// Returns what stands before the last of several choices.
    fn or(&self) -> &'static str;

    /// Returns what stands before the last of several things.
    fn and(&self) -> &'static str;

    /// Returns a number of appointments with its noun in the right form.
    fn appointments(&self, count: u32) -> String;

    /// Returns a length of time with its noun in the form the frames need.
    fn lead(&self, lead: Lead) -> String;

    /// Returns the text with a capital letter at its beginning.
    fn capitalised(&self, text: &str) -> String {
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

/// A length of time in the unit people would use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    Minutes(u32),
    Hours(u32),
    Days(u32),
}

impl Lead {
    /// Longest time spoken in hours: "48 hours" is usual, "72 hours" is three days.
    const MAX_HOURS: u32 = 48;

    pub(super) const fn of_minutes(minutes: u32) -> Self {
        match minutes {
            _ if !minutes.is_multiple_of(60) => Self::Minutes(minutes),
            _ if minutes.is_multiple_of(1_440) && minutes / 60 > Self::MAX_HOURS => Self::Days(minutes / 1_440),
            _ => Self::Hours(minutes / 60),
        }
    }
}

/// Joins items: `a`, `a oder b`, `a, b oder c`.
pub(super) fn join(items: &[String], comma: &str, last: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{}{last}{end}", first.join(comma)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_with_a_word() {
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(join(&items, ", ", " oder "), "a, b oder c");
        assert_eq!((join(&items[..1], ", ", " oder "), join(&[], ", ", " oder ")), ("a".into(), String::new()));
    }

    #[test]
    fn lengths_of_time_get_the_unit_people_use() {
        let of = Lead::of_minutes;
        assert_eq!(
            [of(30), of(60), of(90), of(1_440)],
            [Lead::Minutes(30), Lead::Hours(1), Lead::Minutes(90), Lead::Hours(24)]
        );
        assert_eq!([of(2_880), of(4_320), of(10_080)], [Lead::Hours(48), Lead::Days(3), Lead::Days(7)]);
    }
}
