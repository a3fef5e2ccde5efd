//! One struct per function with what it can be told.
//!
//! None of them says who is calling. A name or a confirmation code is a claim that the booking
//! service checks; a callback number is where to call, not who called.

use callflow_domain::masked::{CustomerName, PersonalText, PhoneNumber};

use super::{
    Function,
    args::{self, Args},
    said::Said,
    wish::Wish,
};

/// A function request in typed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `get_customer`
    GetCustomer(GetCustomer),
    /// `check_availability`
    CheckAvailability(CheckAvailability),
    /// `book_appointment`
    BookAppointment(BookAppointment),
    /// `book_services`
    BookServices(BookServices),
    /// `book_series`
    BookSeries(BookSeries),
    /// `list_appointments`
    ListAppointments(ListAppointments),
    /// `reschedule_appointment`
    RescheduleAppointment(RescheduleAppointment),
    /// `cancel_appointment`
    CancelAppointment(CancelAppointment),
    /// `request_callback`
    RequestCallback(RequestCallback),
}

impl Command {
    /// Reads the arguments of a function; never fails.
    #[must_use]
    pub fn of(function: Function, args: &Args) -> Self {
        match function {
            Function::GetCustomer => Self::GetCustomer(GetCustomer::of(args)),
            Function::CheckAvailability => Self::CheckAvailability(CheckAvailability::of(args)),
            Function::BookAppointment => Self::BookAppointment(BookAppointment::of(args)),
            Function::BookServices => Self::BookServices(BookServices::of(args)),
            Function::BookSeries => Self::BookSeries(BookSeries::of(args)),
            Function::ListAppointments => Self::ListAppointments(ListAppointments::of(args)),
            Function::RescheduleAppointment => Self::RescheduleAppointment(RescheduleAppointment::of(args)),
            Function::CancelAppointment => Self::CancelAppointment(CancelAppointment::of(args)),
            Function::RequestCallback => Self::RequestCallback(RequestCallback::of(args)),
        }
    }
}

/// Claims by which a guest without a number can be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GetCustomer {
    /// The name the caller gave.
    pub name: Option<CustomerName>,
    /// The code of an appointment.
    pub confirmation_code: Option<PersonalText>,
}

impl GetCustomer {
    fn of(args: &Args) -> Self {
        Self { name: name(args), confirmation_code: args.text(args::CODE) }
    }
}

/// What is to be looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckAvailability {
    /// One service, or several that follow each other.
    pub services: Vec<PersonalText>,
    /// When, with whom and where.
    pub wish: Wish,
    /// For how many people.
    pub people: Option<Said<u32>>,
}

impl CheckAvailability {
    fn of(args: &Args) -> Self {
        Self { services: args.texts(args::SERVICE), wish: Wish::of(args), people: args.count(args::PEOPLE) }
    }
}

/// The slot that was chosen, or what to look for when a model names none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookAppointment {
    /// The id of an offered slot.
    pub slot_id: Option<PersonalText>,
    /// The service.
    pub service: Option<PersonalText>,
    /// When, with whom and where, if there is no slot id.
    pub wish: Wish,
    /// The name to enter.
    pub customer_name: Option<CustomerName>,
    /// Where to send a confirmation.
    pub email: Option<PersonalText>,
    /// Anything the staff should know.
    pub notes: Option<PersonalText>,
}

impl BookAppointment {
    fn of(args: &Args) -> Self {
        Self {
            slot_id: args.text(args::SLOT),
            service: args.text(args::SERVICE),
            wish: Wish::of(args),
            customer_name: name(args),
            email: args.text(args::EMAIL),
            notes: args.text(args::NOTES),
        }
    }
}

/// Several services one after another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookServices {
    /// The services in the order they were named.
    pub services: Vec<PersonalText>,
    /// The slot ids of an offered sequence, one for each service.
    pub slot_ids: Vec<PersonalText>,
    /// When, with whom and where.
    pub wish: Wish,
    /// Whether another order will do.
    pub any_order: Option<bool>,
    /// Whether one person should do everything.
    pub same_staff: Option<bool>,
    /// The name to enter.
    pub customer_name: Option<CustomerName>,
    /// Anything the staff should know.
    pub notes: Option<PersonalText>,
}

impl BookServices {
    fn of(args: &Args) -> Self {
        Self {
            services: args.texts(args::SERVICE),
            slot_ids: args.texts(args::SLOTS),
            wish: Wish::of(args),
            any_order: args.flag(args::ANY_ORDER),
            same_staff: args.flag(args::SAME_STAFF),
            customer_name: name(args),
            notes: args.text(args::NOTES),
        }
    }
}

