//! Time zones, with their clock changes laid out for fast look-up.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use jiff::{
    Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};

use super::Span;
use crate::slot::Error;

/// First date that can be asked about; since then every zone's offset is whole minutes.
const FIRST: Date = date(1980, 1, 1);
/// Last date that can be asked about.
const LAST: Date = date(2199, 12, 31);
/// The accepted dates, as error texts name them.
pub(crate) const ACCEPTED: &str = "1980-01-01 to 2199-12-31";

/// Returns whether free time can be computed for the date.
pub(crate) fn accepts(date: Date) -> bool {
    FIRST <= date && date <= LAST
}

/// Returns the days from 1970-01-01 to the date.
pub(super) fn epoch_day(date: Date) -> i64 {
    // Whole days between civil dates never overflow and need no zone.
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

/// Returns the date this many days after 1970-01-01.
pub(super) fn date_of(epoch_day: i64) -> Date {
    let since = jiff::SignedDuration::from_hours(epoch_day.clamp(-4_000_000, 2_900_000) * 24);
    Date::constant(1970, 1, 1).saturating_add(since)
}

/// An IANA time zone whose clock changes from 1980 to 2199 are resolved once per process.
///
/// Cheap to clone. Local times are counted in minutes since 1970-01-01T00:00 on the wall clock,
/// instants in minutes since the Unix epoch. A local time in a gap moves forward by the gap and
/// one in a fold is its first occurrence, as `java.time` and Temporal's "compatible" have it.
#[derive(Clone)]
pub struct Zone(Arc<Table>);

struct Table {
    name: String,
    /// Stretches of constant offset, in order; the first reaches back without end.
    stretches: Vec<Stretch>,
}

#[derive(Clone, Copy)]
struct Stretch {
    /// First instant.
    begin: i64,
    /// From here on no earlier stretch has shown the same local time.
    sure_begin: i64,
    /// What the wall clock would show at the instant the stretch ends, if it were not changed.
    local_end: i64,
    /// Wall clock minus UTC.
    offset: i64,
}

impl Zone {
    /// Returns the zone with this IANA name.
    ///
    /// # Errors
    /// [`Error::UnknownZone`] when the database has no such zone.
    pub fn load(name: &str) -> Result<Self, Error> {
        static LOADED: OnceLock<RwLock<HashMap<String, Zone>>> = OnceLock::new();
        let loaded = LOADED.get_or_init(RwLock::default);
        if let Some(zone) = loaded.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(zone.clone());
        }
        let unknown = || Error::UnknownZone { name: name.chars().take(64).collect() };
        let time_zone = TimeZone::get(name).map_err(|_| unknown())?;
        let name = time_zone.iana_name().ok_or_else(unknown)?;
        let zone = Self(Arc::new(Table { name: name.to_owned(), stretches: stretches(&time_zone) }));
        // Kept under the database's spelling, so that odd spellings cannot fill the map.
        loaded.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), zone.clone());
        Ok(zone)
    }

    /// Returns the name as the database spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the instant at which the wall clock shows this local time, gap and fold resolved.
    #[must_use]
    pub fn instant(&self, local_minute: i64) -> i64 {
        self.instant_from(local_minute, &mut 0)
    }

    /// The same for many local times near each other: `place` remembers the stretch of constant
    /// offset that the last one was in.
    pub(super) fn instant_from(&self, local_minute: i64, place: &mut usize) -> i64 {
        let all = &self.0.stretches;
        let is_inside = |stretch: &Stretch| {
            local_minute < stretch.local_end && local_minute.saturating_sub(stretch.offset) >= stretch.sure_begin
        };
        if let Some(stretch) = all.get(*place).filter(|stretch| is_inside(stretch)) {
            return local_minute - stretch.offset;
        }
        // The first stretch that has not ended by then holds the first occurrence; a time before
        // its beginning was skipped, and reading it with the old offset moves it past the gap.
        let index = all.partition_point(|stretch| stretch.local_end <= local_minute).min(all.len() - 1);
        *place = index;
        let instant = local_minute - all[index].offset;
        if index > 0 && instant < all[index].begin { local_minute - all[index - 1].offset } else { instant }
    }

    /// Returns the wall clock minus UTC at an instant, in minutes.
    #[must_use]
    pub fn offset_at(&self, minute: i64) -> i64 {
        self.0.stretches[self.index_at(minute)].offset
    }

    /// Returns the instant at which the local date begins.
    #[must_use]
    pub fn midnight(&self, date: Date) -> i64 {
        self.instant(epoch_day(date) * 1440)
    }

    /// Returns the local date at an instant.
    #[must_use]
    pub fn date_at(&self, minute: i64) -> Date {
        date_of((minute + self.offset_at(minute)).div_euclid(1440))
    }

    /// Lists the parts of the span during which the offset stays the same, with that offset.
    pub fn constant_offsets(&self, span: Span) -> impl Iterator<Item = (Span, i64)> {
        let all = &self.0.stretches;
        (self.index_at(span.from)..all.len()).map_while(move |index| {
            let end = all.get(index + 1).map_or(i64::MAX, |next| next.begin);
            let part = Span { from: all[index].begin.max(span.from), to: end.min(span.to) };
            (part.from < part.to).then_some((part, all[index].offset))
        })
    }

    fn index_at(&self, minute: i64) -> usize {
        self.0.stretches.partition_point(|stretch| stretch.begin <= minute).saturating_sub(1)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.0.name).finish()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Zone {}

