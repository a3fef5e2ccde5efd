//! The addresses in `Diversion` (RFC 5806) and `History-Info` (RFC 7044) headers.

/// Longest header looked at, in bytes; real ones have a few hundred.
const MAX_BYTES: usize = 4_096;
/// Most addresses taken from one header; real ones have one to three.
const MAX_HOPS: usize = 8;

/// Returns the dialled texts of a header's addresses, in the header's order.
///
/// Addresses that name no number (`sip:anonymous@…`, `sip:reception@…`) are left out.
pub(crate) fn numbers(header: &str) -> Vec<String> {
    if header.len() > MAX_BYTES {
        return Vec::new();
    }
    entries(header).into_iter().take(MAX_HOPS).filter_map(number).collect()
}

/// Splits at the commas that separate addresses, not at those in quoted names or brackets.
fn entries(header: &str) -> Vec<&str> {
    let (mut parts, mut from, mut quoted, mut bracketed, mut escaped) = (Vec::new(), 0, false, false, false);
    for (at, byte) in header.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if !bracketed => quoted = !quoted,
            b'<' if !quoted => bracketed = true,
            b'>' if !quoted => bracketed = false,
            b',' if !quoted && !bracketed => {
                parts.push(&header[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&header[from..]);
    parts
}

/// Returns the number of one address: the user part of its URI, when that is a number.
fn number(entry: &str) -> Option<String> {
    // The display name is before the last bracket; a bare address has none, and parameters behind.
    let uri = match entry.rsplit_once('<') {
        Some((_, rest)) => rest.split_once('>')?.0,
        None => entry,
    };
    let rest = without_scheme(uri.trim());
    let user = rest.split('@').next().unwrap_or(rest);
    let user = user.split([';', '?', ':']).next().unwrap_or(user);
    digits(&percent_decoded(user)?)
}

fn without_scheme(uri: &str) -> &str {
    for scheme in ["sips:", "sip:", "tel:"] {
        if uri.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)) {
            return &uri[scheme.len()..];
        }
    }
    uri
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' {
            let (high, low) = (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
            u8::try_from(high * 16 + low).ok()?
        } else {
            byte
        };
        decoded.push(byte);
    }
    String::from_utf8(decoded).ok()
}

/// Returns a number without its visual separators, or `None` when it holds anything else.
fn digits(text: &str) -> Option<String> {
    let text = text.trim();
    let (plus, rest) = text.strip_prefix('+').map_or(("", text), |rest| ("+", rest));
    let digits: String = rest.chars().filter(|symbol| !matches!(symbol, '-' | '.' | '(' | ')' | ' ')).collect();
    let is_number = (3..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{plus}{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_every_notation() {
        for (header, expected) in [
            ("<sip:+493023125101@trunk.example.invalid>;reason=no-answer", "+493023125101"),
            ("sip:+493023125101@host:5060;transport=tls;reason=unconditional", "+493023125101"),
            ("\"Salon, \\\"Mitte\\\" <alt>\" <SIPS:+493023125101;npdi@host>;counter=1", "+493023125101"),
            ("<tel:+49-30-2312.5101;phone-context=+49>", "+493023125101"),
            ("tel:03023125101", "03023125101"),
            ("<sip:%2B493023125101@host;user=phone>", "+493023125101"),
            ("<sip:+493023125101:secret@host>", "+493023125101"),
            ("+49 30 23125101", "+493023125101"),
        ] {
            assert_eq!(numbers(header), [expected], "{header}");
        }
    }

    #[test]
    fn a_history_keeps_its_order() {
        let header = "<sip:+493023125101@a?Reason=SIP%3Bcause%3D302>;index=1, <sip:reception@b>;index=1.1,\
                      <sip:+493023125100@c>;index=1.1.1";
        assert_eq!(numbers(header), ["+493023125101", "+493023125100"]);
    }

    #[test]
    fn hostile_headers_name_nobody() {
        for header in
            ["", ",,,", "<", "><", "<sip:", "sip:%@x", "sip:%4", "sip:%ff%fe@x", "<sip:anonymous@a>", "\"\\", "12"]
        {
            assert!(numbers(header).is_empty(), "{header}");
        }
        assert!(numbers(&"<sip:+493023125101@a>,".repeat(500)).is_empty(), "beyond the size limit");
        assert_eq!(numbers(&"<sip:+493023125101@a>,".repeat(50)).len(), MAX_HOPS);
    }
}
