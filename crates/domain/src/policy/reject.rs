//! Calls a company does not take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phone::Caller;

/// Which calls are rejected before an agent answers; none when empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reject {
    /// Numbers in E.164 form, or beginnings of them that end in `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<String>,
    /// Most calls of one number within an hour; further ones are rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_per_hour: Option<u32>,
    /// Whether callers who withhold their number are rejected.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}

/// Why a call is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// The number is on the list.
    Listed,
    /// The number called too often.
    TooOften,
    /// The number is withheld and the company does not take such calls.
    Withheld,
}

impl Rejection {
    /// Returns the stable lower-case name, for metrics labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::TooOften => "too_often",
            Self::Withheld => "withheld",
        }
    }
}

impl Reject {
    /// Returns whether no call is ever rejected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Decides about a call; `calls_last_hour` counts the caller's calls before this one.
    #[must_use]
    pub fn decide(&self, caller: &Caller, calls_last_hour: u32) -> Option<Rejection> {
        if *caller == Caller::Withheld {
            return self.withheld.then_some(Rejection::Withheld);
        }
        let number = caller.number()?.expose();
        let is_listed = |entry: &String| match entry.strip_suffix('*') {
            Some(beginning) => number.starts_with(beginning),
            None => entry == number,
        };
        if self.numbers.iter().any(is_listed) {
            Some(Rejection::Listed)
        } else {
            self.calls_per_hour.filter(|most| calls_last_hour >= *most).map(|_| Rejection::TooOften)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_frequent_and_hidden_callers_are_rejected_where_asked_for() {
        let reject: Reject =
            serde_json::from_str(r#"{"numbers":["+491713920017","+4990*"],"calls_per_hour":3,"withheld":true}"#)
                .unwrap();
        for (caller, calls, expected) in [
            ("+491713920017", 0, Some(Rejection::Listed)),
            ("+4990012345678", 0, Some(Rejection::Listed)),
            ("+491713920018", 2, None),
            ("+491713920018", 3, Some(Rejection::TooOften)),
            ("anonymous", 9, Some(Rejection::Withheld)),
            ("110", 9, None),
        ] {
            assert_eq!(reject.decide(&Caller::read(caller, None), calls), expected, "{caller}");
        }
        assert_eq!(Reject::default().decide(&Caller::Withheld, 1_000), None);
        assert!(Reject::default().is_empty() && !reject.is_empty());
    }
}
