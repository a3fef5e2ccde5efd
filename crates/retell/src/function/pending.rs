//! The id of the invocation a request stands for.
//!
//! It is not in the request itself but at the end of the transcript so far: the invocation of the
//! same function that has no result yet. It is the best idempotency key there is.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use super::junk::squashed;
use crate::{lenient, raw::Raw};

/// Most invocations without a result that are kept in mind; a call has one or two.
const MAX_OPEN: usize = 64;

/// Returns the id of the last open invocation of this function, the one with these arguments first.
///
/// A model may ask twice in one breath; both requests then see both invocations open, and only the
/// arguments tell them apart.
pub(super) fn tool_call_id(turns: Raw<'_>, name: &str, args: &Map<String, Value>) -> Option<String> {
    let mut open = turns.decode::<Open<'_>>()?.0;
    open.retain(|invocation| squashed(&invocation.name) == squashed(name));
    let same = open.iter().rev().find(|invocation| open.len() > 1 && invocation.has_args(args));
    same.or_else(|| open.last()).map(|invocation| invocation.id.to_string())
}

struct Invocation<'a> {
    id: Cow<'a, str>,
    name: Cow<'a, str>,
    arguments: Option<Raw<'a>>,
}

impl Invocation<'_> {
    fn has_args(&self, args: &Map<String, Value>) -> bool {
        self.arguments.is_some_and(|raw| super::args_of(raw) == *args)
    }
}

/// The invocations that have no result; the transcript is read turn by turn and not kept.
struct Open<'a>(Vec<Invocation<'a>>);

#[derive(Deserialize)]
struct Turn<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    role: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    tool_call_id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    name: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    arguments: Option<Raw<'a>>,
}

/// A turn, or whatever else stands in its place.
struct Entry<'a>(Option<Turn<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::object(deserializer).map(Self)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Open<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(OpenVisitor).map(Self)
    }
}

struct OpenVisitor;

impl<'de> Visitor<'de> for OpenVisitor {
    type Value = Vec<Invocation<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of turns")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut turns: A) -> Result<Self::Value, A::Error> {
        let mut open: Vec<Invocation<'de>> = Vec::new();
        while let Some(Entry(turn)) = turns.next_element()? {
            let Some(Turn { role: Some(role), tool_call_id: Some(id), name, arguments }) = turn else { continue };
            match (role.as_ref(), name) {
                ("tool_call_invocation", Some(name)) => {
                    if open.len() == MAX_OPEN {
                        open.remove(0);
                    }
                    open.push(Invocation { id, name, arguments });
                }
                ("tool_call_result", _) => open.retain(|invocation| invocation.id != id),
                _ => {}
            }
        }
        Ok(open)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pending(turns: &Value, name: &str, args: &Value) -> Option<String> {
        let text = turns.to_string();
        tool_call_id(serde_json::from_str(&text).unwrap(), name, args.as_object().unwrap())
    }

    fn asks(id: &str, name: &str, arguments: &Value) -> Value {
        json!({"role":"tool_call_invocation","tool_call_id":id,"name":name,"arguments":arguments.to_string(),"time_sec":1.5})
    }

    #[test]
    fn the_open_invocation_of_the_same_function_is_found() {
        let turns = json!([
            {"role":"agent","content":"…","words":[{"word":"…","start":0.1}]},
            asks("tc_1", "check_availability", &json!({})),
            {"role":"tool_call_result","tool_call_id":"tc_1","content":"{}"},
            asks("tc_2", "get_customer", &json!({})),
            asks("tc_3", "check_availability", &json!({})),
            {"role":"node_transition"}, null, 7, "x", [1],
        ]);
        assert_eq!(pending(&turns, "check_availability", &json!({})).as_deref(), Some("tc_3"));
        assert_eq!(pending(&turns, "getCustomer", &json!({})).as_deref(), Some("tc_2"));
        assert_eq!(pending(&turns, "book_appointment", &json!({})), None);
    }

    #[test]
    fn two_questions_in_one_breath_are_told_apart_by_their_arguments() {
        let (monday, friday) = (json!({"date":"2026-11-30"}), json!({"date":"2026-12-04"}));
        let turns = json!([asks("tc_1", "check_availability", &monday), asks("tc_2", "check_availability", &friday)]);
        assert_eq!(pending(&turns, "check_availability", &monday).as_deref(), Some("tc_1"));
        assert_eq!(pending(&turns, "check_availability", &friday).as_deref(), Some("tc_2"));
        assert_eq!(pending(&turns, "check_availability", &json!({"date":"x"})).as_deref(), Some("tc_2"));
    }

    #[test]
    fn a_transcript_of_another_shape_has_no_invocation() {
        for turns in [json!({}), json!("x"), json!(null), json!([{"role":"tool_call_invocation"}])] {
            assert_eq!(pending(&turns, "get_customer", &json!({})), None, "{turns}");
        }
    }
}
