//! Wall-clock times, weekdays and the windows made of them.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const DAY: u16 = 24 * 60;

/// A time on the wall clock, to the minute: `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(u16);

impl WallTime {
    /// Local midnight at the beginning of a date.
    pub const MIDNIGHT: Self = Self(0);
    /// Local midnight at the end of a date.
    pub const END_OF_DAY: Self = Self(DAY);

    /// Returns the time this many minutes after local midnight, or `None` beyond 24:00.
    #[must_use]
    pub const fn from_minute(minute: u16) -> Option<Self> {
        if minute <= DAY { Some(Self(minute)) } else { None }
    }

    /// Returns the minutes since local midnight, 0 to 1440.
    #[must_use]
    pub const fn minute(self) -> u16 {
        self.0
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for WallTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a time such as 09:00 or 24:00");
        let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
        let number = |part: &str, widths: std::ops::RangeInclusive<usize>| {
            let digits = widths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (hour, minute) = number(hour, 1..=2).zip(number(minute, 2..=2)).ok_or_else(wrong)?;
        let total = hour * 60 + minute;
        if minute < 60 && total <= DAY { Ok(Self(total)) } else { Err(wrong()) }
    }
}

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

/// Hours on the days they repeat on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyWindow {
    /// The weekdays the window begins on, as in `mo-fr`.
    #[schemars(with = "String")]
    pub days: Days,
    /// When it begins.
    #[schemars(with = "String")]
    pub from: WallTime,
    /// When it ends; `24:00` and `23:59` mean the next local midnight, a time not after `from`
    /// means that time on the next date.
    #[schemars(with = "String")]
    pub to: WallTime,
}

impl WeeklyWindow {
    /// Returns the window without its days.
    #[must_use]
    pub const fn window(self) -> TimeWindow {
        TimeWindow { from: self.from, to: self.to }
    }
}

/// Hours on one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeWindow {
    /// When it begins.
    #[schemars(with = "String")]
    pub from: WallTime,
    /// When it ends, as in [`WeeklyWindow::to`].
    #[schemars(with = "String")]
    pub to: WallTime,
}

impl TimeWindow {
    /// Returns beginning and end in minutes of the wall clock since the local midnight of the
    /// date the window begins on; the end is always after the beginning and at most a day later.
    #[must_use]
    pub const fn minutes(self) -> (u16, u16) {
        let (from, mut to) = (self.from.0, self.to.0);
        if to == DAY - 1 {
            to = DAY; // 23:59 is how people who cannot enter 24:00 write the end of the day
        }
        if to <= from {
            to += DAY;
        }
        (from, to)
    }
}

macro_rules! text_serde {
    ($($name:ident),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )+};
}
pub(super) use text_serde;

text_serde!(WallTime);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, minute) in [("09:00", 540), ("9:05", 545), ("00:00", 0), ("23:59", 1439), ("24:00", 1440)] {
            assert_eq!(text.parse::<WallTime>().unwrap().minute(), minute, "{text}");
        }
        for text in ["", "9", "9:5", "24:01", "25:00", "09:60", "-1:00", "+9:00", "009:00", "09:00:00", "٠٩:٠٠"] {
            assert!(text.parse::<WallTime>().is_err(), "{text}");
        }
    }

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

    #[test]
    fn an_end_that_is_not_later_means_the_next_day() {
        let window = |from: &str, to: &str| TimeWindow { from: from.parse().unwrap(), to: to.parse().unwrap() };
        assert_eq!(window("09:00", "12:00").minutes(), (540, 720));
        assert_eq!(window("22:00", "02:00").minutes(), (1320, 1560));
        assert_eq!(window("22:00", "00:00").minutes(), (1320, 1440));
        assert_eq!(window("20:00", "23:59").minutes(), (1200, 1440));
        assert_eq!(window("20:00", "24:00").minutes(), (1200, 1440));
        assert_eq!(window("00:00", "00:00").minutes(), (0, 1440));
        assert_eq!(window("23:59", "23:59").minutes(), (1439, 1440));
    }
}
