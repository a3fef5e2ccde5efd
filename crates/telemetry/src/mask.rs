//! The rule that keeps personal data out of logs and traces, and the helper that applies it.
//!
//! Names and transcripts cannot be recognised in text, so they travel in types that print masked
//! (`domain::masked`). What can be recognised is caught here as a second net, for the text we do
//! not write ourselves: error messages of libraries, panics, values echoed by a server. Three things
//! are recognised (phone numbers, addresses with an `@`, credentials in URLs), and some field names
//! are never printed at all. The net masks too much rather than too little.

use std::borrow::Cow;

/// Field names whose value is never printed, compared with the last dotted part of a field's name.
const UNPRINTED: [&str; 20] = [
    "phone",
    "phone_number",
    "from_number",
    "to_number",
    "caller_number",
    "email",
    "customer_name",
    "first_name",
    "last_name",
    "full_name",
    "transcript",
    "utterance",
    "notes",
    "args",
    "body",
    "payload",
    "password",
    "secret",
    "token",
    "authorization",
];

/// What stands in for the value of a field that is never printed.
pub const MASKED: &str = "<masked>";

/// Returns whether the value of a field of this name may be printed at all.
#[must_use]
pub fn may_print(field: &str) -> bool {
    let last = field.rsplit('.').next().unwrap_or(field);
    !UNPRINTED.contains(&last)
}

/// Returns `text` with phone numbers as `<phone>`, addresses as `<address>` and URL credentials as `***`.
///
/// Borrows when nothing had to change, which is nearly always.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match (text.contains('@'), digits >= MIN_PHONE_DIGITS) {
        (false, false) => Cow::Borrowed(text),
        (true, false) => mask_addresses(text),
        (false, true) => mask_phones(text),
        (true, true) => Cow::Owned(mask_phones(&mask_addresses(text)).into_owned()),
    }
}

/// The shortest run after a `+` that is taken for a number: country code and a short subscriber number.
const MIN_PHONE_DIGITS: usize = 7;
/// E.164 allows 15; two more for the international prefix `00`.
const MAX_PHONE_DIGITS: usize = 17;

/// Masks every word that has an `@` in it: mail and SIP addresses whole, URLs only in their credentials.
fn mask_addresses(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    let ends = |c: char| c.is_whitespace() || "\"'`<>()[]{},;=|".contains(c);
    for word in text.split_inclusive(ends) {
        let (word, end) = match word.char_indices().next_back() {
            Some((at, c)) if ends(c) => word.split_at(at),
            _ => (word, ""),
        };
        match (word.find("://"), word.rfind('@')) {
            (_, None) => out.push_str(word),
            (Some(scheme), Some(at)) if scheme < at => {
                out.push_str(&word[..scheme + 3]);
                out.push_str("***");
                out.push_str(&word[at..]);
            }
            // A lone `@` or one at the edge (`@handle`, `x@`) names nobody.
            (_, Some(at)) if at == 0 || at + 1 == word.len() => out.push_str(word),
            _ => out.push_str("<address>"),
        }
        out.push_str(end);
    }
    Cow::Owned(out)
}

