//! Text cut into words and numbers, normalised for comparing, each with its place in the text.

use std::ops::Range;

/// A word, a number, or a group of numbers written together (`26.11.2026`, `15:30`, `2026-11-26`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Lower-case, digits in ASCII, Arabic letters in one spelling.
    pub text: String,
    /// Bytes of the original text.
    pub span: Range<usize>,
}

impl Token {
    /// Returns the value of a token that is all digits.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.text.bytes().all(|byte| byte.is_ascii_digit()).then(|| self.text.parse().ok()).flatten()
    }
}

/// Returns the tokens of a text in order.
///
/// Digits stay together with the `.`, `:`, `-` and `/` between them; letters and digits part (`3pm` is two tokens), and so do a word
/// and what follows its apostrophe (Turkish case endings).
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut open: Option<(Class, usize)> = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        let class = classify(text, at, character, open.map(|(class, _)| class));
        if let Some((running, start)) = open
            && Some(running) != class
        {
            found.push(Token { text: normalise(&text[start..at]), span: start..at });
            open = None;
        }
        if let (None, Some(class)) = (open, class) {
            open = Some((class, at));
        }
    }
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Digits,
}

fn classify(text: &str, at: usize, character: char, running: Option<Class>) -> Option<Class> {
    if is_digit(character) {
        return Some(Class::Digits);
    }
    if character.is_alphabetic() || is_mark(character) {
        return Some(Class::Word);
    }
    let rest = &text[at..];
    let joins = matches!(character, '.' | ':' | '-' | '/');
    let before_digit = rest.chars().nth(1).is_some_and(is_digit);
    // The dot that ends `26.11.` or `26.` belongs to the date: it is what makes it one.
    let ends_date = character == '.' && rest.chars().nth(1).is_none_or(|next| next != '.');
    (running == Some(Class::Digits) && joins && (before_digit || ends_date)).then_some(Class::Digits)
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '\u{0660}'..='\u{0669}' | '\u{06F0}'..='\u{06F9}')
}

/// Returns whether a character belongs to the letter before it (combining dot of `İ`, Arabic vowel signs).
const fn is_mark(character: char) -> bool {
    matches!(character, '\u{0300}'..='\u{036F}' | '\u{064B}'..='\u{0652}' | '\u{0640}')
}

/// Returns a word in the one form that words are compared in.
#[must_use]
pub fn normalise(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).filter(|character| !is_mark(*character)).map(fold).collect()
}

/// Maps spellings that speech-to-text uses interchangeably onto one.
fn fold(character: char) -> char {
    match character {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' => 'ي',
        'ة' => 'ه',
        'ё' => 'е',
        '٠'..='٩' => shift(character, '٠'),
        '۰'..='۹' => shift(character, '۰'),
        other => other,
    }
}

fn shift(digit: char, zero: char) -> char {
    char::from_digit(u32::from(digit) - u32::from(zero), 10).unwrap_or(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_and_numbers_part_and_dates_stay_whole() {
        assert_eq!(words("Am 26.11. um 15:30!"), ["am", "26.11.", "um", "15:30"]);
        assert_eq!(words("3pm, 2026-11-26."), ["3", "pm", "2026-11-26."]);
        assert_eq!(words("15.30'da"), ["15.30", "da"]);
    }

    #[test]
    fn other_scripts_are_brought_to_one_spelling() {
        assert_eq!(words("الأربعاء ٩:٢٠"), ["الاربعاء", "9:20"]);
        assert_eq!(words("İstanbul Шёлк"), ["istanbul", "шелк"]);
    }

    #[test]
    fn spans_point_into_the_original() {
        let text = "bitte Übermorgen";
        let token = tokens(text).pop().unwrap();
        assert_eq!(&text[token.span], "Übermorgen");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_spans_rise(text in "\\PC*") {
            let mut last = 0;
            for token in tokens(&text) {
                proptest::prop_assert!(token.span.start >= last && token.span.end <= text.len());
                last = token.span.end;
            }
        }
    }
}
