//! Personal values that print masked, so that no log line or error text can carry them by accident.
//!
//! `Debug` and `Display` show only that a value is there; `expose` is the single, searchable way out.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! masked {
    ($($(#[$doc:meta])* $name:ident => $label:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a value.
            #[must_use]
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// Returns the value itself, for storing, sending to its owner, and nothing else.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!("<", $label, ">"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!("<", $label, ">"))
            }
        }
    )+};
}

masked! {
    /// A person's phone number in E.164 form.
    PhoneNumber => "phone",
    /// A person's name as spoken or stored.
    CustomerName => "name",
    /// What was said in a call.
    Transcript => "transcript",
    /// Free text about a person: notes, reasons, summaries.
    PersonalText => "text",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_shows_no_part_of_the_value() {
        let phone = PhoneNumber::new("+491713920017");
        let shown = format!("{phone} {phone:?} {:?}", Some(CustomerName::new("Jörg")));
        assert!(!shown.contains("49") && !shown.contains("Jörg"), "{shown}");
        assert_eq!(phone.expose(), "+491713920017");
    }
}
