//! A call as it comes in: what is known before anything is looked up.

use std::collections::HashMap;

use callflow_domain::{
    masked::PhoneNumber,
    phone::{Country, diverted, history, parse},
};
use jiff::Timestamp;

/// Most numbers a call is looked up by: the dialled one and those it was diverted from.
const NUMBERS: usize = 4;

/// What is known of a call when it rings.
#[derive(Debug, Clone)]
pub struct Ring {
    /// Slug of the company whose key signed the request.
    pub slug: String,
    /// The caller's number as it arrived.
    pub from: String,
    /// The dialled number as it arrived.
    pub to: String,
    /// The agent that answers.
    pub agent: String,
    /// SIP headers with lower-case names.
    pub headers: HashMap<String, String>,
    /// Metadata as JSON text.
    pub metadata: String,
    /// Language that was heard, in whatever spelling.
    pub detected: String,
    /// When.
    pub at: Timestamp,
}

impl Ring {
    /// Returns the readable numbers of the call and what each is, without doubles.
    pub(crate) fn dialled(&self, home: Country) -> Vec<(PhoneNumber, &'static str)> {
        let header = |name: &str| self.headers.get(name).map(String::as_str).unwrap_or_default();
        let to = parse(&self.to, Some(home)).ok().map(|parsed| (parsed.number, "the dialled number"));
        let diverted = diverted(header("diversion"), Some(home)).into_iter();
        let diverted = diverted.chain(history(header("history-info"), Some(home)));
        let diverted = diverted.map(|number| (number, "a number the call was diverted from"));
        let mut found: Vec<(PhoneNumber, &str)> = Vec::new();
        // Where the caller wanted to go comes first; where the call went after that, second.
        for one in diverted.take(NUMBERS - 1).chain(to) {
            if !found.iter().any(|(number, _)| *number == one.0) {
                found.push(one);
            }
        }
        found
    }
}
