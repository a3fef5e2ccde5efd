//! Letters and digits as they are spelled aloud.

/// Longest text looked at, in bytes: five symbols with a spelling word each stay far below.
const MAX_BYTES: usize = 200;

/// Names of symbols: digits, letters in German and English, and words of spelling alphabets.
const NAMES: [(u8, &str); 29] = [
    (b'0', "null zero oh"),
    (b'1', "eins ein one"),
    (b'2', "zwei zwo two too"),
    (b'3', "drei three"),
    (b'4', "vier four fier"),
    (b'5', "fünf fuenf five"),
    (b'6', "sechs six"),
    (b'7', "sieben seven"),
    (b'8', "acht eight"),
    (b'9', "neun nine"),
    (b'A', "ah anton aachen alpha"),
    (b'B', "be beh bee berta berlin bravo"),
    (b'C', "ce tse cee cäsar chemnitz charlie"),
    (b'D', "deh dee dora düsseldorf delta"),
    (b'F', "ef eff friedrich frankfurt foxtrot"),
    (b'H', "ha hah aitch heinrich hamburg hotel"),
    (b'J', "jott jot jay julius jena juliett"),
    (b'K', "ka kah kay kaufmann konrad köln kilo"),
    (b'L', "el ell ludwig leipzig lima"),
    (b'M', "em emm martha münchen mike"),
    (b'N', "en enn nordpol november"),
    (b'Q', "ku kuh cue quelle quickborn quebec"),
    (b'R', "er err ar are richard rostock romeo"),
    (b'S', "es ess samuel salzwedel sierra"),
    (b'T', "te teh tee theodor tübingen tango"),
    (b'V', "vau vee viktor völklingen victor"),
    (b'W', "we weh wilhelm wuppertal whiskey doubleu"),
    (b'Y', "ypsilon why ysop yankee"),
    (b'Z', "zett zet zed zee zacharias zeppelin zwickau zulu zebra"),
];

/// Words that say which word a letter is spelled with: what follows repeats the letter.
const AS_IN: [&str; 5] = ["wie", "as", "for", "like", "von"];
/// Words that carry no symbol although they consist of symbols' letters.
const FILLERS: [&str; 12] =
    ["my", "mein", "code", "ist", "is", "the", "der", "und", "and", "dann", "then", "bindestrich"];

/// Returns the symbols of a text in order, or `None` when a word is no symbol and no filler.
pub(super) fn symbols(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let lower = text.to_lowercase().replace("double-u", "doubleu").replace("double u", "doubleu");
    let mut words = lower.split(|symbol: char| !symbol.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if !found.is_empty() && AS_IN.contains(&word) {
            // `wie Kaufmann`, `as in kilo`
            words.next_if_eq(&"in");
            words.next();
        } else if !FILLERS.contains(&word) {
            found.extend(of_word(word)?);
        }
    }
    Some(found)
}

fn of_word(word: &str) -> Option<Vec<u8>> {
    let named = NAMES.iter().find(|(_, names)| names.split(' ').any(|name| name == word));
    if let Some((symbol, _)) = named {
        return Some(vec![*symbol]);
    }
    // Single symbols and runs of them: `k4r`. A longer word is something else that was said.
    (word.is_ascii() && word.len() <= super::Code::LEN).then(|| word.to_ascii_uppercase().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_for_two_symbols() {
        let mut seen = std::collections::HashSet::new();
        for (symbol, names) in NAMES {
            assert!(symbol.is_ascii_alphanumeric());
            assert!(names.split(' ').all(|name| seen.insert(name)), "{names}");
        }
    }
}
