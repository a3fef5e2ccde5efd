//! The language a call is held in: the first signal that names one the company speaks.

use serde::{Deserialize, Serialize};

use super::{Language, spoken_in};
use crate::phone::Country;

/// Everything that may tell a caller's language.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    /// What the customer asked for before, kept with the customer.
    pub stored: Option<Language>,
    /// What the voice platform heard.
    pub detected: Option<Language>,
    /// What is spoken on the dialled number: who calls a number published in Turkish asks for Turkish.
    pub number: Option<Language>,
    /// Where the caller's number is from.
    pub country: Option<Country>,
    /// What the agent that answers speaks.
    pub agent: Option<Language>,
    /// What the company speaks when nothing else is known.
    pub company_default: Option<Language>,
    /// What the company's agents can speak; empty means anything.
    pub supported: &'a [Language],
}

/// Which signal decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The customer's stored preference.
    Customer,
    /// The language that was heard.
    Detected,
    /// The dialled number.
    Number,
    /// The country of the caller's number.
    CallerCountry,
    /// The agent that answers.
    Agent,
    /// The company's default.
    Company,
    /// Nothing was known.
    Default,
}

impl Source {
    /// Returns the stable lower-case name, for reasons and metrics labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Detected => "detected",
            Self::Number => "number",
            Self::CallerCountry => "caller_country",
            Self::Agent => "agent",
            Self::Company => "company",
            Self::Default => "default",
        }
    }
}

/// The language of a call and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The language the agent speaks.
    pub language: Language,
    /// What decided.
    pub source: Source,
    /// The language the caller is known to speak, when the agent cannot: staff who speak it are
    /// still looked for.
    pub wanted: Option<Language>,
}

impl Choice {
    /// Returns the language staff should speak: the caller's own where it is known.
    #[must_use]
    pub fn for_staff(&self) -> Language {
        self.wanted.unwrap_or(self.language)
    }
}

/// Chooses in the order stored, detected, number, country, agent, company's default, German.
///
/// What says something about this caller comes before what says something about this call. The dialled number is part
/// of the former: somebody chose it, and callers who speak a language of their own mostly have numbers of the country
/// they live in.
#[must_use]
pub fn choose(signals: &Signals<'_>) -> Choice {
    let supports = |language: &Language| signals.supported.is_empty() || signals.supported.contains(language);
    let from_country = || signals.country.and_then(|country| spoken_in(country).find(supports));
    let decided = None
        .or_else(|| signals.stored.filter(supports).map(|language| (language, Source::Customer)))
        .or_else(|| signals.detected.filter(supports).map(|language| (language, Source::Detected)))
        .or_else(|| signals.number.filter(supports).map(|language| (language, Source::Number)))
        .or_else(|| from_country().map(|language| (language, Source::CallerCountry)))
        .or_else(|| signals.agent.filter(supports).map(|language| (language, Source::Agent)))
        .or_else(|| signals.company_default.map(|language| (language, Source::Company)));
    let (language, source) = decided.unwrap_or_else(|| {
        // A company that speaks no German still speaks the first language it lists.
        let first = signals.supported.first().copied().filter(|_| !supports(&Language::DE));
        (first.unwrap_or(Language::DE), Source::Default)
    });
    let wanted = signals.stored.or(signals.detected).or(signals.number).filter(|own| *own != language);
    Choice { language, source, wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUR: [Language; 4] = [Language::DE, Language::EN, Language::TR, Language::AR];

    #[test]
    fn the_first_signal_that_names_a_spoken_language_decides() {
        // stored, detected, country, company default -> language, source, wanted
        for (stored, detected, country, default, language, source, wanted) in [
            ("tr", "en", "GB", "de", "tr", "customer", ""),
            ("", "en", "DE", "de", "en", "detected", ""),
            ("", "", "GB", "de", "en", "caller_country", ""),
            ("", "", "AT", "en", "de", "caller_country", ""),
            ("", "", "SA", "de", "ar", "caller_country", ""),
            ("", "", "CY", "de", "tr", "caller_country", ""),
            ("", "", "FR", "de", "de", "company", ""),
            ("", "", "FR", "en", "en", "company", ""),
            ("", "", "", "tr", "tr", "company", ""),
            ("", "", "", "", "de", "default", ""),
            ("ru", "", "DE", "de", "de", "caller_country", "ru"),
            ("ru", "en", "DE", "de", "en", "detected", "ru"),
            ("", "pl", "PL", "en", "en", "company", "pl"),
            ("de", "tr", "TR", "en", "de", "customer", ""),
        ] {
            let choice = choose(&Signals {
                stored: Language::read(stored),
                detected: Language::read(detected),
                country: Country::parse(country),
                company_default: Language::read(default),
                supported: &FOUR,
                ..Signals::default()
            });
            let got = (choice.language.as_str(), choice.source.as_str(), choice.wanted);
            assert_eq!(got, (language, source, Language::read(wanted)), "{stored} {detected} {country} {default}");
        }
    }

    #[test]
    fn the_dialled_number_says_more_than_the_callers_country_and_the_agent_less() {
        // stored, detected, number, country, agent -> language, source, wanted
        for (stored, detected, number, country, agent, language, source, wanted) in [
            ("", "", "tr", "DE", "de", "tr", "number", ""),
            ("", "", "tr", "", "", "tr", "number", ""),
            ("de", "", "tr", "DE", "", "de", "customer", ""),
            ("", "en", "tr", "DE", "", "en", "detected", ""),
            ("", "", "", "GB", "tr", "en", "caller_country", ""),
            ("", "", "", "FR", "tr", "tr", "agent", ""),
            ("", "", "", "", "tr", "tr", "agent", ""),
            // What the company does not speak is passed over; staff who do are looked for all the same.
            ("", "", "ru", "DE", "", "de", "caller_country", "ru"),
            ("", "", "", "", "ru", "en", "company", ""),
        ] {
            let choice = choose(&Signals {
                stored: Language::read(stored),
                detected: Language::read(detected),
                number: Language::read(number),
                country: Country::parse(country),
                agent: Language::read(agent),
                company_default: Some(Language::EN),
                supported: &FOUR,
            });
            let got = (choice.language.as_str(), choice.source.as_str(), choice.wanted);
            assert_eq!(
                got,
                (language, source, Language::read(wanted)),
                "{stored} {detected} {number} {country} {agent}"
            );
        }
    }

    #[test]
    fn a_company_that_lists_no_languages_speaks_any() {
        let choice = choose(&Signals { country: Country::parse("PL"), ..Signals::default() });
        assert_eq!((choice.language.as_str(), choice.source), ("pl", Source::CallerCountry));
    }

    #[test]
    fn a_company_without_german_falls_back_on_its_first_language() {
        let choice = choose(&Signals { supported: &[Language::EN, Language::AR], ..Signals::default() });
        assert_eq!((choice.language, choice.source), (Language::EN, Source::Default));
    }

    #[test]
    fn staff_are_looked_for_in_the_callers_own_language() {
        let choice = choose(&Signals { detected: Some(Language::RU), supported: &FOUR, ..Signals::default() });
        assert_eq!((choice.language, choice.for_staff()), (Language::DE, Language::RU));
    }
}
