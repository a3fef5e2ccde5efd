//! Wall-clock times and the windows made of them.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Days;

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

/// Hours on the days they repeat on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyWindow {
    /// The weekdays the window begins on, as in `mo-fr`.
    pub days: Days,
    /// When it begins.
    pub from: WallTime,
    /// When it ends; `24:00` and `23:59` mean the next local midnight, a time not after `from`
    /// means that time on the next date.
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
    pub from: WallTime,
    /// When it ends, as in [`WeeklyWindow::to`].
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