/// Masks digit runs that look like phone numbers, leaving UUIDs, hex, times and decimals alone.
fn mask_phones(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        if at > 0 && (is_word(bytes[at - 1]) || is_fraction(&bytes[..at])) {
            at += 1;
        } else if is_uuid(&bytes[at..]) {
            at += 36;
        } else if let Some(length) = phone(&bytes[at..]) {
            out.push_str(&text[copied..at]);
            out.push_str("<phone>");
            at += length;
            copied = at;
        } else {
            // A date is skipped whole, or its month would begin a number.
            let date = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
            at += date.max(1);
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Returns the length of the phone number that `bytes` begins with.
fn phone(bytes: &[u8]) -> Option<usize> {
    let plus = bytes.first() == Some(&b'+');
    let mut end = usize::from(plus);
    let (mut digits, mut scan) = (0, end);
    while let Some(&byte) = bytes.get(scan) {
        scan += 1;
        if byte.is_ascii_digit() {
            (digits, end) = (digits + 1, scan);
        } else if scan - end > 3 || !separates(byte, digits, plus) {
            break;
        }
    }
    let word_goes_on = bytes.get(end).is_some_and(|&byte| is_word(byte));
    let national = bytes.first() == Some(&b'0');
    // Without `+` or a leading zero only an unbroken run counts: dates and amounts have breaks.
    let bare = end == digits && (10..=15).contains(&digits);
    let enough = digits >= if plus { MIN_PHONE_DIGITS } else { MIN_PHONE_DIGITS + 1 };
    ((plus || national) && enough && digits <= MAX_PHONE_DIGITS || bare).then_some(end).filter(|_| !word_goes_on)
}

/// Returns whether `byte` may stand between the digits of a number of which `digits` were read.
fn separates(byte: u8, digits: usize, plus: bool) -> bool {
    match byte {
        b' ' | b'-' | b'/' | b'(' | b')' => plus || digits > 0,
        // `0171.3920017` is a number, `0.3920017` an amount.
        b'.' => digits >= 2,
        _ => false,
    }
}

/// Returns whether `bytes` begins with a hyphenated UUID, whose digit groups look like numbers.
fn is_uuid(bytes: &[u8]) -> bool {
    let shaped = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    bytes.len() >= 36 && bytes[..36].iter().enumerate().all(shaped) && !bytes.get(36).is_some_and(|&b| is_word(b))
}

/// Returns whether what follows `before` is the fraction of a decimal number.
fn is_fraction(before: &[u8]) -> bool {
    matches!(before, [.., digit, b'.'] if digit.is_ascii_digit())
}

/// Returns whether a byte continues a word; bytes above ASCII belong to letters.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_in_every_common_spelling_are_masked() {
        for number in [
            "+491713920017",
            "+49 171 392 0017",
            "+49 (0)171 / 392-0017",
            "+1 (415) 555-0100",
            "00491713920017",
            "0171 3920017",
            "0171/3920017",
            "030-12345678",
            "0171.3920017",
            "491713920017",
        ] {
            for text in
                [format!("caller {number} rang"), number.to_owned(), format!("({number})"), format!("\"{number}\",x")]
            {
                let masked = mask(&text);
                assert!(masked.contains("<phone>"), "{text} → {masked}");
                assert!(!masked.bytes().any(|byte| byte.is_ascii_digit()), "{text} → {masked}");
            }
        }
    }

    #[test]
    fn addresses_and_credentials_are_masked_and_hosts_are_kept() {
        assert_eq!(mask("mail to jörg.k+x@example.org failed"), "mail to <address> failed");
        assert_eq!(mask("Diversion: <sip:+49301234567@trunk.example>"), "Diversion: <<address>>");
        assert_eq!(mask("amqp://user:p@ss@broker:5672/vh"), "amqp://***@broker:5672/vh");
        assert_eq!(mask("(email)=(anna@example.org) already exists"), "(email)=(<address>) already exists");
    }

    #[test]
    fn ids_times_and_amounts_stay_readable() {
        for text in [
            "01912345-6789-7012-8345-678901234567 stored",
            "trace 0af7651916cd43dd8448eb211c80319c",
            "2026-03-29T02:30:00.123456Z",
            "2026-03-29 10:00:00+02, 2026-03-29 11:00:00+02",
            "10.0.0.12:5432 after 1500 ms, 99.95 %",
            "sl_0123456789ABCDEF",
            "between 2026-01-05 and 2026-01-09",
            "2026-03-29 2026-03-30",
            "wrote 0 of 12 rows @ 3",
            "took 0.001234567 s",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn text_that_is_fine_is_borrowed() {
        assert!(matches!(mask("appointment booked in 12 ms"), Cow::Borrowed(_)));
    }

    #[test]
    fn fields_named_after_personal_data_are_never_printed() {
        assert!(!may_print("customer.phone") && !may_print("transcript") && !may_print("http.authorization"));
        assert!(may_print("company.id") && may_print("queue.name"));
    }
}
