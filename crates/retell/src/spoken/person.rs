//! Greeting people, and asking them what they mean.

use super::{Frame, Line, Phrasebook, Visit};
use crate::text::insert;

/// What was not found by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// A service.
    Service,
    /// A staff member.
    Staff,
}

/// Most names proposed in one breath.
const MAX_OPTIONS: usize = 4;

impl Phrasebook {
    /// Returns how the business answers the phone.
    #[must_use]
    pub fn greeting(&self, business: &str, name: Option<&str>) -> String {
        let business = insert(business);
        match name.map(insert).filter(|name| !name.is_empty()) {
            Some(name) => self.fill(Frame::GreetingNamed, &[("business", &business), ("name", &name)]),
            None => self.fill(Frame::Greeting, &[("business", &business)]),
        }
    }

    /// Welcomes somebody who is known, and names their next appointment.
    #[must_use]
    pub fn welcome(&self, name: &str, next: Option<&Visit<'_>>) -> String {
        let sentence = self.fill(Frame::Welcome, &[("name", &insert(name))]);
        match next {
            Some(visit) => Self::and_then(sentence, &self.fill(Frame::NextVisit, &[("visit", &self.visit(visit))])),
            None => sentence,
        }
    }

    /// Returns that the day asked for is over, and what day it is: models invent dates.
    #[must_use]
    pub fn past_date(&self) -> String {
        self.fill(Frame::PastDate, &[("today", &self.tongue.full_date(self.today))])
    }

    /// Asks which of several readings is meant.
    #[must_use]
    pub fn clarify(&self, options: &[String]) -> String {
        self.fill(Frame::Clarify, &[("options", &self.any_of(&Self::options(options)))])
    }

    /// Returns that a service or a person is not known, and which there are.
    #[must_use]
    pub fn unknown(&self, what: Choice, options: &[&str]) -> String {
        let (plain, frame) = match what {
            Choice::Service => (Line::UnknownService, Frame::ServicesAre),
            Choice::Staff => (Line::UnknownStaff, Frame::StaffAre),
        };
        if options.is_empty() {
            return self.say(plain).to_owned();
        }
        self.fill(frame, &[("options", &self.all_of(&Self::options(options)))])
    }

    /// Returns how many services can be booked at once.
    #[must_use]
    pub fn too_many_services(&self, most: u32) -> String {
        self.fill(Frame::TooManyServices, &[("count", &most.to_string())])
    }

    fn options(options: &[impl AsRef<str>]) -> Vec<String> {
        options.iter().take(MAX_OPTIONS).map(|option| insert(option.as_ref())).collect()
    }
}
