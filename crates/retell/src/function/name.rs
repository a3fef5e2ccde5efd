//! The nine functions.

/// What a model can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    /// Who is on the line, and what they have booked.
    GetCustomer,
    /// What is free.
    CheckAvailability,
    /// Book one offered slot.
    BookAppointment,
    /// Book several services one after another.
    BookServices,
    /// Book a recurring appointment.
    BookSeries,
    /// What the caller has booked.
    ListAppointments,
    /// Move an appointment.
    RescheduleAppointment,
    /// Give up an appointment.
    CancelAppointment,
    /// Have somebody call back.
    RequestCallback,
}

impl Function {
    /// Every function.
    pub const ALL: [Self; 9] = [
        Self::GetCustomer,
        Self::CheckAvailability,
        Self::BookAppointment,
        Self::BookServices,
        Self::BookSeries,
        Self::ListAppointments,
        Self::RescheduleAppointment,
        Self::CancelAppointment,
        Self::RequestCallback,
    ];

    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GetCustomer => "get_customer",
            Self::CheckAvailability => "check_availability",
            Self::BookAppointment => "book_appointment",
            Self::BookServices => "book_services",
            Self::BookSeries => "book_series",
            Self::ListAppointments => "list_appointments",
            Self::RescheduleAppointment => "reschedule_appointment",
            Self::CancelAppointment => "cancel_appointment",
            Self::RequestCallback => "request_callback",
        }
    }

    /// Returns the function a tool of this name stands for: `checkAvailability` and
    /// `check-availability` are what people type into forms.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let wanted = super::junk::squashed(name);
        Self::ALL.into_iter().find(|function| super::junk::squashed(function.as_str()) == wanted)
    }

    /// Returns whether it changes anything.
    #[must_use]
    pub const fn is_write(self) -> bool {
        !matches!(self, Self::GetCustomer | Self::CheckAvailability | Self::ListAppointments)
    }
}

impl std::fmt::Display for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_spelling() {
        for function in Function::ALL {
            assert_eq!(Function::parse(function.as_str()), Some(function));
        }
        assert_eq!(Function::parse("checkAvailability"), Some(Function::CheckAvailability));
        assert_eq!(Function::parse("book-appointment"), Some(Function::BookAppointment));
        assert_eq!(Function::parse("book"), None);
        assert_eq!(Function::parse(""), None);
    }
}
