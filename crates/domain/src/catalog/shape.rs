//! The form of a catalog document: its JSON schema, and everything in which a document departs from it.
//!
//! Reading a document into types ends at the first mistake. An operator wants all of them, so a document that cannot
//! be read is walked along the schema, which knows every field, and each leaf is read by the type that owns it.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Catalog, Problem};
use crate::{
    language::Language,
    phone::Country,
    schedule::{Days, Holiday, LocalBound, WallTime},
};

/// How the message about a field that does not exist begins.
pub(super) const NO_FIELD: &str = "is no field here";
/// Problems after which the walk ends.
const MOST: usize = 1_000;

/// Reads a value by its type and returns what is wrong with it.
type Read = fn(&Value) -> Option<String>;

/// Types whose text has a form of its own, under their names in the schema.
const OWNERS: [(&str, Read); 7] = [
    ("Country", read_as::<Country>),
    ("Language", read_as::<Language>),
    ("WallTime", read_as::<WallTime>),
    ("Days", read_as::<Days>),
    ("LocalDate", read_as::<Date>),
    ("LocalBound", read_as::<LocalBound>),
    ("Holiday", read_as::<Holiday>),
];

fn read_as<T: DeserializeOwned>(value: &Value) -> Option<String> {
    T::deserialize(value).err().map(|error| error.to_string())
}

/// Returns the JSON schema of catalog documents, for editors.
#[must_use]
pub fn schema() -> Value {
    let schema = schemars::schema_for!(Catalog);
    serde_json::to_value(schema).expect("a schema is JSON")
}

/// Reads a catalog from JSON text.
///
/// # Errors
/// Everything in which the document departs from the form of catalogs: fields that do not exist, fields that are
/// missing, values of the wrong kind. What a document of the right form says is checked by [`validate`](super::validate).
pub fn read(json: &str) -> Result<Catalog, Vec<Problem>> {
    let cause = match serde_json::from_str(json) {
        Ok(catalog) => return Ok(catalog),
        Err(cause) => cause,
    };
    let whole = |message: String| vec![Problem { path: String::new(), message }];
    match serde_json::from_str::<Value>(json) {
        Err(error) => Err(whole(format!("is no JSON: {error}"))),
        Ok(document) => match departures(&document) {
            found if found.is_empty() => Err(whole(cause.to_string())),
            found => Err(found),
        },
    }
}

/// Returns every departure of a document from the schema.
fn departures(document: &Value) -> Vec<Problem> {
    static SCHEMA: LazyLock<Value> = LazyLock::new(schema);
    let mut walk = Walk { schema: &SCHEMA, found: Vec::new() };
    walk.value(String::new(), document, &SCHEMA);
    walk.found.truncate(MOST);
    walk.found
}

struct Walk<'a> {
    schema: &'a Value,
    found: Vec<Problem>,
}

impl Walk<'_> {
    fn add(&mut self, path: String, message: String) {
        self.found.push(Problem { path, message });
    }

    fn value(&mut self, path: String, value: &Value, schema: &Value) {
        if self.found.len() >= MOST {
            return;
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
            let before = self.found.len();
            self.value(path.clone(), value, &self.schema["$defs"][name]);
            let owner = OWNERS.iter().find(|(owner, _)| *owner == name).map(|(_, read)| read);
            if let Some(problem) = owner.filter(|_| self.found.len() == before).and_then(|read| read(value)) {
                self.add(path, problem);
            }
            return;
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            // Something or nothing; if it is not nothing, it is held against the something.
            let some = choices.iter().find(|choice| choice["type"] != "null");
            if let Some(some) = some.filter(|_| !value.is_null()) {
                self.value(path, value, some);
            }
            return;
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let accepted: Vec<&str> = choices.iter().filter_map(|choice| choice["const"].as_str()).collect();
            if !value.as_str().is_some_and(|text| accepted.contains(&text)) {
                self.add(path, format!("is {}, accepted are {}", shown(value), accepted.join(", ")));
            }
            return;
        }
        if let Some(message) = wrong_type(value, &schema["type"]) {
            return self.add(path, message);
        }
        match value {
            Value::Object(fields) => self.object(&path, fields, schema),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(format!("{path}[{index}]"), item, &schema["items"]);
                }
            }
            Value::Number(number) => {
                let minimum = schema["minimum"].as_f64();
                if minimum.zip(number.as_f64()).is_some_and(|(minimum, value)| value < minimum) {
                    self.add(path, format!("is {number}, which is less than {}", schema["minimum"]));
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, path: &str, fields: &Map<String, Value>, schema: &Value) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                self.add(below(name), "is missing".to_owned());
            }
        }
        let empty = Map::new();
        let known = schema["properties"].as_object().unwrap_or(&empty);
        for (name, value) in fields {
            match (known.get(name), &schema["additionalProperties"]) {
                (Some(schema), _) => self.value(below(name), value, schema),
                (None, Value::Bool(false)) => {
                    let accepted: Vec<&str> = known.keys().map(String::as_str).collect();
                    self.add(below(name), format!("{NO_FIELD}; accepted are {}", accepted.join(", ")));
                }
                (None, others) => {
                    self.value(below(name), &Value::from(name.as_str()), &schema["propertyNames"]);
                    self.value(below(name), value, others);
                }
            }
        }
    }
}

