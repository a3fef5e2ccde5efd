//! Where a number is from: country, area code, clock.

use rlibphonenumber::{PHONE_NUMBER_UTIL, get_national_significant_number_owned};

use super::Country;
use crate::masked::PhoneNumber;

/// Prefixes and countries with one clock, and that clock; the file's first lines explain it.
const ZONES: &str = include_str!("zone.tsv");

/// What a number tells about the place of its owner. Mobile numbers tell the country only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The country calling code: 49 for Germany.
    pub calling_code: u16,
    /// The country, unless the number belongs to none (satellite phones, universal numbers).
    pub country: Option<Country>,
    /// The area code without a leading zero: `30` for Berlin. `None` for numbers without a place,
    /// and in countries that have no area codes any more.
    pub area_code: Option<String>,
    /// The name of the number's time zone, where the number leaves no doubt about it.
    pub time_zone: Option<&'static str>,
}

impl Origin {
    /// Returns where an E.164 number is from, or `None` when the text is no such number.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        let parsed = PHONE_NUMBER_UTIL.parse(number.expose(), None).ok()?;
        let country = PHONE_NUMBER_UTIL
            .get_region_for_number(&parsed)
            .or_else(|| PHONE_NUMBER_UTIL.get_region_for_country_code(parsed.country_code))
            .and_then(|region| Country::parse(&region.as_region_str()));
        let length = PHONE_NUMBER_UTIL.get_length_of_geographical_area_code(&parsed);
        let national = get_national_significant_number_owned(&parsed);
        let area_code = national.get(..length).filter(|code| !code.is_empty()).map(str::to_owned);
        Some(Self {
            calling_code: u16::try_from(parsed.country_code).ok()?,
            country,
            area_code,
            time_zone: time_zone(number.expose(), country),
        })
    }

    /// Returns country and area code as the beginning of an E.164 number: `+4930` for Berlin.
    #[must_use]
    pub fn area_prefix(&self) -> Option<String> {
        self.area_code.as_ref().map(|code| format!("+{}{code}", self.calling_code))
    }
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    ZONES.lines().filter_map(|line| line.split_once('\t'))
}

fn time_zone(number: &str, country: Option<Country>) -> Option<&'static str> {
    let by_prefix =
        rows().filter(|(key, _)| key.starts_with('+') && number.starts_with(key)).max_by_key(|(key, _)| key.len());
    by_prefix.or_else(|| country.and_then(|country| rows().find(|(key, _)| *key == country.as_str()))).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(number: &str) -> Origin {
        Origin::of(&PhoneNumber::new(number)).unwrap()
    }

    #[test]
    fn callers_are_placed_as_far_as_their_number_tells() {
        for (number, country, area, zone) in [
            ("+493023125100", "DE", Some("30"), Some("Europe/Berlin")),
            ("+492214710200", "DE", Some("221"), Some("Europe/Berlin")),
            ("+498999998110", "DE", Some("89"), Some("Europe/Berlin")),
            ("+4933198765432", "DE", Some("331"), Some("Europe/Berlin")),
            ("+491713920017", "DE", None, Some("Europe/Berlin")),
            ("+442079460123", "GB", Some("20"), Some("Europe/London")),
            ("+447700900123", "GB", None, Some("Europe/London")),
            ("+4312345678", "AT", Some("1"), Some("Europe/Vienna")),
            ("+41446681800", "CH", Some("44"), Some("Europe/Zurich")),
            ("+902123456789", "TR", Some("212"), Some("Europe/Istanbul")),
            ("+905321234567", "TR", None, Some("Europe/Istanbul")),
            ("+966112345678", "SA", Some("11"), Some("Asia/Riyadh")),
            ("+74951234567", "RU", Some("495"), None),
            ("+12125550123", "US", Some("212"), None),
            ("+14165550123", "CA", Some("416"), None),
            ("+34912345678", "ES", None, Some("Europe/Madrid")),
            ("+34922123456", "ES", None, Some("Atlantic/Canary")),
            ("+351291234567", "PT", None, Some("Europe/Lisbon")),
            ("+351292123456", "PT", None, Some("Atlantic/Azores")),
            ("+61291234567", "AU", Some("2"), Some("Australia/Sydney")),
            ("+61412345678", "AU", None, None),
        ] {
            let origin = origin(number);
            assert_eq!(origin.country.map(|country| country.to_string()).as_deref(), Some(country), "{number}");
            assert_eq!(origin.area_code.as_deref(), area, "{number}");
            assert_eq!(origin.time_zone, zone, "{number}");
        }
        assert_eq!(origin("+493023125100").area_prefix().as_deref(), Some("+4930"));
    }

    #[test]
    fn numbers_of_no_country_have_no_place() {
        let origin = origin("+870773123456");
        assert_eq!((origin.calling_code, origin.country, origin.time_zone), (870, None, None));
        assert_eq!(Origin::of(&PhoneNumber::new("anonymous")), None);
    }

    #[test]
    fn every_zone_in_the_table_exists() {
        for (key, zone) in rows() {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{key} {zone}");
            assert!(Country::parse(key).is_some() || key.starts_with('+'), "{key}");
        }
        assert!(rows().count() > 200);
    }
}
