//! The stable codes of answers. Prompts and dashboards are written against them: they may grow,
//! they may not change.

macro_rules! outcomes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, ok: $ok:literal;)+) => {
        /// How a function ended, as programs read it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Outcome {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Outcome {
            /// Every outcome.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the code on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// Returns whether what was asked for was done or answered.
            #[must_use]
            pub const fn is_ok(self) -> bool {
                match self {
                    $(Self::$name => $ok,)+
                }
            }
        }
    };
}

outcomes! {
    /// The customer is known.
    Found = "found", ok: true;
    /// No such appointment; nobody known under this number.
    NotFound = "not_found", ok: false;
    /// Several people share the number.
    Ambiguous = "ambiguous", ok: false;
    /// The number is withheld and nothing else says who it is.
    AnonymousCaller = "anonymous_caller", ok: false;
    /// There are free times.
    SlotsFound = "slots_found", ok: true;
    /// Nothing is free as asked; `alternatives` come closest.
    NoSlots = "no_slots", ok: true;
    /// Closed on that day, or on holiday.
    Closed = "closed", ok: true;
    /// Sooner than the company accepts.
    TooSoon = "too_soon", ok: false;
    /// Further ahead than the company accepts.
    TooFar = "too_far", ok: false;
    /// The service is not in the catalog.
    UnknownService = "unknown_service", ok: false;
    /// The name is not one of the staff's.
    UnknownStaff = "unknown_staff", ok: false;
    /// The slot id is not one of ours, or too old to be read.
    UnknownSlot = "unknown_slot", ok: false;
    /// The branch is not one of the company's.
    UnknownBranch = "unknown_branch", ok: false;
    /// The day is not understood, or past.
    InvalidDate = "invalid_date", ok: false;
    /// The time is not understood, or past.
    InvalidTime = "invalid_time", ok: false;
    /// What was said can mean several things.
    Unclear = "unclear", ok: false;
    /// Something needed was not said; `field` names it.
    MissingField = "missing_field", ok: false;
    /// Booked.
    Booked = "booked", ok: true;
    /// This request, or the same wish, was booked before.
    AlreadyBooked = "already_booked", ok: true;
    /// Somebody else was faster.
    SlotTaken = "slot_taken", ok: false;
    /// These services may not be combined.
    ForbiddenCombination = "forbidden_combination", ok: false;
    /// The series is booked as asked.
    SeriesBooked = "series_booked", ok: true;
    /// Some dates of the series could not be booked.
    SeriesPartlyBooked = "series_partly_booked", ok: true;
    /// What booking the series would do; nothing was booked.
    SeriesPreview = "series_preview", ok: true;
    /// A date of the series is taken, and nothing was booked.
    SeriesConflict = "series_conflict", ok: false;
    /// The rhythm is not understood.
    InvalidPattern = "invalid_pattern", ok: false;
    /// The caller's appointments follow.
    AppointmentsFound = "appointments_found", ok: true;
    /// The caller has none.
    NoAppointments = "no_appointments", ok: true;
    /// The appointment was moved.
    Rescheduled = "rescheduled", ok: true;
    /// The appointment was given up.
    Cancelled = "cancelled", ok: true;
    /// It had been given up before.
    AlreadyCancelled = "already_cancelled", ok: true;
    /// The company's notice has passed.
    TooLate = "too_late", ok: false;
    /// Number or code do not prove that the appointment is the caller's.
    NotIdentified = "not_identified", ok: false;
    /// Too many tries, too many services, too many dates.
    TooMany = "too_many", ok: false;
    /// Somebody will call back.
    CallbackRequested = "callback_requested", ok: true;
    /// Could not be done now; the wish is noted and somebody will call back.
    Degraded = "degraded", ok: false;
    /// Whether it was done is not known; somebody will check and call back.
    Uncertain = "uncertain", ok: false;
    /// Could not be done now, and nothing is noted.
    TemporarilyUnavailable = "temporarily_unavailable", ok: false;
    /// The tool is configured under a name callflow does not have.
    UnknownFunction = "unknown_function", ok: false;
}

impl Outcome {
    /// Returns the outcome with this code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|outcome| outcome.as_str() == code)
    }

    /// Returns whether the same request may succeed a moment later.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::TemporarilyUnavailable)
    }

    /// Returns whether callflow was not able to do its work, whatever it said to the caller.
    #[must_use]
    pub const fn is_degraded(self) -> bool {
        matches!(self, Self::Degraded | Self::Uncertain | Self::TemporarilyUnavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        let codes: std::collections::HashSet<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        assert_eq!(codes.len(), Outcome::ALL.len());
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(*outcome));
        }
    }
}
