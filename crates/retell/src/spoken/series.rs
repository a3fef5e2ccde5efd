//! What became of a recurring appointment.

use jiff::civil::Date;

use super::{Frame, Phrasebook, Visit};

impl Phrasebook {
    /// Returns that all appointments of a series are booked, and the first of them.
    #[must_use]
    pub fn series_booked(&self, count: u32, first: &Visit<'_>) -> String {
        let values = [("appointments", &*self.tongue.appointments(count)), ("visit", &*self.visit(first))];
        self.fill(Frame::SeriesBooked, &values)
    }

    /// Returns that some appointments of a series are booked, and the first of them.
    #[must_use]
    pub fn series_partly_booked(&self, booked: u32, wanted: u32, first: &Visit<'_>) -> String {
        let (booked, wanted) = (booked.to_string(), wanted.to_string());
        self.fill(Frame::SeriesPartly, &[("booked", &booked), ("wanted", &wanted), ("visit", &self.visit(first))])
    }

    /// Returns how many dates of a series are free; nothing is booked yet.
    #[must_use]
    pub fn series_preview(&self, free: u32, wanted: u32) -> String {
        self.fill(Frame::SeriesPreview, &[("free", &free.to_string()), ("wanted", &wanted.to_string())])
    }

    /// Returns that a day of the series is taken and that nothing was booked therefore.
    #[must_use]
    pub fn series_conflict(&self, day: Date) -> String {
        self.fill(Frame::SeriesConflict, &[("day", &self.on_day(day))])
    }

    /// Returns how many appointments of a series were given up.
    #[must_use]
    pub fn series_cancelled(&self, count: u32) -> String {
        self.fill(Frame::SeriesCancelled, &[("appointments", &self.tongue.appointments(count))])
    }

    /// Returns how many appointments a series can have at most.
    #[must_use]
    pub fn series_too_long(&self, most: u32) -> String {
        self.fill(Frame::SeriesTooLong, &[("count", &most.to_string())])
    }
}
