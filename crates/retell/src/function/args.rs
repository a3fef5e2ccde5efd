//! The arguments a model filled in, read by what they mean and not by how they are spelled.

use std::fmt;

use callflow_domain::masked::PersonalText;
use jiff::civil::{Date, Time};
use serde_json::{Map, Value};

use super::{
    junk::{flag_of, squashed, text_of, texts_of},
    said::{Said, time_behind_date},
};

/// The names an argument goes by, the proper one first.
pub(super) type Names = &'static [&'static str];

pub(super) const SERVICE: Names = &["services", "service", "service_name", "treatment", "service_id"];
pub(super) const STAFF: Names = &["staff", "staff_name", "preferred_staff", "employee", "stylist", "staff_id"];
pub(super) const BRANCH: Names = &["branch", "location", "branch_name", "location_id"];
pub(super) const DATE: Names =
    &["date", "day", "preferred_date", "start_date", "date_from", "appointment_date", "start"];
pub(super) const UNTIL: Names = &["date_to", "end_date", "until"];
pub(super) const TIME: Names = &["time", "start_time", "preferred_time", "appointment_time"];
pub(super) const TIME_FROM: Names = &["time_from", "from_time", "earliest"];
pub(super) const TIME_TO: Names = &["time_to", "to_time", "latest", "end_time"];
pub(super) const PEOPLE: Names = &["people", "persons", "party_size"];
pub(super) const SLOT: Names = &["slot_id", "slot"];
pub(super) const SLOTS: Names = &["slot_ids", "slot_id", "slots", "slot"];
pub(super) const NEW_SLOT: Names = &["new_slot_id", "new_slot", "slot_id", "slot"];
pub(super) const APPOINTMENT: Names = &["appointment_id", "appointment", "booking_id"];
pub(super) const CODE: Names = &["confirmation_code", "code", "booking_code"];
pub(super) const NAME: Names = &["customer_name", "name", "full_name", "caller_name"];
pub(super) const EMAIL: Names = &["email", "customer_email", "email_address"];
pub(super) const PHONE: Names = &["callback_number", "phone", "phone_number", "customer_phone"];
pub(super) const NOTES: Names = &["notes", "note", "comment", "message"];
pub(super) const REASON: Names = &["reason", "topic", "subject", "notes"];
pub(super) const PATTERN: Names = &["pattern", "recurrence", "frequency", "rrule", "repeat"];
pub(super) const COUNT: Names = &["count", "occurrences", "repetitions"];
pub(super) const STRATEGY: Names = &["on_conflict", "strategy", "conflict_strategy", "conflict_resolution_strategy"];
pub(super) const PREVIEW: Names = &["preview", "preview_only", "dry_run"];
pub(super) const ANY_ORDER: Names = &["any_order", "order_flexible"];
pub(super) const SAME_STAFF: Names = &["same_staff"];
pub(super) const PAST: Names = &["include_past", "past", "with_past"];
pub(super) const SCOPE: Names = &["scope", "series_scope", "cancel_series"];

/// Names that are understood, or that say who is calling and are therefore not listened to.
const TAKEN: [Names; 28] = [
    SERVICE,
    STAFF,
    BRANCH,
    DATE,
    UNTIL,
    TIME,
    TIME_FROM,
    TIME_TO,
    PEOPLE,
    SLOT,
    SLOTS,
    NEW_SLOT,
    APPOINTMENT,
    CODE,
    NAME,
    EMAIL,
    PHONE,
    NOTES,
    REASON,
    PATTERN,
    COUNT,
    STRATEGY,
    PREVIEW,
    ANY_ORDER,
    SAME_STAFF,
    PAST,
    SCOPE,
    &[
        "call_id",
        "chat_id",
        "from_number",
        "to_number",
        "tenant",
        "tenant_id",
        "company",
        "company_id",
        "customer_id",
        "agent_id",
        "execution_message",
        "language",
    ],
];

