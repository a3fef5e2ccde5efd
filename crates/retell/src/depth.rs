//! A look at how deep a JSON body nests, before anything is parsed.
//!
//! One pass over the bytes without memory of its own, so that a body of brackets costs its sender
//! more than us. It judges nesting only; whether the body is JSON at all is the parser's question.

use crate::Error;

/// Deepest nesting accepted; real bodies stay under 10.
pub const MAX: usize = 64;

/// Fails when objects and arrays nest deeper than [`MAX`].
pub fn check(body: &[u8]) -> Result<(), Error> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => at = end_of_string(body, at + 1),
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX {
                    return Err(Error::TooDeep { max: MAX });
                }
            }
            // Saturating: surplus closing brackets are no JSON, and the parser stops at the first.
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Returns the index of the closing quote of a string whose content begins at `at`.
fn end_of_string(body: &[u8], mut at: usize) -> usize {
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn the_limit_itself_is_accepted_and_one_more_is_not() {
        assert_eq!(check(nested(MAX).as_bytes()), Ok(()));
        assert_eq!(check(nested(MAX + 1).as_bytes()), Err(Error::TooDeep { max: MAX }));
        let objects = format!("{}1{}", "{\"a\":".repeat(MAX + 1), "}".repeat(MAX + 1));
        assert!(check(objects.as_bytes()).is_err());
    }

    #[test]
    fn neighbours_do_not_add_up() {
        assert_eq!(check(format!("[{}1]", "[[]],".repeat(1_000)).as_bytes()), Ok(()));
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        let quoted = format!("{{\"a\":\"{}\\\\\",\"b\":\"\\\"{}\"}}", "[".repeat(500), "{".repeat(500));
        assert_eq!(check(quoted.as_bytes()), Ok(()));
        // The escaped backslash ends the escape, so the quote behind it ends the string.
        assert!(check(format!("\"\\\\\"{}", "[".repeat(MAX + 1)).as_bytes()).is_err());
    }

    #[test]
    fn unfinished_bodies_end_the_scan() {
        for body in ["\"", "\"\\", "\"abc\\", "", "[\"", "]]]]"] {
            assert_eq!(check(body.as_bytes()), Ok(()), "{body}");
        }
    }
}
