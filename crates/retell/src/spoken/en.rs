//! English, with British or American order of day and month.

use jiff::civil::{Date, Time, Weekday};

use super::{
    Frame, Line,
    tongue::{Lead, Tongue},
};

pub(super) struct English {
    /// `November 26` instead of `26 November`.
    pub(super) month_first: bool,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Tongue for English {
    fn line(&self, line: Line) -> &'static str {
        match line {
            Line::AskService => "Which service would you like?",
            Line::AskDate => "Which day would you like?",
            Line::AskTime => "What time would suit you?",
            Line::AskName => "What name shall I put the appointment under?",
            Line::AskPhone => "What number can we call you back on?",
            Line::AskSlot => "Which of the free times would suit you?",
            Line::AskAppointment => "Which appointment is it about?",
            Line::AskCode => "Could you give me your confirmation code, please?",
            Line::AskPattern => "How often should it repeat, for example every Monday, and until when?",
            Line::InvalidDate => "I didn't catch the day. Which date would you like?",
            Line::InvalidTime => "I didn't catch the time. What time would suit you?",
            Line::PastTime => "That time has already passed. Which later time would suit you?",
            Line::InvalidPattern => "I didn't catch how often. You could say, for example, every second Tuesday.",
            Line::UnknownService => "I can't find that service here. What exactly would you like?",
            Line::UnknownStaff => "I can't find that name in our team. Who would you like to see?",
            Line::UnknownBranch => "I can't find that branch. Which branch do you mean?",
            Line::UnknownSlot => "I can't find that free time any more. I'd be happy to look for a new one.",
            Line::SlotTaken => "That appointment has just been taken.",
            Line::NothingNear => "I'm afraid I can't find anything free in the next few days. Shall we call you back?",
            Line::FullyBooked => "I'm afraid everything is taken in that period.",
            Line::Closed => "We are closed at that time.",
            Line::NobodySkilled => "Nobody here offers that service at the moment.",
            Line::NobodyThere => "I'm afraid nobody is available at that time.",
            Line::NobodySpeaks => "I'm afraid nobody who speaks your language is available at that time.",
            Line::TooSoon => "I'm afraid that is too soon.",
            Line::TooFar => "I'm afraid that is too far ahead.",
            Line::MayBeOutdated => {
                "These times may not be quite up to date, the appointment is certain only once it is booked."
            }
            Line::ForbiddenCombination => "These services can't be combined.",
            Line::NoSequence => "I can't find a time that fits these services one after another.",
            Line::AppointmentNotFound => {
                "I can't find that appointment. Could you tell me its day and time, or your confirmation code?"
            }
            Line::NoAppointments => "I can't find any upcoming appointment for you.",
            Line::AlreadyCancelled => "That appointment has already been cancelled.",
            Line::NewCustomer => "I don't have your details under this number yet. What is your name?",
            Line::SeveralCustomers => "There are several people under this number. Who am I speaking to, please?",
            Line::AnonymousCaller => "Your number isn't shown. What is your name?",
            Line::NotIdentified => {
                "I can't be sure that this is your appointment. Could you give me your confirmation code, please?"
            }
            Line::WrongCode => "That code doesn't match this appointment. Could you say it again, please?",
            Line::TooManyTries => "That was too many attempts. I can arrange for us to call you back.",
            Line::CallbackNoted => "I've made a note for us to call you back. You will hear from us.",
            Line::OfferCallback => "Shall we call you back?",
            Line::DegradedNoted => {
                "I can't see the calendar right now, but I have noted your request. We will call you back."
            }
            Line::DegradedOffer => "I can't see the calendar right now. Shall we call you back?",
            Line::Uncertain => {
                "I don't know right now whether the booking went through. We will check and get back to you."
            }
            Line::Trouble => "Something went wrong on our side. Shall we call you back?",
            Line::Busy => "We are very busy at the moment. Please try again shortly.",
            Line::NotPossible => "I'm afraid I can't do that here.",
            Line::Unresolved => "I'm afraid I can't find a branch for this number. Please call the branch directly.",
            Line::MachineNotice => "You are speaking with an AI assistant.",
            Line::RecordingNotice => "You are speaking with an AI assistant and this call is recorded.",
        }
    }

