//! Which languages a caller from a country probably speaks.

use super::Language;
use crate::phone::Country;

/// Countries and their languages, the likeliest first. A country that is missing says nothing.
const COUNTRIES: [(&str, &str); 36] = [
    ("de", "DE AT LI"),
    ("de fr it", "CH"),
    ("de fr", "LU"),
    ("en", "GB IE US AU NZ GG JE IM JM TT BB BS GI"),
    ("en fr", "CA"),
    ("en mt", "MT"),
    ("tr", "TR"),
    ("el tr", "CY"),
    ("ar", "SA AE EG JO KW QA OM BH YE LY SY IQ PS SD LB"),
    ("ar fr", "MA DZ TN"),
    ("he ar ru", "IL"),
    ("ru", "RU BY"),
    ("ru kk", "KZ"),
    ("uk ru", "UA"),
    ("fr", "FR MC"),
    ("nl fr de", "BE"),
    ("nl", "NL"),
    ("es", "ES MX AR CO CL PE VE EC GT CU BO DO HN PY SV NI CR PA UY"),
    ("pt", "PT BR AO MZ"),
    ("it", "IT SM VA"),
    ("pl", "PL"),
    ("cs", "CZ"),
    ("sk", "SK"),
    ("hu", "HU"),
    ("ro", "RO"),
    ("ro ru", "MD"),
    ("bg", "BG"),
    ("el", "GR"),
    ("hr", "HR"),
    ("sr", "RS"),
    ("bs", "BA"),
    ("sq", "AL XK"),
    ("fa", "IR"),
    ("sv", "SE"),
    ("da", "DK"),
    ("no", "NO"),
];

/// Returns the languages of a country, the likeliest first; none when the country says nothing.
pub fn spoken_in(country: Country) -> impl Iterator<Item = Language> {
    let languages = COUNTRIES
        .iter()
        .find(|(_, countries)| countries.split(' ').any(|code| code == country.as_str()))
        .map_or("", |(languages, _)| languages);
    languages.split_ascii_whitespace().filter_map(Language::from_letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_listed_once_and_every_code_is_real() {
        let mut seen = std::collections::HashSet::new();
        for (languages, countries) in COUNTRIES {
            for code in countries.split(' ') {
                assert!(Country::parse(code).is_some() && seen.insert(code), "{code}");
            }
            assert!(languages.split(' ').all(|code| Language::read(code).is_some_and(|read| read.as_str() == code)));
        }
    }
}
