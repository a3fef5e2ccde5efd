//! Keeps what people and models say fit to be spoken, stored and logged by size.

/// Longest text taken from an argument, in characters; notes of a minute's speech stay below.
pub(crate) const MAX_CHARS: usize = 600;

/// Returns the text on one line, without control characters and clipped, or `None` when nothing is left.
pub(crate) fn one_line(text: &str, max_chars: usize) -> Option<String> {
    let mut line = String::with_capacity(text.len().min(max_chars * 2));
    let mut chars = 0;
    for word in text.split(|symbol: char| symbol.is_whitespace() || is_hidden(symbol)) {
        if word.is_empty() || chars >= max_chars {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
            chars += 1;
        }
        let fitting: String = word.chars().take(max_chars.saturating_sub(chars)).collect();
        chars += fitting.chars().count();
        line.push_str(&fitting);
    }
    let line = line.trim_end().to_owned();
    (!line.is_empty()).then_some(line)
}

/// Returns the text as it may be put into a sentence: one short line without braces, because the
/// platform substitutes `{{…}}` wherever it finds it.
pub(crate) fn insert(text: &str) -> String {
    let plain: String = text.chars().filter(|symbol| !matches!(symbol, '{' | '}')).collect();
    one_line(&plain, 80).unwrap_or_default()
}

/// Control characters and the marks that turn the writing direction around.
fn is_hidden(symbol: char) -> bool {
    symbol.is_control() || matches!(symbol, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_joined_and_clipped() {
        assert_eq!(one_line("  Jörg \t\n Müßigbrodt\0 ", 80).as_deref(), Some("Jörg Müßigbrodt"));
        assert_eq!(one_line(" \u{202e}\n", 80), None);
        assert_eq!(one_line("äöüß äöüß", 6).as_deref(), Some("äöüß ä"));
        assert_eq!(one_line("äöüß äöüß", 5).as_deref(), Some("äöüß"));
    }

    #[test]
    fn templates_cannot_be_smuggled_into_a_sentence() {
        assert_eq!(insert("{{call_id}}"), "call_id");
        assert!(insert(&"x".repeat(500)).len() <= 80);
    }
}
