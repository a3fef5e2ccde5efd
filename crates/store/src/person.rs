//! The person an appointment, a series or a callback is for; every part may be unknown.

use callflow_domain::{
    id::CustomerId,
    masked::{CustomerName, PersonalText, PhoneNumber},
};

/// Who it is for. Printing it shows nothing of the person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The customer, when the person is a known one.
    pub customer: Option<CustomerId>,
    /// The name as given.
    pub name: Option<CustomerName>,
    /// E.164; missing when the number was withheld.
    pub phone: Option<PhoneNumber>,
    /// The e-mail address as spelled in the call.
    pub email: Option<PersonalText>,
    /// BCP 47 tag of the language the person speaks.
    pub language: Option<String>,
}

/// The five columns a person takes in a table.
pub(crate) struct Columns {
    pub(crate) customer_id: Option<sea_orm::prelude::Uuid>,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) language: Option<String>,
}

impl From<&Person> for Columns {
    fn from(person: &Person) -> Self {
        Self {
            customer_id: person.customer.map(CustomerId::uuid),
            name: person.name.as_ref().map(|name| clean(name.expose())),
            phone: person.phone.as_ref().map(|phone| clean(phone.expose())),
            email: person.email.as_ref().map(|email| clean(email.expose())),
            language: person.language.clone(),
        }
    }
}

impl From<Columns> for Person {
    fn from(columns: Columns) -> Self {
        Self {
            customer: columns.customer_id.map(CustomerId),
            name: columns.name.map(CustomerName::new),
            phone: columns.phone.map(PhoneNumber::new),
            email: columns.email.map(PersonalText::new),
            language: columns.language,
        }
    }
}

/// Returns the text without NUL characters, which Postgres cannot store in a text.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Replaces NUL characters in every text of a JSON value, keys included.
pub(crate) fn clean_json(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => items.iter().map(clean_json).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (clean(key), clean_json(value))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_characters_do_not_reach_the_database() {
        let value = serde_json::json!({"a\0": ["b\0", {"c": "\0"}], "n": 1});
        assert!(!clean_json(&value).to_string().contains("\\u0000"));
        assert_eq!(clean_json(&value)["n"], 1);
    }

    #[test]
    fn a_person_survives_its_columns() {
        let person = Person {
            customer: Some(CustomerId(sea_orm::prelude::Uuid::from_u128(7))),
            name: Some(CustomerName::new("Ayşe")),
            phone: Some(PhoneNumber::new("+491713920017")),
            email: None,
            language: Some("tr".to_owned()),
        };
        assert_eq!(Person::from(Columns::from(&person)), person);
    }
}
