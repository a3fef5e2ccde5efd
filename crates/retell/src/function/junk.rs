//! What models write where nothing, a number or one word belongs.

use serde_json::Value;

use crate::text::{MAX_CHARS, one_line};

/// Words that stand for "nothing", in lower case.
const NOTHING: [&str; 8] = ["null", "none", "undefined", "n/a", "nil", "-", "nan", "[]"];

const YES: [&str; 10] = ["true", "yes", "y", "1", "on", "ja", "evet", "да", "نعم", "oui"];
const NO: [&str; 10] = ["false", "no", "n", "0", "off", "nein", "hayır", "нет", "لا", "non"];

/// Returns a key or name in the form in which spellings are compared: `timeFrom` is `time_from`.
pub(super) fn squashed(name: &str) -> String {
    let plain = name.chars().filter(|symbol| symbol.is_alphanumeric()).take(64);
    plain.flat_map(char::to_lowercase).collect()
}

/// Returns one clean line, or `None` when the text says nothing: blank, a word for nothing, or a
/// template the platform had no value for.
pub(super) fn meaningful(text: &str) -> Option<String> {
    let line = one_line(text, MAX_CHARS)?;
    let is_template = line.starts_with("{{") && line.ends_with("}}");
    (!is_template && !NOTHING.contains(&line.to_lowercase().as_str())).then_some(line)
}

/// Returns the text of a scalar, of the first filled element of an array, or of an object's one
/// telling field.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => meaningful(text),
        Value::Array(items) => items.iter().find_map(text_of),
        Value::Object(fields) => {
            ["id", "slot_id", "name", "value", "text"].iter().find_map(|name| text_of(fields.get(*name)?))
        }
    }
}

/// Returns every filled element of an array, or the parts of a list written as one text.
pub(super) fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(text_of).collect(),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(items)) => items.iter().filter_map(text_of).collect(),
            _ => text.split([',', ';', '\n']).filter_map(meaningful).collect(),
        },
        other => text_of(other).into_iter().collect(),
    }
}

/// Returns a yes or no, also from a word in one of the languages spoken.
pub(super) fn flag_of(value: &Value) -> Option<bool> {
    let word = text_of(value)?.to_lowercase();
    match word.as_str() {
        word if YES.contains(&word) => Some(true),
        word if NO.contains(&word) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_recognised_in_every_dress() {
        for value in [
            json!(null),
            json!(""),
            json!(" \n"),
            json!("None"),
            json!("null"),
            json!([]),
            json!([null, ""]),
            json!({}),
            json!("{{slot_id}}"),
            json!("N/A"),
        ] {
            assert_eq!(text_of(&value), None, "{value}");
        }
    }

    #[test]
    fn scalars_are_found_inside_their_wrapping() {
        for value in [json!("7"), json!(7), json!(["", 7]), json!({"value": "7"}), json!([{"id": 7}])] {
            assert_eq!(text_of(&value).as_deref(), Some("7"), "{value}");
        }
    }

    #[test]
    fn lists_are_found_in_arrays_and_texts() {
        let expected = ["Waschen & Föhnen", "Färben"];
        for value in [
            json!(["Waschen & Föhnen", "", "Färben"]),
            json!("Waschen & Föhnen, Färben"),
            json!("[\"Waschen & Föhnen\",\"Färben\"]"),
            json!([{"name": "Waschen & Föhnen"}, {"name": "Färben"}]),
        ] {
            assert_eq!(texts_of(&value), expected, "{value}");
        }
        assert_eq!(texts_of(&json!(3)), ["3"]);
    }

    #[test]
    fn a_yes_is_a_yes_in_five_languages() {
        for value in [json!(true), json!("Ja"), json!("evet"), json!("ДА"), json!("نعم"), json!(1), json!("true")]
        {
            assert_eq!(flag_of(&value), Some(true), "{value}");
        }
        assert_eq!((flag_of(&json!("nein")), flag_of(&json!("vielleicht"))), (Some(false), None));
    }
}
