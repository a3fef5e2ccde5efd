//! The closed lists: under which names answers are counted, and in which phase they show a call to be.

use callflow_contract::event::v1::AnswerGiven;
use callflow_retell::event::Kind;

/// Before a counter that says what a company or branch is called, so that readers need no catalog.
pub const LABEL: &str = "label/";

/// Returns the phase a call event shows.
pub(super) const fn phase_of_event(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::CallStarted => Some("greeting"),
        Kind::TransferStarted | Kind::TransferBridged => Some("transfer"),
        Kind::TransferCancelled | Kind::TransferEnded => Some("talking"),
        _ => None,
    }
}

/// Returns the phase an answer shows its call to be in.
#[must_use]
pub fn phase_of(answer: &AnswerGiven) -> Option<&'static str> {
    match (answer.surface.as_str(), answer.name.as_str()) {
        ("inbound", _) => Some("ringing"),
        ("function", "get_customer" | "list_appointments") => Some("identifying"),
        ("function", "check_availability") => Some("searching"),
        ("function", "book_appointment" | "book_services" | "book_series") => match answer.result.as_str() {
            "booked" | "already_booked" | "series_booked" | "series_partly_booked" => Some("booked"),
            _ => Some("booking"),
        },
        ("function", "reschedule_appointment" | "cancel_appointment") => Some("changing"),
        ("function", "request_callback") => Some("callback"),
        _ => None,
    }
}

/// Returns what else an answer counts as, beside being one.
pub(super) fn counted_as(answer: &AnswerGiven) -> Vec<&'static str> {
    let mut names = Vec::new();
    match answer.result.as_str() {
        "slot_taken" | "series_conflict" => names.push("conflict"),
        // Times offered by a function are held; without Redis nothing is.
        "slots_found" if answer.surface == "function" && !answer.degraded => names.push("hold"),
        "temporarily_unavailable" | "degraded" | "uncertain" | "unknown_function" => names.push("failure"),
        "no_slots" | "closed" => names.push("no_slots"),
        "unresolved" => names.push("unresolved"),
        _ => {}
    }
    if answer.degraded {
        names.push("degraded");
    }
    names
}
