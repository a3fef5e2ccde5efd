//! The words of each language, one file each, in one shape.

pub mod ar;
pub mod de;
pub mod en;
pub mod lookup;
pub mod ru;
pub mod tr;

use jiff::civil::Time;

/// A language whose everyday time words are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
    /// Turkish.
    Tr,
    /// Russian.
    Ru,
    /// Arabic.
    Ar,
}

impl Language {
    /// Returns the language of a BCP 47 tag; German, the first language of the house, for any other.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "en" => Self::En,
            "tr" => Self::Tr,
            "ru" => Self::Ru,
            "ar" => Self::Ar,
            _ => Self::De,
        }
    }

    /// Returns the words of the language.
    #[must_use]
    pub const fn words(self) -> &'static Words {
        match self {
            Self::De => &de::WORDS,
            Self::En => &en::WORDS,
            Self::Tr => &tr::WORDS,
            Self::Ru => &ru::WORDS,
            Self::Ar => &ar::WORDS,
        }
    }
}

/// How a language says the half hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Word before the hour, half an hour *to* it: "halb vier" is 3:30.
    BeforeNextHour,
    /// Word before the hour, half *past* it: "half past three", "half three".
    BeforeSameHour,
    /// Word after the hour: "üç buçuk", "الثالثة والنصف".
    AfterSameHour,
}

/// A stretch of the day with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The word, normalised; several words are separated by one blank.
    pub word: &'static str,
    /// First minute of the day that belongs to it.
    pub from: Time,
    /// First minute that no longer does.
    pub to: Time,
}

/// Returns a part of the day, hours on the 24-hour clock.
#[must_use]
pub const fn part(word: &'static str, from: i8, to: i8) -> Part {
    Part { word, from: Time::constant(from, 0, 0, 0), to: Time::constant(to, 0, 0, 0) }
}

/// The words of one language. All are normalised as [`crate::token::normalise`] does; phrases of several words are separated by one blank.
#[derive(Debug)]
pub struct Words {
    /// Days counted from today.
    pub relative_days: &'static [(&'static str, i32)],
    /// Weekdays, Monday is 1.
    pub weekdays: &'static [(&'static str, i8)],
    /// Months, January is 1.
    pub months: &'static [(&'static str, i8)],
    /// Stretches of the day.
    pub parts: &'static [Part],
    /// "next", as in next Tuesday or next week.
    pub next: &'static [&'static str],
    /// "the one after next".
    pub after_next: &'static [&'static str],
    /// "this".
    pub this: &'static [&'static str],
    /// "week".
    pub week: &'static [&'static str],
    /// "in", as in three days.
    pub within: &'static [&'static str],
    /// "day(s)".
    pub day: &'static [&'static str],
    /// Numbers from 0 to 59 in words, cardinal, and the forms used for hours.
    pub numbers: &'static [(&'static str, u32)],
    /// Words that say a number is an hour and come after it: "Uhr", "o'clock".
    pub oclock: &'static [&'static str],
    /// Words that say a number is an hour and come before it: "um", "at", "saat".
    pub at: &'static [&'static str],
    /// The half hour.
    pub half: &'static [&'static str],
    /// How the half hour is said.
    pub half_style: Half,
    /// The quarter.
    pub quarter: &'static [&'static str],
    /// "past", as in quarter past three.
    pub past: &'static [&'static str],
    /// "to", as in quarter to three.
    pub to: &'static [&'static str],
    /// "from", "after" a time: the window begins there.
    pub from: &'static [&'static str],
    /// "until", "before" a time: the window ends there.
    pub until: &'static [&'static str],
    /// "between".
    pub between: &'static [&'static str],
    /// "and".
    pub and: &'static [&'static str],
    /// Before-noon markers after a time: "am", "morgens".
    pub before_noon: &'static [&'static str],
    /// After-noon markers after a time: "pm", "abends".
    pub after_noon: &'static [&'static str],
    /// Words that take back what was said before: "nein", "doch lieber".
    pub correction: &'static [&'static str],
    /// Endings and beginnings that a word may carry without changing its meaning.
    pub affixes: Affixes,
}

/// What may be stripped from a word when it is not found as it stands.
#[derive(Debug)]
pub struct Affixes {
    /// Beginnings, longest first.
    pub prefixes: &'static [&'static str],
    /// Endings, longest first.
    pub suffixes: &'static [&'static str],
}

/// A language whose words carry nothing to strip.
pub const NO_AFFIXES: Affixes = Affixes { prefixes: &[], suffixes: &[] };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::normalise;

    const ALL: [Language; 5] = [Language::De, Language::En, Language::Tr, Language::Ru, Language::Ar];

    #[test]
    fn every_word_is_written_as_it_is_compared() {
        for language in ALL {
            let words = language.words();
            let listed = words.relative_days.iter().map(|(word, _)| *word);
            let listed = listed.chain(words.weekdays.iter().map(|(word, _)| *word));
            let listed = listed.chain(words.months.iter().map(|(word, _)| *word));
            let listed = listed.chain(words.numbers.iter().map(|(word, _)| *word));
            for word in listed.chain(words.parts.iter().map(|part| part.word)) {
                assert_eq!(normalise(word), word, "{language:?}");
            }
        }
    }

    #[test]
    fn every_language_names_all_days_and_months() {
        for language in ALL {
            let words = language.words();
            for day in 1..=7 {
                assert!(words.weekdays.iter().any(|(_, number)| *number == day), "{language:?} weekday {day}");
            }
            for month in 1..=12 {
                assert!(words.months.iter().any(|(_, number)| *number == month), "{language:?} month {month}");
            }
            for number in 1..=12 {
                assert!(words.numbers.iter().any(|(_, value)| *value == number), "{language:?} number {number}");
            }
        }
    }
}
