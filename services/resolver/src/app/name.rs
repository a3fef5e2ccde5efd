//! Names as people say and write them: who is meant, and which form of a name is worth keeping.

use std::collections::BTreeSet;

use callflow_extract::token::normalise;

/// Returns whether two names may be one person's: every word of the shorter one is a word of the longer one. Accents and
/// letter case do not count, spelling does: two people who share a number or a code must not become one.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    !one.is_empty() && !other.is_empty() && (one.is_subset(&other) || other.is_subset(&one))
}

/// Returns whether a name says more than another: a full name is not given up for a first name.
#[must_use]
pub fn is_fuller(one: &str, other: &str) -> bool {
    words(one).len() >= words(other).len()
}

/// Returns a name in the one form that names are compared in.
#[must_use]
pub fn key(name: &str) -> String {
    words(name).into_iter().collect::<Vec<_>>().join(" ")
}

fn words(name: &str) -> BTreeSet<String> {
    let parts = name.split(|symbol: char| symbol.is_whitespace() || matches!(symbol, ',' | '.' | '-' | '\''));
    parts.map(|part| plain(&normalise(part))).filter(|word| !word.is_empty()).collect()
}

/// Writes the letters of our neighbours as they are written where these letters are missing.
fn plain(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for symbol in word.chars() {
        match symbol {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'ı' | 'í' | 'î' => plain.push('i'),
            'ş' | 'š' | 'ś' => plain.push('s'),
            'ç' | 'č' | 'ć' => plain.push('c'),
            'ğ' => plain.push('g'),
            'á' | 'à' | 'â' | 'ą' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => plain.push('e'),
            'ó' | 'ô' => plain.push('o'),
            'ú' | 'û' => plain.push('u'),
            'ñ' | 'ń' => plain.push('n'),
            'ł' => plain.push('l'),
            'ž' | 'ż' | 'ź' => plain.push('z'),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_is_recognised_and_another_one_is_not() {
        for (one, other, same) in [
            ("Erika Muster", "erika muster", true),
            ("Erika Muster", "Muster", true),
            ("Muster, Erika", "Erika Muster", true),
            ("Jörg Müller", "Joerg Mueller", true),
            ("Ayşe Yılmaz", "ayse yilmaz", true),
            ("Анна Королёва", "Анна Королева", true),
            ("Hans-Peter Groß", "Hans Peter Gross", true),
            ("Erika Muster", "Erik", false),
            ("Ayşe Yılmaz", "Kemal Yılmaz", false),
            ("Erika Muster", "", false),
            ("", "", false),
            ("Erika Muster", " . - ", false),
        ] {
            assert_eq!(is_same(one, other), same, "{one} / {other}");
            assert_eq!(is_same(other, one), same, "{other} / {one}");
        }
        assert_eq!(key("Yılmaz  Ayşe"), key("ayse yilmaz"));
    }

    #[test]
    fn a_full_name_is_worth_more_than_a_part_of_it() {
        assert!(is_fuller("Erika Muster", "Erika") && is_fuller("Erika Muster", "Erika Muster"));
        assert!(!is_fuller("Muster", "Erika Muster"));
    }
}
