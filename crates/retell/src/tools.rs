//! Tool definitions for the voice platform, ready to be pasted or sent to its API.
//!
//! They are built from the same names the requests are read by, so that what is configured is what
//! is understood.

mod schema;

pub use schema::parameters;

use serde_json::{Value, json};

use crate::function::{Function, header};

/// How long the platform waits for one attempt. Our own deadlines are 2 s for reads, 4 s for writes.
pub const TIMEOUT_MS: u32 = 5_000;
/// How often the platform asks again. Every write is idempotent, so once is safe.
pub const MAX_RETRY: u32 = 1;

/// Where a company's requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    base: String,
    company: String,
}

impl Address {
    /// Takes the public base URL, such as `https://calls.example.com`, and the company's slug.
    #[must_use]
    pub fn new(base_url: &str, company: &str) -> Self {
        Self { base: base_url.trim_end_matches('/').to_owned(), company: company.to_owned() }
    }

    /// Returns the address of a function.
    #[must_use]
    pub fn function(&self, function: Function) -> String {
        format!("{}/retell/{}/functions/{function}", self.base, self.company)
    }

    /// Returns the address for a phone number's inbound webhook.
    #[must_use]
    pub fn inbound(&self) -> String {
        format!("{}/retell/{}/inbound", self.base, self.company)
    }

    /// Returns the address for event webhooks.
    #[must_use]
    pub fn events(&self) -> String {
        format!("{}/retell/{}/events", self.base, self.company)
    }
}

/// Returns the definitions of all functions.
#[must_use]
pub fn definitions(address: &Address) -> Vec<Value> {
    Function::ALL.into_iter().map(|function| definition(address, function)).collect()
}

/// Returns the definition of one function.
#[must_use]
pub fn definition(address: &Address, function: Function) -> Value {
    json!({
        "type": "custom",
        "name": function.as_str(),
        "description": description(function),
        "url": address.function(function),
        "method": "POST",
        "headers": { (header::CALL_ID): "{{call_id}}" },
        "args_at_root": false,
        "parameters": schema::parameters(function),
        "timeout_ms": TIMEOUT_MS,
        "max_retry": MAX_RETRY,
        "speak_during_execution": true,
        "execution_message_type": "prompt",
        "execution_message_description": while_waiting(function),
        // Without it the caller sits in silence after a failed request.
        "speak_after_execution": true,
        "response_variables": response_variables(function),
    })
}

/// Returns what the model is told about a function: when to use it and what to do with the answer.
const fn description(function: Function) -> &'static str {
    match function {
        Function::GetCustomer => {
            "Looks up who is calling by their phone number, with their coming appointments. Use it when the caller asks \
             about their own data. If the number is withheld, ask for the name first and pass it."
        }
        Function::CheckAvailability => {
            "Returns free appointment times and reserves them for this caller for a short while. Always use it before \
             offering any time, and offer only times it returned. Pass the caller's own words for day and time if you \
             are not sure. Say the returned message, then ask which time suits."
        }
        Function::BookAppointment => {
            "Books one of the times returned by check_availability, after the caller has agreed to it. Say that it is \
             booked only if the result is booked or already_booked; otherwise say the returned message."
        }
        Function::BookServices => {
            "Books two to eight different services one after another in one visit. Use it instead of booking them one \
             by one. Say that it is booked only if the result is booked or already_booked."
        }
        Function::BookSeries => {
            "Books a recurring appointment, for example every second Tuesday at nine until March. First call it with \
             preview set to true, tell the caller the result, and after they agree call it again without preview."
        }
        Function::ListAppointments => {
            "Returns the caller's coming appointments with their ids. Use it before cancelling or rescheduling."
        }
        Function::RescheduleAppointment => {
            "Moves one of the caller's appointments to a time returned by check_availability. Say that it was moved only \
             if the result is rescheduled."
        }
        Function::CancelAppointment => {
            "Cancels one of the caller's appointments, after the caller has confirmed which one. Say that it was \
             cancelled only if the result is cancelled or already_cancelled."
        }
        Function::RequestCallback => {
            "Notes that somebody shall call the caller back. Use it when the caller wishes so, or when another function \
             could not help and the caller agrees."
        }
    }
}

/// Returns what the model is to say while the caller waits.
const fn while_waiting(function: Function) -> &'static str {
    match function {
        Function::GetCustomer | Function::ListAppointments => {
            "Say in one short sentence, in the caller's language, that you are looking it up."
        }
        Function::CheckAvailability => {
            "Say in one short sentence, in the caller's language, that you are looking into the calendar. Do not guess \
             any times."
        }
        _ => {
            "Say in one short sentence, in the caller's language, that you are taking care of it. Do not say it is done."
        }
    }
}

/// Returns the flat scalars of the answer that become dynamic variables.
fn response_variables(function: Function) -> Value {
    let names: &[&str] = match function {
        Function::GetCustomer => &["customer_id", "customer_name", "preferred_staff"],
        Function::CheckAvailability => &["slot_id"],
        Function::BookAppointment | Function::BookServices => &["appointment_id", "confirmation_code"],
        Function::BookSeries => &["series_id", "confirmation_code"],
        Function::ListAppointments | Function::RescheduleAppointment | Function::CancelAppointment => {
            &["appointment_id"]
        }
        Function::RequestCallback => &["callback_id"],
    };
    let all = ["ok", "result"].iter().chain(names);
    // Prefixed where two functions answer the same name with another meaning.
    let variable =
        |name: &str| if matches!(name, "ok" | "result") { format!("{function}_{name}") } else { name.to_owned() };
    Value::Object(all.map(|name| (variable(name), json!(name))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address::new("https://calls.example.com/", "haarwerk")
    }

    #[test]
    fn every_function_is_defined_within_the_platforms_limits() {
        let definitions = definitions(&address());
        assert_eq!(definitions.len(), Function::ALL.len());
        for (tool, function) in definitions.iter().zip(Function::ALL) {
            let name = tool["name"].as_str().unwrap();
            assert!(name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert_eq!(tool["url"], format!("https://calls.example.com/retell/haarwerk/functions/{name}"));
            assert_eq!((&tool["timeout_ms"], &tool["max_retry"]), (&json!(5_000), &json!(1)));
            assert_eq!(tool["parameters"]["type"], "object", "{name}");
            assert_eq!(Function::parse(name), Some(function));
            assert!(tool["response_variables"].as_object().unwrap().values().all(Value::is_string));
        }
    }

    #[test]
    fn identity_is_never_a_parameter() {
        for tool in definitions(&address()) {
            for key in tool["parameters"]["properties"].as_object().unwrap().keys() {
                let forbidden = ["call_id", "from_number", "to_number", "tenant_id", "customer_id", "company"];
                assert!(!forbidden.contains(&key.as_str()), "{key}");
            }
        }
    }

    #[test]
    fn addresses_are_those_of_the_company() {
        assert_eq!(address().inbound(), "https://calls.example.com/retell/haarwerk/inbound");
        assert_eq!(address().events(), "https://calls.example.com/retell/haarwerk/events");
    }
}
