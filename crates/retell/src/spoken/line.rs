//! The sentences that need nothing filled in.

macro_rules! lines {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A whole sentence, the same for every caller.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Line {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Line {
            /// Every sentence, for reviews and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

lines! {
    /// Asks which service is wanted.
    AskService,
    /// Asks for the day.
    AskDate,
    /// Asks for the time.
    AskTime,
    /// Asks for the name to enter.
    AskName,
    /// Asks for a number to call back.
    AskPhone,
    /// Asks which of the offered slots it shall be.
    AskSlot,
    /// Asks which appointment is meant.
    AskAppointment,
    /// Asks for the confirmation code.
    AskCode,
    /// Asks how often the appointment shall repeat, and until when.
    AskPattern,
    /// The day was not understood.
    InvalidDate,
    /// The time was not understood.
    InvalidTime,
    /// The time is over already.
    PastTime,
    /// The rhythm was not understood.
    InvalidPattern,
    /// The service is not offered.
    UnknownService,
    /// Nobody of that name works here.
    UnknownStaff,
    /// There is no such branch.
    UnknownBranch,
    /// The slot is not known, or too old.
    UnknownSlot,
    /// The slot was taken, and what else is free is looked for.
    SlotTaken,
    /// Nothing comes close; offers a callback.
    NothingNear,
    /// Everything is taken in the time that was searched.
    FullyBooked,
    /// Closed at the time asked for.
    Closed,
    /// Nobody here does this service.
    NobodySkilled,
    /// Nobody is there.
    NobodyThere,
    /// Nobody who speaks the caller's language is there.
    NobodySpeaks,
    /// Sooner than the company accepts.
    TooSoon,
    /// Further ahead than the company accepts.
    TooFar,
    /// The times are from a copy and binding only once booked.
    MayBeOutdated,
    /// These services cannot be combined.
    ForbiddenCombination,
    /// The services do not fit one after another.
    NoSequence,
    /// The appointment is not found.
    AppointmentNotFound,
    /// The caller has no coming appointment.
    NoAppointments,
    /// It was cancelled before.
    AlreadyCancelled,
    /// Nobody is known under this number.
    NewCustomer,
    /// Several people share this number; asks who it is.
    SeveralCustomers,
    /// The number is withheld; asks for a name.
    AnonymousCaller,
    /// The appointment cannot be shown to be the caller's; asks for the code.
    NotIdentified,
    /// The code does not fit.
    WrongCode,
    /// Too many wrong codes.
    TooManyTries,
    /// A callback is noted.
    CallbackNoted,
    /// Offers a callback.
    OfferCallback,
    /// The calendar cannot be seen; the wish is noted.
    DegradedNoted,
    /// The calendar cannot be seen; offers a callback.
    DegradedOffer,
    /// Whether the booking arrived is not known; it will be checked.
    Uncertain,
    /// Something went wrong here.
    Trouble,
    /// Too much is going on; asks for a moment.
    Busy,
    /// What was asked for cannot be done here.
    NotPossible,
    /// No branch belongs to this number.
    Unresolved,
    /// Says that a machine speaks.
    MachineNotice,
    /// Says that a machine speaks and that the call is recorded.
    RecordingNotice,
}