/// Most arguments looked at; the functions have a dozen, and each look-up goes through all of them.
const MAX_FIELDS: usize = 64;

/// The arguments of a function, under whatever names and types a model chose.
#[derive(Clone, Default, PartialEq)]
pub struct Args(Map<String, Value>);

impl Args {
    /// Takes the arguments as sent.
    #[must_use]
    pub const fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Returns the arguments as sent.
    #[must_use]
    pub const fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Returns the first value that says something under one of the names.
    fn find<T>(&self, names: Names, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let named = |name: &str| {
            let wanted = squashed(name);
            self.0.iter().take(MAX_FIELDS).find(|(key, _)| squashed(key) == wanted)
        };
        names.iter().find_map(|name| read(named(name)?.1))
    }

    /// Returns an argument as clean text.
    pub(super) fn text(&self, names: Names) -> Option<PersonalText> {
        self.plain(names).map(PersonalText::new)
    }

    pub(super) fn plain(&self, names: Names) -> Option<String> {
        self.find(names, text_of)
    }

    pub(super) fn texts(&self, names: Names) -> Vec<PersonalText> {
        let filled = |value: &Value| Some(texts_of(value)).filter(|texts| !texts.is_empty());
        self.find(names, filled).unwrap_or_default().into_iter().map(PersonalText::new).collect()
    }

    pub(super) fn date(&self, names: Names) -> Option<Said<Date>> {
        Some(Said::date(&self.plain(names)?))
    }

    pub(super) fn time(&self, names: Names) -> Option<Said<Time>> {
        Some(Said::time(&self.plain(names)?))
    }

    /// Returns the time that was written behind the date.
    pub(super) fn time_of_date(&self) -> Option<Said<Time>> {
        time_behind_date(&self.plain(DATE)?).map(Said::Exact)
    }

    pub(super) fn count(&self, names: Names) -> Option<Said<u32>> {
        Some(Said::count(&self.plain(names)?))
    }

    pub(super) fn flag(&self, names: Names) -> Option<bool> {
        self.find(names, flag_of)
    }

    /// Returns what else the model filled in: keys nobody here knows, as `key: value`.
    ///
    /// Companies add fields of their own (`insurance`, `prescription`); they belong into the notes.
    #[must_use]
    pub fn extra(&self) -> Vec<(String, PersonalText)> {
        let is_taken =
            |key: &str| TAKEN.iter().flat_map(|names| names.iter()).any(|name| squashed(name) == squashed(key));
        let unknown = self.0.iter().take(MAX_FIELDS).filter(|(key, _)| !is_taken(key));
        unknown.filter_map(|(key, value)| Some((key.clone(), PersonalText::new(text_of(value)?)))).collect()
    }
}

impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} arguments>", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn args(value: Value) -> Args {
        let Value::Object(fields) = value else { panic!("arguments are an object") };
        Args::new(fields)
    }

    #[test]
    fn an_argument_is_found_under_every_name_and_spelling() {
        for value in [
            json!({"time_from":"15:00"}),
            json!({"timeFrom":"15:00"}),
            json!({"Time-From":["15:00"]}),
            json!({"time_from":null,"earliest":"15:00"}),
        ] {
            assert!(matches!(args(value.clone()).time(TIME_FROM), Some(Said::Exact(_))), "{value}");
        }
        assert_eq!(args(json!({"time_from":" "})).time(TIME_FROM), None);
    }

    #[test]
    fn unknown_keys_are_kept_and_identity_is_not_among_them() {
        let args =
            args(json!({"insurance":"gesetzlich","prescription":true,"call_id":"call_001","customerId":"1","x":null}));
        let extra: Vec<(String, String)> =
            args.extra().into_iter().map(|(key, text)| (key, text.expose().to_owned())).collect();
        assert_eq!(
            extra,
            [("insurance".to_owned(), "gesetzlich".to_owned()), ("prescription".to_owned(), "true".to_owned())]
        );
        assert_eq!(format!("{args:?}"), "<5 arguments>");
    }
}
