//! The many ways carriers say that a number is not shown.

use super::{MAX_BYTES, sip};

/// Words for a number that is not shown, with everything but letters and digits removed.
const WORDS: [&str; 32] = [
    "anonymous",
    "anonym",
    "anonymouscaller",
    "unknown",
    "unknowncaller",
    "unknownnumber",
    "unbekannt",
    "restricted",
    "private",
    "privat",
    "privatenumber",
    "privatecaller",
    "withheld",
    "numberwithheld",
    "unavailable",
    "notavailable",
    "nichtverfügbar",
    "blocked",
    "hidden",
    "suppressed",
    "unterdrückt",
    "callerid",
    "nocallerid",
    "callerunknown",
    "nonumber",
    "none",
    "null",
    "nil",
    "undefined",
    "na",
    "gizlinumara",
    "неизвестно",
];

/// The same words typed on a telephone keypad, as some carriers send them instead:
/// anonymous, restricted, blocked, unknown, unavailable, private.
const KEYPAD: [&str; 6] = ["266696687", "7378742833", "2562533", "8656696", "86282452253", "7748283"];

/// Returns whether the text says that the caller's number is not shown.
pub(super) fn is_withheld(text: &str) -> bool {
    if text.len() > MAX_BYTES {
        return false;
    }
    let plain: String =
        sip::user(text.trim()).chars().filter(|symbol| symbol.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let is_zero = !plain.is_empty() && plain.bytes().all(|byte| byte == b'0');
    let says_nothing = plain.is_empty() && !text.chars().any(char::is_control);
    says_nothing || is_zero || WORDS.contains(&plain.as_str()) || KEYPAD.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carriers_ways_of_saying_nothing_are_recognised() {
        for text in [
            "anonymous",
            "Anonymous",
            " ANONYMOUS\n",
            "unknown",
            "restricted",
            "private",
            "Private Number",
            "No Caller ID",
            "withheld",
            "N/A",
            "null",
            "",
            "   ",
            "-",
            "+",
            "0",
            "0000000000",
            "+266696687",
            "+7378742833",
            "+8656696",
            "sip:anonymous@anonymous.invalid",
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
            "<sip:unknown@10.0.0.1>",
            "unterdrückt",
        ] {
            assert!(is_withheld(text), "{text:?}");
        }
    }

    #[test]
    fn numbers_and_noise_are_not_withheld() {
        for text in ["+491713920017", "110", "anonymous123", "hello", "\0", "0049301", &"0".repeat(10_000)] {
            assert!(!is_withheld(text), "{}", text.len());
        }
    }
}
