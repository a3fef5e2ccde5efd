//! The sentences with something filled in.

macro_rules! frames {
    ($($(#[doc = $doc:literal])+ $name:ident: [$($place:literal),*];)+) => {
        /// A sentence with places to fill.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Frame {
            $($(#[doc = $doc])+ $name,)+
        }

        #[cfg(test)]
        impl Frame {
            /// Every frame.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the places a language may use.
            pub(crate) const fn places(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($place),*],)+
                }
            }
        }
    };
}

frames! {
    /// One slot is free.
    OfferOne: ["slot"];
    /// Several times of one day.
    OfferDay: ["day", "times"];
    /// Several times of one day, after something else was not to be had.
    OfferDayInstead: ["day", "times"];
    /// Slots on several days.
    OfferMany: ["slots"];
    /// Several services one after another are possible.
    OfferSequence: ["visits"];
    /// A day is full.
    DayFull: ["day"];
    /// A staff member's day is full.
    StaffFull: ["day", "staff"];
    /// A staff member is not free then.
    StaffBusy: ["staff"];
    /// Closed on a day.
    DayClosed: ["day"];
    /// Closed on a holiday.
    DayHoliday: ["day"];
    /// Nobody works on a day.
    DayNobody: ["day"];
    /// Sooner than the company accepts.
    NeedsNotice: ["lead"];
    /// Further ahead than the company accepts.
    NotBeyond: ["date"];
    /// Somebody else took it.
    TimeTaken: ["time", "at"];
    /// The day asked for is over; says what day it is.
    PastDate: ["today"];
    /// Asks which of several readings is meant.
    Clarify: ["options"];
    /// The service is not known; says what there is.
    ServicesAre: ["options"];
    /// The name is not known; says who there is.
    StaffAre: ["options"];
    /// More services than can be booked at once.
    TooManyServices: ["count"];
    /// Booked.
    Booked: ["visit"];
    /// Booked with somebody else than asked for.
    BookedInstead: ["visit", "staff"];
    /// Several booked.
    BookedSequence: ["visits"];
    /// Was booked before.
    AlreadyBooked: ["visit"];
    /// The confirmation code.
    Code: ["code"];
    /// Moved.
    Rescheduled: ["visit"];
    /// Given up.
    Cancelled: ["visit"];
    /// Given up at short notice.
    CancelledLate: ["visit"];
    /// Too late to give up.
    TooLateToCancel: ["lead"];
    /// Too late to move.
    TooLateToMove: ["lead"];
    /// The next appointment.
    NextVisit: ["visit"];
    /// The next appointments.
    NextVisits: ["visits"];
    /// Asks which appointment is meant.
    WhichVisit: ["visits"];
    /// The series is booked.
    SeriesBooked: ["appointments", "visit"];
    /// Part of the series is booked.
    SeriesPartly: ["booked", "wanted", "visit"];
    /// What the series would be.
    SeriesPreview: ["free", "wanted"];
    /// A day of the series is taken.
    SeriesConflict: ["day"];
    /// Appointments of a series were given up.
    SeriesCancelled: ["appointments"];
    /// More appointments than a series can have.
    SeriesTooLong: ["count"];
    /// Greets somebody who is known.
    Welcome: ["name"];
    /// The business answers the phone.
    Greeting: ["business"];
    /// The business answers somebody who is known.
    GreetingNamed: ["business", "name"];
}

/// Puts the values into their places; a place without a value is left out rather than spoken.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut sentence = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let (place, after) = behind.split_once('}').unwrap_or((behind, ""));
        let value = values.iter().find(|(name, _)| *name == place).map(|(_, value)| *value);
        debug_assert!(value.is_some(), "nothing for {place}");
        sentence.push_str(before);
        sentence.push_str(value.unwrap_or_default());
        rest = after;
    }
    sentence + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_once() {
        assert_eq!(fill("{a} und {b}.", &[("a", "{b}"), ("b", "x")]), "{b} und x.");
        assert_eq!(fill("ohne", &[]), "ohne");
    }
}
