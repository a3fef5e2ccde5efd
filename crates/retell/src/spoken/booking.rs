//! What was booked, moved or given up, and what was not.

use super::{Frame, Line, Phrasebook, Visit};
use crate::text::insert;

/// Most appointments named in one breath.
const MAX_NAMED: usize = 3;

impl Phrasebook {
    /// Returns that an appointment is booked, and its code when the caller will need it.
    #[must_use]
    pub fn booked(&self, visit: &Visit<'_>, code: Option<&str>) -> String {
        self.with_code(self.fill(Frame::Booked, &[("visit", &self.visit(visit))]), code)
    }

    /// Returns that it was booked before; a repeat hears the same appointment.
    #[must_use]
    pub fn already_booked(&self, visit: &Visit<'_>, code: Option<&str>) -> String {
        self.with_code(self.fill(Frame::AlreadyBooked, &[("visit", &self.visit(visit))]), code)
    }

    /// Returns that it is booked with somebody else than the caller asked for.
    #[must_use]
    pub fn booked_instead(&self, visit: &Visit<'_>, wanted_staff: &str, code: Option<&str>) -> String {
        let values = [("visit", &*self.visit(visit)), ("staff", &*insert(wanted_staff))];
        self.with_code(self.fill(Frame::BookedInstead, &values), code)
    }

    /// Returns that several services are possible one after another.
    #[must_use]
    pub fn sequence_found(&self, visits: &[Visit<'_>]) -> String {
        match visits {
            [] => Self::and_then(self.say(Line::NoSequence).to_owned(), self.say(Line::OfferCallback)),
            parts => self.fill(Frame::OfferSequence, &[("visits", &self.sequence(parts))]),
        }
    }

    /// Returns that several services are booked one after another.
    #[must_use]
    pub fn booked_sequence(&self, visits: &[Visit<'_>], code: Option<&str>) -> String {
        let parts = self.sequence(visits);
        self.with_code(self.fill(Frame::BookedSequence, &[("visits", &parts)]), code)
    }

    /// Returns several visits, the day once when it is the same: `…: 10 Uhr Färben bei Sofia und …`.
    #[must_use]
    pub fn sequence(&self, visits: &[Visit<'_>]) -> String {
        let Some(first) = visits.first() else { return String::new() };
        if visits.iter().any(|visit| visit.start.date() != first.start.date()) {
            return self.all_of(&visits.iter().map(|visit| self.visit(visit)).collect::<Vec<_>>());
        }
        let part = |visit: &Visit<'_>| {
            let service = visit.service.map(|name| format!(" {}", insert(name))).unwrap_or_default();
            format!("{}{service}{}", self.time(visit.start.time()), self.by(visit))
        };
        let parts = self.all_of(&visits.iter().map(part).collect::<Vec<_>>());
        format!("{}{}{parts}", self.day(first.start.date()), self.tongue.comma())
    }

    /// Returns that an appointment was moved, and where to.
    #[must_use]
    pub fn rescheduled(&self, visit: &Visit<'_>) -> String {
        self.fill(Frame::Rescheduled, &[("visit", &self.visit(visit))])
    }

    /// Returns that an appointment was given up; `late` when the company may charge for it.
    #[must_use]
    pub fn cancelled(&self, visit: &Visit<'_>, late: bool) -> String {
        let frame = if late { Frame::CancelledLate } else { Frame::Cancelled };
        self.fill(frame, &[("visit", &self.visit(visit))])
    }

    /// Returns that the company's notice for giving up an appointment has passed.
    #[must_use]
    pub fn too_late_to_cancel(&self, notice_min: u32) -> String {
        self.with_callback(self.fill(Frame::TooLateToCancel, &[("lead", &self.lead(notice_min))]))
    }

    /// Returns that the company's notice for moving an appointment has passed.
    #[must_use]
    pub fn too_late_to_move(&self, notice_min: u32) -> String {
        self.with_callback(self.fill(Frame::TooLateToMove, &[("lead", &self.lead(notice_min))]))
    }

    /// Returns the caller's coming appointments, at most three.
    #[must_use]
    pub fn appointments(&self, visits: &[Visit<'_>]) -> String {
        match visits {
            [] => self.say(Line::NoAppointments).to_owned(),
            [only] => self.fill(Frame::NextVisit, &[("visit", &self.visit(only))]),
            several => {
                let named: Vec<String> = several.iter().take(MAX_NAMED).map(|visit| self.visit(visit)).collect();
                self.fill(Frame::NextVisits, &[("visits", &self.all_of(&named))])
            }
        }
    }

    /// Asks which of the caller's appointments is meant.
    #[must_use]
    pub fn which_appointment(&self, visits: &[Visit<'_>]) -> String {
        match visits {
            [] => self.say(Line::AskAppointment).to_owned(),
            several => {
                let named: Vec<String> = several.iter().take(MAX_NAMED).map(|visit| self.visit(visit)).collect();
                self.fill(Frame::WhichVisit, &[("visits", &self.any_of(&named))])
            }
        }
    }

    fn with_callback(&self, sentence: String) -> String {
        Self::and_then(sentence, self.say(Line::OfferCallback))
    }

    /// Adds the code, letter by letter so that it is spelled and not read as a word.
    fn with_code(&self, sentence: String, code: Option<&str>) -> String {
        let spelled: Vec<String> =
            code.unwrap_or_default().chars().filter(|symbol| symbol.is_alphanumeric()).map(String::from).collect();
        if spelled.is_empty() {
            return sentence;
        }
        Self::and_then(sentence, &self.fill(Frame::Code, &[("code", &spelled.join(" "))]))
    }
}
