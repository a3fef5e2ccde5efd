//! Weekdays and sets of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day of the week, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weekday(u8);

impl Weekday {
    const NAMES: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

    /// Returns the day with this number, counted from Monday 0 and taken modulo 7.
    #[must_use]
    pub const fn from_monday_zero(number: i64) -> Self {
        Self(number.rem_euclid(7) as u8)
    }

    /// Returns the day's number, Monday 0 to Sunday 6.
    #[must_use]
    pub const fn monday_zero(self) -> u8 {
        self.0
    }

    /// Returns the two-letter name used in documents: `mo`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self.0 as usize]
    }
}

impl FromStr for Weekday {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = found.ok_or_else(|| format!("{text:?} is not a day; days are mo, tu, we, th, fr, sa, su"))?;
        Ok(Self(number as u8))
    }
}

/// A set of weekdays, written `mo-fr`, `mo,we,fr`, `sa-mo` or as a list of such texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Days(u8);

impl Days {
    /// Every day of the week.
    pub const ALL: Self = Self(0b111_1111);

    /// Returns the set with the day added.
    #[must_use]
    pub const fn with(self, day: Weekday) -> Self {
        Self(self.0 | 1 << day.0)
    }

    /// Returns whether the day is in the set.
    #[must_use]
    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & 1 << day.0 != 0
    }

    /// Returns whether no day is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Lists the days from Monday on.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        (0..7).map(Weekday).filter(move |day| self.contains(*day))
    }

    const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Weekday> for Days {
    fn from_iter<T: IntoIterator<Item = Weekday>>(days: T) -> Self {
        days.into_iter().fold(Self::default(), Self::with)
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = |part: &str| -> Result<Self, String> {
            let Some((first, last)) = part.split_once('-') else {
                return part.trim().parse().map(|day| Self::default().with(day));
            };
            let (first, last): (Weekday, Weekday) = (first.trim().parse()?, last.trim().parse()?);
            let length = (i64::from(last.0) - i64::from(first.0)).rem_euclid(7);
            Ok((0..=length).map(|step| Weekday::from_monday_zero(i64::from(first.0) + step)).collect())
        };
        text.split(',').map(part).try_fold(Self::default(), |all, days| Ok(all.union(days?)))
    }
}

impl fmt::Display for Days {
    /// Writes runs of three days and more as a range, as a person would.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut day = 0;
        let mut comma = "";
        while day < 7 {
            let run = (day..7).take_while(|day| self.contains(Weekday(*day))).count() as u8;
            match run {
                0 => {}
                1 | 2 => write!(f, "{comma}{}", Weekday(day).name())?,
                _ => write!(f, "{comma}{}-{}", Weekday(day).name(), Weekday(day + run - 1).name())?,
            }
            if run > 0 {
                comma = ",";
            }
            day += if run == 2 { 1 } else { run.max(1) };
        }
        Ok(())
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Days;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("days such as mo-fr or mo,we,fr, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Days, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Days, A::Error> {
                let mut days = Days::default();
                while let Some(text) = list.next_element::<String>()? {
                    days = days.union(text.parse().map_err(de::Error::custom)?);
                }
                Ok(days)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_ranges_lists_and_both() {
        for (text, canonical) in [
            ("mo-fr", "mo-fr"),
            ("MO, we ,fr", "mo,we,fr"),
            ("sa-mo", "mo,sa,su"),
            ("mo,tu,we", "mo-we"),
            ("mo,tu,th-su", "mo,tu,th-su"),
            ("su", "su"),
            ("mo-su", "mo-su"),
        ] {
            let days: Days = text.parse().unwrap();
            assert_eq!(days.to_string(), canonical);
            assert_eq!(canonical.parse::<Days>().unwrap(), days);
        }
        for text in ["", "mo-", "xx", "mo-xx", "mo;tu", "m"] {
            assert!(text.parse::<Days>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_set_of_days_survives_its_text() {
        for bits in 1..=0b111_1111 {
            let days = Days(bits);
            assert_eq!(days.to_string().parse::<Days>().unwrap(), days);
        }
    }
}
