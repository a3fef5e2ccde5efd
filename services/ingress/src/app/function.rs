//! What a model asks for in the middle of a call: understood, done within its deadline, and answered in words.
//!
//! When a service is away, what was only read is refused honestly; what was to be written is noted as a wish, which is
//! kept like any event, and somebody calls back.

mod book;
mod change;
mod check;
mod list;
mod note;
mod reason;
mod several;

use std::time::{Duration, Instant};

use callflow_contract::{convert::to_wire_time, event::v1::AnswerGiven};
use callflow_domain::{
    ErrorKind,
    id::{CallId, CompanyId},
};
use callflow_retell::{
    answer::{Answer, Outcome},
    function::{Command, Function, Request},
    spoken::Line,
};
use callflow_rpc::{Deadline, status};
use jiff::Timestamp;
use tonic::Status;

use super::{
    App, away,
    turn::{Told, Trouble, Turn, phrases},
};
use crate::metrics;

impl App {
    /// Answers a function request; every business outcome and every lack of a dependency is an answer.
    pub async fn answer_function(&self, slug: &str, request: &Request<'_>, hash: String) -> Answer {
        let begun = Instant::now();
        let function = request.function;
        let within = Duration::from_millis(if function.is_write() { self.limit.write_ms } else { self.limit.read_ms });
        let work = async { Ok(self.perform(slug, request, hash).await) };
        let told = match Deadline::after(within).enforce(work).await {
            Ok(told) => told,
            Err(status) => Err(status.into()),
        };
        let answer = match told {
            Ok(answer) => answer,
            Err(Trouble::Say(answer)) => *answer,
            Err(Trouble::Away(status)) => self.without(slug, request, &status).await,
        };
        metrics::function(function.as_str(), answer.outcome().as_str());
        self.tell(CompanyId::from_slug(slug), given(request, &answer, begun));
        answer
    }

    /// Answers without asking anybody, because there is too much to do.
    pub fn shed_function(&self, request: &Request<'_>) -> Answer {
        let line = if request.function.is_write() { Line::Trouble } else { Line::DegradedOffer };
        let phrases = phrases(request.identity.language.as_deref());
        metrics::function(request.function.as_str(), Outcome::TemporarilyUnavailable.as_str());
        Answer::new(Outcome::TemporarilyUnavailable, phrases.say(line))
    }

    async fn perform(&self, slug: &str, request: &Request<'_>, hash: String) -> Told {
        let turn = self.turn(slug, request, hash).await?;
        match request.command() {
            Command::GetCustomer(asked) => self.get_customer(&turn, &asked).await,
            Command::CheckAvailability(asked) => {
                let turn = self.at_branch(turn, &asked.wish).await?;
                self.check_availability(&turn, &asked).await
            }
            Command::BookAppointment(asked) => {
                let turn = self.at_branch(turn, &asked.wish).await?;
                self.book_appointment(&turn, &asked).await
            }
            Command::BookServices(asked) => {
                let turn = self.at_branch(turn, &asked.wish).await?;
                self.book_services(&turn, &asked).await
            }
            Command::BookSeries(asked) => {
                let turn = self.at_branch(turn, &asked.wish).await?;
                self.book_series(&turn, &asked).await
            }
            Command::ListAppointments(asked) => self.list_appointments(&turn, &asked).await,
            Command::RescheduleAppointment(asked) => self.reschedule_appointment(&turn, &asked).await,
            Command::CancelAppointment(asked) => self.cancel_appointment(&turn, &asked).await,
            Command::RequestCallback(asked) => self.request_callback(&turn, &asked).await,
        }
    }

    async fn at_branch(&self, turn: Turn, wish: &callflow_retell::function::Wish) -> Result<Turn, Trouble> {
        self.elsewhere(turn, wish.branch.as_ref().map(|text| text.expose())).await
    }

    /// Returns what is said when a service did not do its part.
    async fn without(&self, slug: &str, request: &Request<'_>, failed: &Status) -> Answer {
        away("function", failed);
        let phrases = phrases(request.identity.language.as_deref());
        let say = |outcome, line| Answer::new(outcome, phrases.say(line));
        if !request.function.is_write() {
            return say(Outcome::TemporarilyUnavailable, Line::DegradedOffer);
        }
        if !self.note(slug, request).await {
            return say(Outcome::TemporarilyUnavailable, Line::Trouble);
        }
        match (request.function, status::kind(failed.code())) {
            // What is asked for is to be called back, and that is what will happen.
            (Function::RequestCallback, _) => say(Outcome::CallbackRequested, Line::CallbackNoted),
            // It may have been done and only the answer be lost.
            (_, ErrorKind::Timeout) => say(Outcome::Uncertain, Line::Uncertain),
            _ => say(Outcome::Degraded, Line::DegradedNoted),
        }
    }
}

fn given(request: &Request<'_>, answer: &Answer, begun: Instant) -> AnswerGiven {
    let branch = request.call.as_ref().and_then(|call| call.metadata_entry("branch_id"));
    AnswerGiven {
        surface: "function".into(),
        name: request.function.as_str().into(),
        result: answer.outcome().as_str().into(),
        seconds: begun.elapsed().as_secs_f64(),
        call_id: request.identity.call_id.as_ref().map(CallId::to_string).unwrap_or_default(),
        branch_id: branch.unwrap_or_default(),
        degraded: answer.outcome().is_degraded(),
        at: Some(to_wire_time(Timestamp::now())),
    }
}