    fn frame(&self, frame: Frame) -> &'static str {
        match frame {
            Frame::OfferOne => "I have {slot}.",
            Frame::OfferDay => "{day}: {times}.",
            Frame::OfferDayInstead => "I still have {day}: {times}.",
            Frame::OfferMany => "I have {slots}.",
            Frame::OfferSequence => "This would work: {visits}.",
            Frame::DayFull => "I'm afraid everything is taken {day}.",
            Frame::StaffFull => "I'm afraid {staff} is fully booked {day}.",
            Frame::StaffBusy => "I'm afraid {staff} is not free at that time.",
            Frame::DayClosed => "We are closed {day}.",
            Frame::DayHoliday => "We are closed {day} because it is a public holiday.",
            Frame::DayNobody => "I'm afraid nobody is available {day}.",
            Frame::NeedsNotice => "That is too soon, please allow at least {lead}.",
            Frame::NotBeyond => "That is too far ahead, I can book up to {date}.",
            Frame::TimeTaken => "The appointment {at} has just been taken.",
            Frame::PastDate => "That day has already passed, today is {today}. Which day do you mean?",
            Frame::Clarify => "Do you mean {options}?",
            Frame::ServicesAre => "I can't find that service here. We offer, for example, {options}.",
            Frame::StaffAre => "I can't find that name in our team. You can choose from {options}.",
            Frame::TooManyServices => "I can book up to {count} services at once.",
            Frame::Booked => "Booked: {visit}.",
            Frame::BookedInstead => "Booked: {visit}; {staff} was not free.",
            Frame::BookedSequence => "Booked: {visits}.",
            Frame::AlreadyBooked => "This appointment is already booked: {visit}.",
            Frame::Code => "Your confirmation code is {code}.",
            Frame::Rescheduled => "Moved to {visit}.",
            Frame::Cancelled => "Cancelled: {visit}.",
            Frame::CancelledLate => "Cancelled: {visit}. As it is at short notice, a fee may apply.",
            Frame::TooLateToCancel => "Appointments can only be cancelled up to {lead} in advance.",
            Frame::TooLateToMove => "Appointments can only be moved up to {lead} in advance.",
            Frame::NextVisit => "Your next appointment: {visit}.",
            Frame::NextVisits => "Your next appointments: {visits}.",
            Frame::WhichVisit => "Which appointment do you mean: {visits}?",
            Frame::SeriesBooked => "The series is booked: {appointments}, the first {visit}.",
            Frame::SeriesPartly => "I have booked {booked} of {wanted} appointments, the first {visit}.",
            Frame::SeriesPreview => "{free} of {wanted} appointments are free. Shall I book them?",
            Frame::SeriesConflict => "That time is taken {day}, so I have booked nothing.",
            Frame::SeriesCancelled => "Cancelled: {appointments}.",
            Frame::SeriesTooLong => "A series can have at most {count} appointments.",
            Frame::Welcome => "It's good to hear from you again, {name}.",
            Frame::Greeting => "Hello, this is {business}. How can I help you?",
            Frame::GreetingNamed => "Hello {name}, this is {business}. How can I help you?",
        }
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        match weekday {
            Weekday::Monday => "Monday",
            Weekday::Tuesday => "Tuesday",
            Weekday::Wednesday => "Wednesday",
            Weekday::Thursday => "Thursday",
            Weekday::Friday => "Friday",
            Weekday::Saturday => "Saturday",
            Weekday::Sunday => "Sunday",
        }
    }

    fn plain_date(&self, date: Date, year: bool) -> String {
        let (day, month) = (date.day(), super::month(&MONTHS, date));
        match (self.month_first, year) {
            (true, true) => format!("{month} {day}, {}", date.year()),
            (true, false) => format!("{month} {day}"),
            (false, true) => format!("{day} {month} {}", date.year()),
            (false, false) => format!("{day} {month}"),
        }
    }

    fn named_day(&self, date: Date, year: bool) -> String {
        format!("{}, {}", self.weekday(date.weekday()), self.plain_date(date, year))
    }

    fn on_day(&self, date: Date, year: bool) -> String {
        format!("on {}", self.named_day(date, year))
    }

    fn today(&self) -> &'static str {
        "today"
    }

    fn tomorrow(&self) -> &'static str {
        "tomorrow"
    }

    fn clock(&self, time: Time) -> String {
        let half = if time.hour() < 12 { "am" } else { "pm" };
        match ((time.hour() + 11) % 12 + 1, time.minute()) {
            (12, 0) => if half == "am" { "12 midnight" } else { "12 noon" }.into(),
            (hour, 0) => format!("{hour} {half}"),
            (hour, minute) => format!("{hour}:{minute:02} {half}"),
        }
    }

    fn at_clock(&self, time: Time) -> String {
        format!("at {}", self.clock(time))
    }

    fn with_staff(&self, name: &str) -> String {
        format!(" with {name}")
    }

    fn in_branch(&self, name: &str) -> String {
        format!(" at our {name} branch")
    }

    fn or(&self) -> &'static str {
        " or "
    }

    fn and(&self) -> &'static str {
        " and "
    }

    fn appointments(&self, count: u32) -> String {
        format!("{count} appointment{}", if count == 1 { "" } else { "s" })
    }

    fn lead(&self, lead: Lead) -> String {
        let (count, unit) = match lead {
            Lead::Minutes(count) => (count, "minute"),
            Lead::Hours(count) => (count, "hour"),
            Lead::Days(count) => (count, "day"),
        };
        format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}
