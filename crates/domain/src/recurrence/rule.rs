//! RFC 5545 rules, parsed and expanded by the `rrule` crate.
//!
//! The crate sees dates only, as if the branch's wall clock were UTC: what a time means on the day
//! of a clock change is decided in one place for all patterns. End and number are taken out of the
//! rule and applied here, so that they mean the same as in the request.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use rrule::{Frequency, NWeekday, RRule, RRuleSet, Unvalidated};

use super::Error;

/// Dates looked at before a rule is given up as one that hardly ever fits.
const MAX_DATES: usize = 4_000;

/// Where a rule ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// After this local date.
    Date(Date),
    /// After this local time.
    Local(DateTime),
    /// After this instant.
    Instant(Timestamp),
}

/// A rule such as `FREQ=WEEKLY;BYDAY=MO,WE`, checked for what appointments can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Everything but end and number, in upper case.
    body: String,
    until: Option<Until>,
    count: Option<u32>,
}

impl Rule {
    /// Returns whether a text is meant as a rule.
    pub(super) fn is_rule(text: &str) -> bool {
        let begins = |head: &str| text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head));
        begins("RRULE:") || text.to_ascii_uppercase().split(';').any(|part| part.trim().starts_with("FREQ="))
    }

    /// Returns the number of occurrences the rule names.
    pub(super) const fn count(&self) -> Option<u32> {
        self.count
    }

    /// Returns whether the rule names its end.
    pub(super) const fn has_until(&self) -> bool {
        self.until.is_some()
    }

    /// Returns at most `limit` dates from `start` to `last`, both included, in order.
    pub(super) fn dates(
        &self,
        start: Date,
        time: Time,
        last: Date,
        limit: usize,
        zone: &TimeZone,
    ) -> Result<Vec<Date>, Error> {
        let begin = start.to_datetime(time).strftime("%Y%m%dT%H%M%SZ");
        let text = format!("DTSTART:{begin}\nRRULE:{}", self.body);
        let set: RRuleSet = text.parse().map_err(refused)?;
        let local = |second: i64| Some(Timestamp::from_second(second).ok()?.to_zoned(TimeZone::UTC).datetime());
        let dates = set.limit().into_iter().take(MAX_DATES).map_while(|found| local(found.timestamp()));
        Ok(dates
            .take_while(|found| found.date() <= last && self.reaches(*found, zone))
            .map(DateTime::date)
            .take(limit)
            .collect())
    }

    fn reaches(&self, found: DateTime, zone: &TimeZone) -> bool {
        match self.until {
            None => true,
            Some(Until::Date(until)) => found.date() <= until,
            Some(Until::Local(until)) => found <= until,
            Some(Until::Instant(until)) => {
                zone.to_ambiguous_timestamp(found).compatible().is_ok_and(|found| found <= until)
            }
        }
    }
}

fn refused(reason: impl fmt::Display) -> Error {
    Error::Rule { reason: reason.to_string().chars().take(120).collect() }
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let upper = text.trim().to_ascii_uppercase();
        let upper = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let (mut body, mut until, mut count) = (Vec::new(), None, None);
        for part in upper.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("UNTIL", value)) if until.is_none() => until = Some(read_until(value)?),
                Some(("COUNT", value)) if count.is_none() => count = Some(read_count(value)?),
                Some(("UNTIL" | "COUNT", _)) => return Err(refused("end or number is given twice")),
                Some(_) if part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=,+-".contains(&byte)) => {
                    body.push(part);
                }
                _ => return Err(refused("expected parts such as FREQ=WEEKLY;BYDAY=MO,WE")),
            }
        }
        let rule = Self { body: body.join(";"), until, count };
        check(&rule.body.parse().map_err(refused)?)?;
        Ok(rule)
    }
}

/// Refuses what would place appointments at other times of day than the one asked for, and the
/// combinations RFC 5545 forbids, which the library expands to something nobody meant.
fn check(rule: &RRule<Unvalidated>) -> Result<(), Error> {
    let freq = rule.get_freq();
    let is_counted = rule.get_by_weekday().iter().any(|day| matches!(day, NWeekday::Nth(..)));
    let has_month_day = !rule.get_by_month_day().is_empty();
    let by_time =
        !(rule.get_by_hour().is_empty() && rule.get_by_minute().is_empty() && rule.get_by_second().is_empty());
    let (by_year_day, by_week) = (!rule.get_by_year_day().is_empty(), !rule.get_by_week_no().is_empty());
    let others = rule.get_by_weekday().len() + rule.get_by_month().len();
    let is_long = matches!(freq, Frequency::Monthly | Frequency::Yearly);
    let problem = if by_time || matches!(freq, Frequency::Hourly | Frequency::Minutely | Frequency::Secondly) {
        "the time of day is given apart from the rule"
    } else if !(1..=400).contains(&rule.get_interval()) {
        "INTERVAL is none of 1 to 400"
    } else if is_counted && (!is_long || by_week) {
        "a counted BYDAY such as 1MO goes with MONTHLY or YEARLY only, and not with BYWEEKNO"
    } else if has_month_day && freq == Frequency::Weekly {
        "BYMONTHDAY does not go with WEEKLY"
    } else if (by_year_day || by_week) && freq != Frequency::Yearly {
        "BYYEARDAY and BYWEEKNO go with YEARLY only"
    } else if !rule.get_by_set_pos().is_empty() && others == 0 && !(has_month_day || by_year_day || by_week) {
        "BYSETPOS needs another BY part to choose from"
    } else {
        return Ok(());
    };
    Err(refused(problem))
}

fn read_count(value: &str) -> Result<u32, Error> {
    match value.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(refused("COUNT is no positive number")),
    }
}

/// Reads `20261231`, `20261231T235959` or `20261231T225959Z`.
fn read_until(value: &str) -> Result<Until, Error> {
    let wrong = |_| refused("UNTIL is no date, as in 20261231 or 20261231T225959Z");
    if value.len() == 8 {
        return Date::strptime("%Y%m%d", value).map(Until::Date).map_err(wrong);
    }
    let local = DateTime::strptime("%Y%m%dT%H%M%S", value.strip_suffix('Z').unwrap_or(value)).map_err(wrong)?;
    if !value.ends_with('Z') {
        return Ok(Until::Local(local));
    }
    local.to_zoned(TimeZone::UTC).map(|zoned| Until::Instant(zoned.timestamp())).map_err(wrong)
}

impl fmt::Display for Rule {
    /// Writes the rule with its end, which reads as the same rule.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.body)?;
        match self.until {
            None => {}
            Some(Until::Date(date)) => write!(f, ";UNTIL={}", date.strftime("%Y%m%d"))?,
            Some(Until::Local(local)) => write!(f, ";UNTIL={}", local.strftime("%Y%m%dT%H%M%S"))?,
            Some(Until::Instant(at)) => write!(f, ";UNTIL={}", at.strftime("%Y%m%dT%H%M%SZ"))?,
        }
        self.count.map_or(Ok(()), |count| write!(f, ";COUNT={count}"))
    }
}
