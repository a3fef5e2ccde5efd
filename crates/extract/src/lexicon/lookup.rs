//! Finding the words of a lexicon at a place in a text.

use super::Words;
use crate::token::Token;

/// Returns how many tokens from `at` on spell the phrase, or `None`.
#[must_use]
pub fn phrase(tokens: &[Token], at: usize, phrase: &str) -> Option<usize> {
    let mut length = 0;
    for word in phrase.split(' ') {
        if tokens.get(at + length)?.text != word {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// Returns the length of the longest listed phrase at `at`.
#[must_use]
pub fn any(tokens: &[Token], at: usize, phrases: &[&str]) -> Option<usize> {
    phrases.iter().filter_map(|candidate| phrase(tokens, at, candidate)).max()
}

/// Returns the length of the longest listed phrase at `at`, affixes allowed.
#[must_use]
pub fn any_form(tokens: &[Token], at: usize, phrases: &[&str], words: &Words) -> Option<usize> {
    any(tokens, at, phrases).or_else(|| stripped(tokens, at, words).iter().find_map(|variant| any(variant, 0, phrases)))
}

/// Returns value and length of the longest entry at `at`; a last word that is not listed is tried without its affixes.
#[must_use]
pub fn entry<T: Copy>(tokens: &[Token], at: usize, table: &[(&str, T)], words: &Words) -> Option<(T, usize)> {
    let exact = table.iter().filter_map(|(word, value)| Some((*value, phrase(tokens, at, word)?)));
    if let Some(found) = exact.max_by_key(|(_, length)| *length) {
        return Some(found);
    }
    stripped(tokens, at, words).into_iter().find_map(|variant| {
        let found = table.iter().filter_map(|(word, value)| Some((*value, phrase(&variant, 0, word)?)));
        found.max_by_key(|(_, length)| *length)
    })
}

/// Returns the next three tokens in variants where one of them has lost an affix.
fn stripped(tokens: &[Token], at: usize, words: &Words) -> Vec<Vec<Token>> {
    let mut variants = Vec::new();
    let window = &tokens[at.min(tokens.len())..tokens.len().min(at + 3)];
    for (index, token) in window.iter().enumerate() {
        let prefixes = words.affixes.prefixes.iter().filter_map(|affix| token.text.strip_prefix(affix));
        let suffixes = words.affixes.suffixes.iter().filter_map(|affix| token.text.strip_suffix(affix));
        // Two letters at least must remain, or endings alone would turn into words.
        for rest in prefixes.chain(suffixes).filter(|rest| rest.chars().count() >= 2) {
            let mut variant = window.to_vec();
            variant[index].text = rest.to_owned();
            variants.push(variant);
        }
    }
    variants
}

/// Returns the number at `at`, in digits or in words, and its length.
#[must_use]
pub fn number(tokens: &[Token], at: usize, words: &Words) -> Option<(u32, usize)> {
    let digits = tokens.get(at)?.text.trim_end_matches('.');
    if !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((digits.parse().ok()?, 1));
    }
    entry(tokens, at, words.numbers, words)
}
