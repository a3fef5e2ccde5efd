//! Names from the catalog in what was said: services by alias, staff by name or nickname.

use crate::token::tokens;

/// Something with names that can be asked for.
#[derive(Debug, Clone)]
pub struct Named<T> {
    /// What the names stand for.
    pub value: T,
    /// Every name, alias and nickname.
    pub names: Vec<String>,
}

/// How a text fits a list of named things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<T> {
    /// Exactly one is meant.
    One(T),
    /// Several fit equally well: ask.
    Several(Vec<T>),
    /// None fits well enough.
    None,
}

/// Likeness from which a misheard word still counts: one wrong letter in five.
const ENOUGH: f64 = 0.8;

/// Returns what a text names. Whole names win over parts of names, and those over misheard ones.
#[must_use]
pub fn find<T: Clone + PartialEq>(text: &str, list: &[Named<T>]) -> Match<T> {
    let said = words(text);
    if said.is_empty() {
        return Match::None;
    }
    let rate = |named: &Named<T>| named.names.iter().map(|name| likeness(&said, &words(name))).fold(0.0, f64::max);
    let rated: Vec<(f64, &T)> = list.iter().map(|named| (rate(named), &named.value)).collect();
    let best = rated.iter().map(|(score, _)| *score).fold(0.0, f64::max);
    if best < ENOUGH {
        return Match::None;
    }
    let mut winners: Vec<T> =
        rated.iter().filter(|(score, _)| best - score < 1e-9).map(|(_, value)| (*value).clone()).collect();
    if winners.len() == 1 { Match::One(winners.remove(0)) } else { Match::Several(winners) }
}

fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| fold_umlauts(&token.text)).collect()
}

/// `Müller` and `Mueller` are one name.
fn fold_umlauts(word: &str) -> String {
    word.replace("ae", "ä").replace("oe", "ö").replace("ue", "ü").replace("ss", "ß")
}

/// Returns 0..=2: how well the name is said. A full name said completely rates by its length, so that "Damenhaarschnitt lang" beats "Damenhaarschnitt".
fn likeness(said: &[String], name: &[String]) -> f64 {
    if name.is_empty() {
        return 0.0;
    }
    let best_for = |part: &String| said.iter().map(|word| closeness(word, part)).fold(0.0, f64::max);
    let parts: Vec<f64> = name.iter().map(best_for).collect();
    #[expect(clippy::cast_precision_loss, reason = "names have a handful of words")]
    let (count, said_count) = (name.len() as f64, said.len() as f64);
    let complete = parts.iter().all(|part| *part >= ENOUGH);
    let mean = parts.iter().sum::<f64>() / count;
    if complete {
        return 1.0 + mean * count / count.max(said_count);
    }
    // A single word of a longer name ("Sofia" for "Sofia Brandt") counts when all that was said fits.
    let covered = said.iter().all(|word| name.iter().any(|part| closeness(word, part) >= ENOUGH));
    if covered { 0.9 } else { 0.0 }
}

/// Returns 0..=1 by edit distance over the longer word's letters; short words must be equal.
fn closeness(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let longest = one.len().max(other.len());
    if longest < 4 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "words have few letters")]
    let share = distance(&one, &other) as f64 / longest as f64;
    1.0 - share
}

fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&'static str, &[&str])]) -> Vec<Named<&'static str>> {
        entries
            .iter()
            .map(|(value, names)| Named { value: *value, names: names.iter().map(|name| (*name).to_owned()).collect() })
            .collect()
    }

    #[test]
    fn services_are_found_by_alias_misheard_or_longer() {
        let services = list(&[
            ("herren", &["Herrenhaarschnitt", "Haarschnitt Herren", "men's haircut"]),
            ("damen", &["Damenhaarschnitt"]),
            ("damen-lang", &["Damenhaarschnitt lang"]),
            ("faerben", &["Färben", "Coloration"]),
        ]);
        assert_eq!(find("Herrenhaarschnitt", &services), Match::One("herren"));
        assert_eq!(find("einen Herrenharschnitt bitte", &services), Match::One("herren"));
        assert_eq!(find("Damenhaarschnitt lang", &services), Match::One("damen-lang"));
        assert_eq!(find("Damenhaarschnitt", &services), Match::One("damen"));
        assert_eq!(find("faerben", &services), Match::One("faerben"));
        assert_eq!(find("Ölwechsel", &services), Match::None);
    }

    #[test]
    fn a_first_name_is_enough_and_two_of_the_same_are_asked_about() {
        let staff = list(&[
            ("sofia", &["Sofia Brandt"]),
            ("mehmet", &["Mehmet Aydın", "Memo"]),
            ("sofia-k", &["Sofia Keller"]),
        ]);
        assert_eq!(find("bei der Memo", &staff), Match::One("mehmet"));
        assert_eq!(find("Sofia", &staff), Match::Several(vec!["sofia", "sofia-k"]));
        assert_eq!(find("Sofia Keller", &staff), Match::One("sofia-k"));
        assert_eq!(find("", &staff), Match::None);
    }
}
