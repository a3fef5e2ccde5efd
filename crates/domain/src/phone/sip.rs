//! Numbers inside SIP addresses and `Diversion` headers.

use super::{Country, parse};
use crate::masked::PhoneNumber;

/// Most addresses of one header that are looked at; real ones have one to three.
const MAX_HOPS: usize = 8;
/// Longest header looked at, in bytes.
const MAX_HEADER_BYTES: usize = 2_048;

/// Returns the user part of a `sip:` or `tel:` address, or the text itself when it is none.
pub(super) fn user(text: &str) -> &str {
    let address = match (text.find('<'), text.find('>')) {
        (Some(open), Some(close)) if open < close => &text[open + 1..close],
        _ => text,
    };
    let rest = ["sips:", "sip:", "tel:"]
        .iter()
        .find_map(|scheme| {
            let head = address.get(..scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then(|| &address[scheme.len()..])
        })
        .unwrap_or(address);
    rest.split_once('@').map_or(rest, |(user, _)| user.split(';').next().unwrap_or(user))
}

/// Returns the numbers a call was diverted from, the one that was dialled first at the front.
///
/// A `Diversion` header (RFC 5806) lists the latest diversion first, so the order is reversed.
/// What cannot be read is left out: the header comes from foreign exchanges.
#[must_use]
pub fn diverted(header: &str, home: Option<Country>) -> Vec<PhoneNumber> {
    let mut numbers = listed(header, home);
    numbers.reverse();
    numbers
}

/// Returns the numbers of a `History-Info` header (RFC 7044), which lists the first one first.
#[must_use]
pub fn history(header: &str, home: Option<Country>) -> Vec<PhoneNumber> {
    listed(header, home)
}

/// Returns the readable numbers of a list of addresses, each once.
fn listed(header: &str, home: Option<Country>) -> Vec<PhoneNumber> {
    let mut numbers: Vec<PhoneNumber> = Vec::new();
    if header.len() > MAX_HEADER_BYTES {
        return numbers;
    }
    for address in header.split(',').take(MAX_HOPS) {
        if let Ok(parsed) = parse(address, home)
            && !numbers.contains(&parsed.number)
        {
            numbers.push(parsed.number);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_part_is_found_in_every_notation() {
        for (text, expected) in [
            ("<sip:+493023125101@trunk.example.invalid>;reason=no-answer", "+493023125101"),
            ("sip:+493023125101;phone-context=x@host;user=phone", "+493023125101"),
            ("\"Salon\" <SIPS:030231251@host:5061;transport=tls>", "030231251"),
            ("tel:+49-30-23125101", "+49-30-23125101"),
            ("anonymous@anonymous.invalid", "anonymous"),
            ("+493023125101", "+493023125101"),
            ("><", "><"),
        ] {
            assert_eq!(user(text), expected, "{text}");
        }
    }

    #[test]
    fn the_number_dialled_first_comes_first() {
        let header = "<sip:+493023125101@a>;reason=no-answer, <tel:+493023125102>;counter=1, <sip:anonymous@b>, \
                      <sip:03023125103@c>";
        let numbers = diverted(header, Some(Country::DE));
        let exposed: Vec<&str> = numbers.iter().map(PhoneNumber::expose).collect();
        assert_eq!(exposed, ["+493023125103", "+493023125102", "+493023125101"]);
    }

    #[test]
    fn a_history_lists_the_first_number_first() {
        let header = "<sip:+493023125103@a>;index=1, <sip:+493023125101@b;cause=302>;index=1.1";
        let numbers = history(header, None);
        let exposed: Vec<&str> = numbers.iter().map(PhoneNumber::expose).collect();
        assert_eq!(exposed, ["+493023125103", "+493023125101"]);
    }

    #[test]
    fn hostile_headers_name_nobody() {
        for header in ["", ",,,,", "<<<>>>", "\0\0", &"<sip:+493023125101@a>,".repeat(500), &"a".repeat(10_000)] {
            assert!(diverted(header, None).is_empty(), "{}", header.len());
        }
    }
}
