//! Locales as the voice platform wants them: a language with a region.

use super::Language;
use crate::phone::Country;

/// One locale per language the platform speaks; for languages with several, the usual one first.
const LOCALES: [&str; 62] = [
    "de-DE", "en-GB", "en-US", "en-IN", "en-AU", "en-NZ", "tr-TR", "ar-SA", "ru-RU", "es-ES", "es-419", "fr-FR",
    "fr-CA", "pt-PT", "pt-BR", "nl-NL", "nl-BE", "it-IT", "pl-PL", "uk-UA", "ro-RO", "bg-BG", "el-GR", "hu-HU",
    "cs-CZ", "sk-SK", "sl-SI", "hr-HR", "sr-RS", "bs-BA", "mk-MK", "sv-SE", "no-NO", "da-DK", "fi-FI", "is-IS",
    "lt-LT", "lv-LV", "ca-ES", "gl-ES", "cy-GB", "he-IL", "fa-IR", "ur-IN", "hi-IN", "mr-IN", "kn-IN", "ta-IN",
    "ne-NP", "hy-AM", "az-AZ", "kk-KZ", "zh-CN", "ja-JP", "ko-KR", "vi-VN", "th-TH", "id-ID", "ms-MY", "fil-PH",
    "sw-KE", "af-ZA",
];

/// American countries whose Spanish the platform has under one locale.
const LATIN_AMERICA: [&str; 18] =
    ["AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "MX", "NI", "PA", "PE", "PR", "PY", "SV", "UY"];

impl Language {
    /// Returns the locale the voice platform knows this language by, or `None` when it has none.
    #[must_use]
    pub fn locale(self) -> Option<&'static str> {
        LOCALES.into_iter().find(|locale| has_language(locale, self))
    }

    /// Returns the locale of this language that fits a caller from the country best.
    #[must_use]
    pub fn locale_in(self, country: Option<Country>) -> Option<&'static str> {
        let region =
            country.map(
                |country| {
                    if LATIN_AMERICA.contains(&country.as_str()) { "419".to_owned() } else { country.to_string() }
                },
            );
        let fits = |locale: &&str| {
            has_language(locale, self) && region.as_deref().is_some_and(|region| locale.ends_with(region))
        };
        LOCALES.into_iter().find(fits).or_else(|| self.locale())
    }
}

fn has_language(locale: &str, language: Language) -> bool {
    locale.split_once('-').is_some_and(|(code, _)| code == language.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_languages_have_their_locales() {
        let locales = Language::SPOKEN.map(|language| language.locale().unwrap());
        assert_eq!(locales, ["de-DE", "en-GB", "tr-TR", "ar-SA", "ru-RU"]);
        assert_eq!(Language::read("eo").unwrap().locale(), None);
    }

    #[test]
    fn a_caller_hears_the_variety_of_the_country() {
        for (language, country, locale) in [
            ("en", "US", "en-US"),
            ("en", "DE", "en-GB"),
            ("es", "MX", "es-419"),
            ("es", "ES", "es-ES"),
            ("pt", "BR", "pt-BR"),
            ("de", "AT", "de-DE"),
            ("tr", "DE", "tr-TR"),
        ] {
            let language = Language::read(language).unwrap();
            assert_eq!(language.locale_in(Country::parse(country)), Some(locale));
        }
    }
}