/// A recurring appointment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookSeries {
    /// The service.
    pub service: Option<PersonalText>,
    /// `weekly:mo`, an RRULE, or words such as "jeden zweiten Dienstag".
    pub pattern: Option<PersonalText>,
    /// First day, last day, time and staff.
    pub wish: Wish,
    /// How many times, instead of a last day.
    pub count: Option<Said<u32>>,
    /// The offered slot the series should begin with.
    pub slot_id: Option<PersonalText>,
    /// What to do with a date that is taken: `fail`, `skip`, `shift`, …
    pub on_conflict: Option<PersonalText>,
    /// Only say what would happen.
    pub preview: Option<bool>,
    /// The name to enter.
    pub customer_name: Option<CustomerName>,
    /// Anything the staff should know.
    pub notes: Option<PersonalText>,
}

impl BookSeries {
    fn of(args: &Args) -> Self {
        Self {
            service: args.text(args::SERVICE),
            pattern: args.text(args::PATTERN),
            wish: Wish::of(args),
            count: args.count(args::COUNT),
            slot_id: args.text(args::SLOT),
            on_conflict: args.text(args::STRATEGY),
            preview: args.flag(args::PREVIEW),
            customer_name: name(args),
            notes: args.text(args::NOTES),
        }
    }
}

/// Which appointments to name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListAppointments {
    /// Past ones as well.
    pub include_past: Option<bool>,
    /// The name the caller gave, to choose among several people on one number.
    pub name: Option<CustomerName>,
    /// The code of an appointment, for callers without a number.
    pub confirmation_code: Option<PersonalText>,
}

impl ListAppointments {
    fn of(args: &Args) -> Self {
        Self { include_past: args.flag(args::PAST), name: name(args), confirmation_code: args.text(args::CODE) }
    }
}

/// Which appointment to move, and where to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RescheduleAppointment {
    /// The appointment's id.
    pub appointment_id: Option<PersonalText>,
    /// Its code, for callers without a number.
    pub confirmation_code: Option<PersonalText>,
    /// The id of an offered slot.
    pub new_slot_id: Option<PersonalText>,
    /// When, with whom and where, if there is no slot id.
    pub wish: Wish,
}

impl RescheduleAppointment {
    fn of(args: &Args) -> Self {
        Self {
            appointment_id: args.text(args::APPOINTMENT),
            confirmation_code: args.text(args::CODE),
            new_slot_id: args.text(args::NEW_SLOT),
            wish: Wish::of(args),
        }
    }
}

/// Which appointments of a series are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// This one.
    #[default]
    One,
    /// This one and all after it.
    Following,
    /// The whole series.
    All,
}

impl Scope {
    /// Reads the model's word for it; this one appointment when in doubt, because it is the least.
    fn of(args: &Args) -> Self {
        match args.plain(args::SCOPE).unwrap_or_default().to_lowercase().as_str() {
            "following" | "from_here" | "this_and_following" | "future" => Self::Following,
            "all" | "series" | "whole_series" | "true" => Self::All,
            _ => Self::One,
        }
    }
}

/// Which appointment to give up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CancelAppointment {
    /// The appointment's id.
    pub appointment_id: Option<PersonalText>,
    /// Its code, for callers without a number.
    pub confirmation_code: Option<PersonalText>,
    /// Why.
    pub reason: Option<PersonalText>,
    /// How much of a series.
    pub scope: Scope,
    /// Day and time, to find the appointment when there is no id.
    pub wish: Wish,
}

impl CancelAppointment {
    fn of(args: &Args) -> Self {
        Self {
            appointment_id: args.text(args::APPOINTMENT),
            confirmation_code: args.text(args::CODE),
            reason: args.text(args::REASON),
            scope: Scope::of(args),
            wish: Wish::of(args),
        }
    }
}

/// Whom to call back, when and about what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestCallback {
    /// Another number than the caller's own.
    pub number: Option<PhoneNumber>,
    /// Who asks.
    pub name: Option<CustomerName>,
    /// What it is about.
    pub reason: Option<PersonalText>,
    /// The services wished.
    pub services: Vec<PersonalText>,
    /// When to call, or the appointment that was wished.
    pub wish: Wish,
}

impl RequestCallback {
    fn of(args: &Args) -> Self {
        Self {
            number: args.plain(args::PHONE).map(PhoneNumber::new),
            name: name(args),
            reason: args.text(args::REASON),
            services: args.texts(args::SERVICE),
            wish: Wish::of(args),
        }
    }
}

fn name(args: &Args) -> Option<CustomerName> {
    args.plain(args::NAME).map(CustomerName::new)
}
