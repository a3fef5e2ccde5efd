//! The parameters of each function as JSON schema.

use serde_json::{Map, Value, json};

use crate::function::Function;

/// A parameter: its name, its type, and what the model is told about it.
struct Parameter(&'static str, Kind, &'static str);

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Whole,
    Flag,
    Texts,
    OneOf(&'static [&'static str]),
}

use Kind::{Flag, OneOf, Text, Texts, Whole};

const SERVICE: Parameter = Parameter("service", Text, "The service as the caller names it, e.g. Herrenhaarschnitt.");
const DATE: Parameter =
    Parameter("date", Text, "The day as YYYY-MM-DD, worked out from today's date, or the caller's own words.");
const DATE_TO: Parameter = Parameter("date_to", Text, "The last day if the caller names a range, as YYYY-MM-DD.");
const TIME: Parameter = Parameter("time", Text, "The time as HH:MM (24 hours), or the caller's own words.");
const TIME_FROM: Parameter = Parameter("time_from", Text, "Earliest start as HH:MM, if the caller names one.");
const TIME_TO: Parameter = Parameter("time_to", Text, "Latest start as HH:MM, if the caller names one.");
const STAFF: Parameter = Parameter("staff", Text, "The staff member the caller asks for, if any.");
const BRANCH: Parameter = Parameter("branch", Text, "Another branch, only if the caller asks for it.");
const SLOT: Parameter = Parameter("slot_id", Text, "The slot_id of the time the caller chose, exactly as returned.");
const NAME: Parameter = Parameter("customer_name", Text, "The caller's full name, as spelled by the caller.");
const NOTES: Parameter = Parameter("notes", Text, "Anything the staff should know.");
const CODE: Parameter =
    Parameter("confirmation_code", Text, "The confirmation code, if the caller's number is withheld.");
const APPOINTMENT: Parameter =
    Parameter("appointment_id", Text, "The appointment_id exactly as returned by list_appointments or get_customer.");

/// Returns the schema of a function's arguments; only what is truly needed is required, because models invent what they must fill in.
#[must_use]
pub fn parameters(function: Function) -> Value {
    match function {
        Function::GetCustomer => schema(&[NAME, CODE], &[]),
        Function::CheckAvailability => {
            schema(&[SERVICE, DATE, DATE_TO, TIME, TIME_FROM, TIME_TO, STAFF, BRANCH], &["service"])
        }
        Function::BookAppointment => schema(&[SLOT, SERVICE, NAME, NOTES], &["slot_id", "customer_name"]),
        Function::BookServices => services(),
        Function::BookSeries => series(),
        Function::ListAppointments => schema(&[NAME, CODE], &[]),
        Function::RescheduleAppointment => {
            let new_slot = Parameter("new_slot_id", Text, "The slot_id of the new time, exactly as returned.");
            schema(&[APPOINTMENT, new_slot, CODE], &["new_slot_id"])
        }
        Function::CancelAppointment => cancel(),
        Function::RequestCallback => callback(),
    }
}

fn services() -> Value {
    let list = Parameter("services", Texts, "The services in the order the caller names them, two to eight.");
    let slots = Parameter("slot_ids", Texts, "The slot ids of an offered sequence, one for each service.");
    let any_order = Parameter("any_order", Flag, "Whether the caller does not mind the order.");
    let same_staff = Parameter("same_staff", Flag, "Whether one person should do everything.");
    let all = [list, slots, DATE, DATE_TO, TIME_FROM, TIME_TO, STAFF, any_order, same_staff, NAME, NOTES];
    schema(&all, &["services", "customer_name"])
}

fn series() -> Value {
    let pattern = Parameter(
        "pattern",
        Text,
        "weekly:mo,we,fr | biweekly:tu | monthly:15 | monthly:last:friday | every:3weeks:th | an RRULE | or the caller's words.",
    );
    let start = Parameter("start_date", Text, "The first possible day as YYYY-MM-DD.");
    let end = Parameter("end_date", Text, "The last possible day as YYYY-MM-DD, or use count.");
    let count = Parameter("count", Whole, "How many appointments, instead of end_date.");
    let strategies = OneOf(&["skip", "shift", "other_staff", "other_branch", "fail"]);
    let conflict = Parameter(
        "on_conflict",
        strategies,
        "What to do with a date that is taken; skip unless the caller says otherwise.",
    );
    let preview = Parameter("preview", Flag, "true to only look what would be booked.");
    let all = [SERVICE, pattern, start, end, count, TIME, STAFF, conflict, preview, NAME, NOTES];
    schema(&all, &["service", "pattern", "start_date", "time"])
}

fn cancel() -> Value {
    let reason = Parameter("reason", Text, "Why, if the caller says so.");
    let scope = Parameter(
        "scope",
        OneOf(&["one", "following", "all"]),
        "How much of a series; one unless the caller says otherwise.",
    );
    schema(&[APPOINTMENT, CODE, DATE, TIME, reason, scope], &[])
}

fn callback() -> Value {
    let number = Parameter("callback_number", Text, "Another number than the one the caller calls from, if given.");
    let reason = Parameter("reason", Text, "What it is about, in one sentence.");
    schema(&[NAME, number, reason, SERVICE, DATE, TIME], &[])
}

fn schema(parameters: &[Parameter], required: &[&str]) -> Value {
    let properties: Map<String, Value> = parameters.iter().map(property).collect();
    debug_assert!(required.iter().all(|name| properties.contains_key(*name)), "required but not described");
    json!({ "type": "object", "properties": properties, "required": required })
}

fn property(Parameter(name, kind, description): &Parameter) -> (String, Value) {
    let value = match kind {
        Text => json!({ "type": "string", "description": description }),
        Whole => json!({ "type": "integer", "description": description }),
        Flag => json!({ "type": "boolean", "description": description }),
        Texts => json!({ "type": "array", "items": { "type": "string" }, "description": description }),
        OneOf(choices) => json!({ "type": "string", "enum": choices, "description": description }),
    };
    ((*name).to_owned(), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{Args, Command};

    /// Fills every parameter with a value of its type.
    fn filled(function: Function) -> Args {
        let schema = parameters(function);
        let value = |property: &Value| match property["type"].as_str() {
            Some("integer") => json!(3),
            Some("boolean") => json!(true),
            Some("array") => json!(["x"]),
            _ => property["enum"].get(1).cloned().unwrap_or_else(|| json!("x")),
        };
        let fields = schema["properties"].as_object().unwrap();
        Args::new(fields.iter().map(|(name, property)| (name.clone(), value(property))).collect())
    }

    #[test]
    fn every_parameter_that_is_described_is_understood() {
        for function in Function::ALL {
            let args = filled(function);
            assert!(args.extra().is_empty(), "{function}");
            for name in args.fields().keys() {
                let mut without = args.fields().clone();
                without.remove(name);
                let (with, without) = (Command::of(function, &args), Command::of(function, &Args::new(without)));
                assert_ne!(with, without, "{function} does not read {name}");
            }
        }
    }
}
