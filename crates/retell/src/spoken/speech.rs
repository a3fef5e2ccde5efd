//! The languages callflow speaks, and which of them a caller gets.

use super::{Tongue, ar::Arabic, de::German, en::English, ru::Russian, tr::Turkish};

/// A language callflow speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Speech {
    /// German.
    #[default]
    German,
    /// English with the day before the month.
    English,
    /// English with the month before the day.
    AmericanEnglish,
    /// Turkish.
    Turkish,
    /// Arabic.
    Arabic,
    /// Russian.
    Russian,
}

impl Speech {
    /// Every language.
    pub const ALL: [Self; 6] =
        [Self::German, Self::English, Self::AmericanEnglish, Self::Turkish, Self::Arabic, Self::Russian];

    /// Returns the language of a tag such as `de`, `de-AT`, `en_US` or `ar-EG`, if it is spoken.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let mut parts = tag.trim().split(['-', '_']);
        match parts.next()?.to_ascii_lowercase().as_str() {
            "de" => Some(Self::German),
            "en" if parts.any(|part| part.eq_ignore_ascii_case("us")) => Some(Self::AmericanEnglish),
            "en" => Some(Self::English),
            "tr" => Some(Self::Turkish),
            "ar" => Some(Self::Arabic),
            "ru" => Some(Self::Russian),
            _ => None,
        }
    }

    /// Returns the first of the wanted languages that is spoken, else German.
    ///
    /// Pass the caller's language first and the company's default last.
    #[must_use]
    pub fn choose<'a>(wanted: impl IntoIterator<Item = &'a str>) -> Self {
        wanted.into_iter().find_map(Self::parse).unwrap_or_default()
    }

    /// Returns the primary tag: `de`, `en`, `tr`, `ar`, `ru`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English | Self::AmericanEnglish => "en",
            Self::Turkish => "tr",
            Self::Arabic => "ar",
            Self::Russian => "ru",
        }
    }

    /// Returns the locale the voice platform takes as an agent's language.
    #[must_use]
    pub const fn locale(self) -> &'static str {
        match self {
            Self::German => "de-DE",
            Self::English => "en-GB",
            Self::AmericanEnglish => "en-US",
            Self::Turkish => "tr-TR",
            Self::Arabic => "ar-SA",
            Self::Russian => "ru-RU",
        }
    }

    pub(super) fn tongue(self) -> &'static dyn Tongue {
        match self {
            Self::German => &German,
            Self::English => &English { month_first: false },
            Self::AmericanEnglish => &English { month_first: true },
            Self::Turkish => &Turkish,
            Self::Arabic => &Arabic,
            Self::Russian => &Russian,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_spoken_language_is_chosen() {
        assert_eq!(Speech::choose(["tr-TR", "de"]), Speech::Turkish);
        assert_eq!(Speech::choose(["uk-UA", "", "ru"]), Speech::Russian);
        assert_eq!(Speech::choose(["uk-UA", "pl"]), Speech::German);
        assert_eq!(Speech::choose([]), Speech::German);
    }

    #[test]
    fn regions_matter_only_where_they_are_heard() {
        assert_eq!(Speech::parse("de-AT"), Speech::parse("DE"));
        assert_eq!(Speech::parse("en_US"), Some(Speech::AmericanEnglish));
        assert_eq!(
            (Speech::parse("en-AU"), Speech::parse("deutsch"), Speech::parse("")),
            (Some(Speech::English), None, None)
        );
        for speech in Speech::ALL {
            assert_eq!(Speech::parse(speech.locale()), Some(speech));
            assert!(speech.locale().starts_with(speech.tag()));
        }
    }
}