/// Returns what is wrong with the kind of a value, where the schema names kinds.
fn wrong_type(value: &Value, accepted: &Value) -> Option<String> {
    let accepted: Vec<&str> = match accepted {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let fits = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => true,
    };
    if accepted.iter().any(fits) {
        return None;
    }
    let wanted: Vec<&str> = accepted.iter().filter(|kind| **kind != "null").map(|kind| word(kind)).collect();
    let hint = match value {
        Value::Number(_) | Value::Bool(_) if accepted.contains(&"string") => "; put it in quotes",
        _ => "",
    };
    Some(format!("is {}, expected {}{hint}", shown(value), wanted.join(" or ")))
}

fn word(kind: &str) -> &'static str {
    match kind {
        "object" => "fields",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        _ => "a number",
    }
}

/// Returns a value as it is shown in a message: short ones themselves, long ones by their kind.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "a set of fields".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) if text.len() > 40 => "a long text".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(yaml: &str) -> Vec<String> {
        let document: Value = serde_saphyr::from_str(yaml).unwrap();
        read(&document.to_string()).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_departure_is_found_at_once() {
        let found = problems(
            r#"
            companys: []
            companies:
            - slug: a
              colour: red
              country: Germany
              default_language: no such language
              time_zone: 7
              policies: { step_min: -5, alignment: sometimes, cancel: { notice_min: 60 } }
              branches: { slug: b }
              phone_numbers: [{ number: 493023125100 }, "x"]
              staff:
              - { slug: s, name: S, branch: b, active: maybe, schedule: { hours: [{ days: mo-xx, from: "25:00", to: "9" }] } }
              services:
              - { slug: t, name: T, duration_min: 30.5, aliases: { "?": [x], de: y } }
              schedule: { holidays: [{ name: X }, { date: 2026-02-30, name: Yule }], time_off: [{ from: heute, to: 2026-01-01 }] }
            "#,
        );
        for (path, says) in [
            ("companys", "no field here; accepted are companies"),
            ("companies[0].name", "is missing"),
            ("companies[0].colour", "no field here"),
            ("companies[0].country", "two letters"),
            ("companies[0].default_language", "expected a language"),
            ("companies[0].time_zone", "is 7, expected a text; put it in quotes"),
            ("companies[0].policies.step_min", "less than 0"),
            ("companies[0].policies.alignment", "accepted are clock, range"),
            ("companies[0].policies.cancel.late", "is missing"),
            ("companies[0].branches", "is a set of fields, expected a list"),
            ("companies[0].phone_numbers[0].number", "put it in quotes"),
            ("companies[0].phone_numbers[1]", "expected fields"),
            ("companies[0].staff[0].active", "expected true or false"),
            ("companies[0].staff[0].schedule.hours[0].days", "xx"),
            ("companies[0].staff[0].schedule.hours[0].from", "25:00"),
            ("companies[0].staff[0].schedule.hours[0].to", "not a time"),
            ("companies[0].services[0].duration_min", "is 30.5, expected a whole number"),
            ("companies[0].services[0].aliases.?", "expected a language"),
            ("companies[0].services[0].aliases.de", "expected a list"),
            ("companies[0].schedule.holidays[0]", "either a date, or a from and a to"),
            ("companies[0].schedule.holidays[1].date", ""),
            ("companies[0].schedule.time_off[0].from", "heute"),
        ] {
            let fits = |one: &String| one.starts_with(&format!("{path}: ")) && one.contains(says);
            assert!(found.iter().any(fits), "{path}: {says}\nnot in {found:#?}");
        }
        assert_eq!(found.len(), 22, "{found:#?}");
    }

    #[test]
    fn what_is_no_document_is_said_of_the_whole() {
        for json in ["", "{", "[]", "null", "7", "{\"companies\": 7}"] {
            let found = read(json).unwrap_err();
            assert_eq!(found.len(), 1, "{json}: {found:?}");
        }
        let deep = format!("{{\"companies\": {}", "[".repeat(100_000));
        assert_eq!(read(&deep).unwrap_err().len(), 1);
    }

    #[test]
    fn a_document_of_the_right_form_has_no_departures() {
        let demo: Value = serde_saphyr::from_str(include_str!("../../../../deploy/config/demo.yaml")).unwrap();
        assert_eq!(departures(&demo), []);
        assert!(read(&demo.to_string()).is_ok());
    }
}