fn stretches(time_zone: &TimeZone) -> Vec<Stretch> {
    let minute = |instant: Timestamp| instant.as_second().div_euclid(60);
    // A year to spare on either side, for notice, overnight windows and neighbouring days.
    let bound = |days| Timestamp::from_second(days * 86_400).unwrap_or(Timestamp::MAX);
    let (first, last) = (bound(epoch_day(FIRST) - 366), bound(epoch_day(LAST) + 366));
    let offset = |seconds: i32| i64::from(seconds.div_euclid(60));
    let start = offset(time_zone.to_offset(first).seconds());
    let mut all = vec![Stretch { begin: i64::MIN, sure_begin: i64::MIN, local_end: i64::MAX, offset: start }];
    for change in time_zone.following(first).take_while(|change| change.timestamp() <= last) {
        let next = offset(change.offset().seconds());
        if let Some(previous) = all.last_mut().filter(|previous| previous.offset != next) {
            let at = minute(change.timestamp());
            previous.local_end = at + previous.offset;
            let repeated = (previous.offset - next).max(0);
            all.push(Stretch { begin: at, sure_begin: at + repeated, local_end: i64::MAX, offset: next });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::DateTime};

    use super::*;

    fn instant_by_the_library(time_zone: &TimeZone, local: i64) -> i64 {
        let at = DateTime::constant(1970, 1, 1, 0, 0, 0, 0) + SignedDuration::from_mins(local);
        time_zone.to_ambiguous_timestamp(at).compatible().unwrap().as_second().div_euclid(60)
    }

    #[test]
    fn every_zone_agrees_with_the_library_around_every_clock_change() {
        let from = Timestamp::from_second(epoch_day(date(1980, 1, 1)) * 86_400).unwrap();
        let to = Timestamp::from_second(epoch_day(date(2032, 1, 1)) * 86_400).unwrap();
        let mut zones = 0;
        for name in jiff::tz::db().available() {
            let Ok(zone) = Zone::load(name.as_str()) else { continue };
            let time_zone = TimeZone::get(name.as_str()).unwrap();
            zones += 1;
            for change in time_zone.following(from).take_while(|change| change.timestamp() < to) {
                let at = change.timestamp().as_second() / 60;
                for step in [-1500, -61, -60, -31, -1, 0, 1, 30, 60, 1439, 1440] {
                    let offset = time_zone.to_offset((change.timestamp() + SignedDuration::from_mins(step)).min(to));
                    assert_eq!(zone.offset_at(at + step) * 60, i64::from(offset.seconds()), "{name} {at} {step}");
                    let local = at + step + zone.offset_at(at - 1);
                    assert_eq!(zone.instant(local), instant_by_the_library(&time_zone, local), "{name} {at} {step}");
                }
            }
        }
        assert!(zones > 400, "only {zones} zones");
    }

    #[test]
    fn every_offset_is_a_multiple_of_five_minutes() {
        for name in jiff::tz::db().available() {
            let Ok(zone) = Zone::load(name.as_str()) else { continue };
            assert!(zone.0.stretches.iter().all(|stretch| stretch.offset % 5 == 0), "{name}");
        }
    }

    #[test]
    fn dates_and_days_convert_both_ways() {
        for (date, day) in [(date(1970, 1, 1), 0), (date(1969, 12, 31), -1), (date(2026, 3, 29), 20_541)] {
            assert_eq!(epoch_day(date), day);
            assert_eq!(date_of(day), date);
        }
    }

    #[test]
    fn an_unknown_zone_is_refused_by_name() {
        for name in ["Europe/Atlantis", "", "Berlin", "../etc/passwd", "CET-1CEST"] {
            assert!(matches!(Zone::load(name), Err(Error::UnknownZone { .. })), "{name}");
        }
        assert_eq!(Zone::load("europe/berlin").unwrap().name(), "Europe/Berlin");
    }
}
