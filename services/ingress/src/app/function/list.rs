//! `get_customer`, `list_appointments` and `request_callback`: who is it, what have they booked, and call them back.

use std::collections::HashMap;

use callflow_contract::{
    booking::v1::{FindForCallerRequest, ListResponse, Outcome as Wire, RequestCallbackRequest},
    common::v1::Person,
    resolver::v1::{Caller as Known, FindCustomerRequest, caller::Kind},
};
use callflow_domain::{
    masked::{CustomerName, PersonalText, PhoneNumber},
    phone::Caller,
};
use callflow_retell::{
    answer::{Answer, Outcome},
    function::{GetCustomer, ListAppointments, RequestCallback, Said},
    spoken::Line,
};
use callflow_rpc::idempotent;

use crate::app::{
    App, away,
    offer::{Spot, appointments, visits},
    turn::{Told, Trouble, Turn},
};

impl App {
    pub(super) async fn get_customer(&self, turn: &Turn, asked: &GetCustomer) -> Told {
        let code = asked.confirmation_code.as_ref().map(PersonalText::expose);
        if turn.caller.number().is_none() && turn.customer.is_empty() {
            return match code {
                Some(code) => self.by_code(turn, code, asked.name.as_ref()).await,
                None => Ok(turn.say(Outcome::AnonymousCaller, Line::AnonymousCaller)),
            };
        }
        let request = FindCustomerRequest {
            company: turn.slug.clone(),
            phone: turn.phone(),
            customer_id: turn.customer.clone(),
            name: asked.name.as_ref().map(|name| name.expose().to_owned()).unwrap_or_default(),
            confirmation_code: code.unwrap_or_default().to_owned(),
            call_id: turn.owner(),
        };
        let mut resolver = self.deps.resolver.clone();
        let (found, booked) =
            tokio::join!(resolver.find_customer(idempotent(request)), self.of_caller(turn, None, false));
        let caller = found?.into_inner().caller.unwrap_or_default();
        // The greeting is worth more than the appointment in it.
        let next = match booked {
            Ok(booked) => appointments(&booked.appointments, turn.home()).into_iter().next(),
            Err(Trouble::Away(status)) => {
                away("booking", &status);
                None
            }
            Err(Trouble::Say(_)) => None,
        };
        Ok(turn.customer_is(&caller, next.as_ref()))
    }

    /// Recognises somebody without a number by an appointment's code. With their name, too, the resolver knows who it is:
    /// it notes that with the call, and what is booked in it is theirs.
    async fn by_code(&self, turn: &Turn, code: &str, name: Option<&CustomerName>) -> Told {
        let found = self.of_caller(turn, Some(code), false).await?;
        let person = found.appointments.first().and_then(|made| made.person.clone());
        let Some(person) = person else { return Ok(turn.say(Outcome::NotIdentified, Line::WrongCode)) };
        let spots = appointments(&found.appointments, turn.home());
        let next = spots.first().map(Spot::visit);
        let answer = Answer::new(Outcome::Found, turn.phrases.welcome(&person.name, next.as_ref()));
        // Only now: how often codes may be tried is counted by booking.
        let known = self.introduce(turn, code, name).await.unwrap_or_default();
        let id = if person.customer_id.is_empty() { known } else { person.customer_id };
        Ok(answer.field("customer_id", id).field("customer_name", person.name))
    }

    /// Tells the resolver who is on the phone, by name and code, and returns whom it knows them as. It may be away: the
    /// code is proof enough for booking.
    async fn introduce(&self, turn: &Turn, code: &str, name: Option<&CustomerName>) -> Option<String> {
        let request = FindCustomerRequest {
            company: turn.slug.clone(),
            name: name?.expose().to_owned(),
            confirmation_code: code.to_owned(),
            call_id: turn.owner(),
            ..FindCustomerRequest::default()
        };
        match self.deps.resolver.clone().find_customer(idempotent(request)).await {
            Ok(found) => match found.into_inner().caller?.customers.as_slice() {
                [only] => Some(only.customer_id.clone()),
                _ => None,
            },
            Err(status) => {
                away("resolver", &status);
                None
            }
        }
    }

    pub(super) async fn list_appointments(&self, turn: &Turn, asked: &ListAppointments) -> Told {
        let code = asked.confirmation_code.as_ref().map(PersonalText::expose);
        if turn.caller.number().is_none() && code.is_none() {
            return Ok(turn.say(Outcome::AnonymousCaller, Line::AskCode).field("field", "confirmation_code"));
        }
        let found = self.of_caller(turn, code, asked.include_past == Some(true)).await?;
        let spots = appointments(&found.appointments, turn.home());
        if spots.is_empty() {
            return Ok(match found.outcome() {
                Wire::NotIdentified => turn.say(Outcome::NotIdentified, Line::WrongCode),
                Wire::Limited => turn.say(Outcome::TooMany, Line::TooManyTries),
                _ => turn.say(Outcome::NoAppointments, Line::NoAppointments).appointments([]),
            });
        }
        let answer = Answer::new(Outcome::AppointmentsFound, turn.phrases.appointments(&visits(&spots)));
        Ok(answer.appointments(spots.iter().map(Spot::booked)))
    }

    async fn of_caller(&self, turn: &Turn, code: Option<&str>, with_past: bool) -> Result<ListResponse, Trouble> {
        let request = FindForCallerRequest {
            company_id: turn.company().to_string(),
            identity: Some(turn.identity(code)),
            with_past,
            owner: turn.owner(),
            ..FindForCallerRequest::default()
        };
        Ok(self.deps.booking.clone().find_for_caller(idempotent(request)).await?.into_inner())
    }

    pub(super) async fn request_callback(&self, turn: &Turn, asked: &RequestCallback) -> Told {
        let Some(phone) = callback_number(turn, asked.number.as_ref()) else {
            return Ok(turn.ask("callback_number", Line::AskPhone));
        };
        let request = RequestCallbackRequest {
            context: Some(turn.write("callback")),
            branch_id: turn.home().to_owned(),
            person: Some(Person { phone, ..turn.person(asked.name.as_ref()) }),
            reason: asked.reason.as_ref().map(|reason| reason.expose().to_owned()).unwrap_or_default(),
            known: known(asked),
        };
        let reply = self.deps.booking.clone().request_callback(idempotent(request)).await?.into_inner();
        let answer = turn.say(Outcome::CallbackRequested, Line::CallbackNoted);
        Ok(answer.field("callback_id", reply.callback_id))
    }
}

/// Returns where to call: the number that was said when it is one, else the one on the phone.
fn callback_number(turn: &Turn, said: Option<&PhoneNumber>) -> Option<String> {
    let own = turn.caller.number();
    // A number said without its country is one of the country the caller calls from.
    let home = turn.caller.origin().and_then(|origin| origin.country);
    let read = |number: &PhoneNumber| Caller::read(number.expose(), home).number().cloned();
    said.and_then(read).or_else(|| own.cloned()).map(|number| number.expose().to_owned())
}

/// Returns what is known of the wish, for the person who calls back.
fn known(asked: &RequestCallback) -> HashMap<String, String> {
    let mut known = HashMap::new();
    let services: Vec<&str> = asked.services.iter().map(PersonalText::expose).collect();
    let date = asked.wish.date.as_ref().map(|said| match said {
        Said::Exact(date) => date.to_string(),
        Said::Words(text) => text.expose().to_owned(),
    });
    let time = asked.wish.time.as_ref().map(|said| match said {
        Said::Exact(time) => time.strftime("%H:%M").to_string(),
        Said::Words(text) => text.expose().to_owned(),
    });
    let staff = asked.wish.staff.as_ref().map(|staff| staff.expose().to_owned());
    let name = asked.name.as_ref().map(CustomerName::expose).map(str::to_owned);
    let service = (!services.is_empty()).then(|| services.join(", "));
    for (key, value) in [("service", service), ("date", date), ("time", time), ("staff", staff), ("name", name)] {
        if let Some(value) = value {
            known.insert(key.to_owned(), value);
        }
    }
    known
}

impl Turn {
    fn customer_is(&self, caller: &Known, next: Option<&Spot>) -> Answer {
        match (caller.kind(), caller.customers.as_slice()) {
            (Kind::Known, [one, ..]) => {
                let visit = next.map(Spot::visit);
                let answer = Answer::new(Outcome::Found, self.phrases.welcome(&one.name, visit.as_ref()))
                    .field("customer_id", one.customer_id.as_str())
                    .field("customer_name", one.name.as_str());
                if one.preferred_staff_name.is_empty() {
                    answer
                } else {
                    answer.field("preferred_staff", one.preferred_staff_name.as_str())
                }
            }
            (Kind::Ambiguous, _) => self.say(Outcome::Ambiguous, Line::SeveralCustomers),
            (Kind::Withheld | Kind::Invalid, _) => self.say(Outcome::AnonymousCaller, Line::AnonymousCaller),
            _ => self.say(Outcome::NotFound, Line::NewCustomer),
        }
    }
}
