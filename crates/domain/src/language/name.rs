//! Names of languages in German, English, Turkish, Arabic, Russian and in the language itself.

use super::Language;

/// Beginnings of words, folded as [`fold`] does it; a longer word with such a beginning is an
/// inflected form (`deutsche`, `по-немецки`, `Türkçeyi`). Each language is on one line.
const STEMS: [(&str, &[&str]); 27] = [
    ("de", &["deutsch", "german", "almanca", "немецк", "الماني", "tedesco", "allemand", "aleman"]),
    ("en", &["englisch", "english", "ingilizce", "английск", "انجليزي", "انكليزي", "inglese", "anglais"]),
    ("tr", &["turkisch", "tuerkisch", "turkish", "turkce", "турецк", "تركي"]),
    ("ar", &["arabisch", "arabic", "arapca", "арабск", "عربي"]),
    ("ru", &["russisch", "russian", "rusca", "русск", "روسي"]),
    ("fr", &["franzosisch", "franzoesisch", "french", "fransizca", "французск", "فرنسي", "francais"]),
    ("es", &["spanisch", "spanish", "ispanyolca", "испанск", "اسباني", "espanol", "castellano"]),
    ("it", &["italienisch", "italian", "italyanca", "итальянск", "ايطالي"]),
    ("pt", &["portugiesisch", "portuguese", "portekizce", "португальск", "برتغالي", "portugues"]),
    ("pl", &["polnisch", "polish", "lehce", "польск", "بولندي", "polski", "polsku"]),
    ("uk", &["ukrainisch", "ukrainian", "ukraynaca", "украинск", "اوكراني", "українськ"]),
    ("nl", &["niederlandisch", "niederlaendisch", "hollandisch", "dutch", "flemencce", "нидерландск", "nederlands"]),
    ("ro", &["rumanisch", "rumaenisch", "romanian", "rumence", "румынск", "روماني", "romana"]),
    ("bg", &["bulgarisch", "bulgarian", "bulgarca", "болгарск", "بلغاري", "българск"]),
    ("el", &["griechisch", "greek", "yunanca", "греческ", "يوناني", "ελληνικ"]),
    ("ku", &["kurdisch", "kurdish", "kurtce", "курдск", "كردي", "kurmanci", "kurdi"]),
    ("fa", &["persisch", "persian", "farsca", "персидск", "فارسي", "farsi", "dari"]),
    ("sr", &["serbisch", "serbian", "sirpca", "сербск", "صربي", "srpski", "српск"]),
    ("hr", &["kroatisch", "croatian", "hirvatca", "хорватск", "كرواتي", "hrvatsk"]),
    ("bs", &["bosnisch", "bosnian", "bosnakca", "боснийск", "بوسني", "bosansk"]),
    ("sq", &["albanisch", "albanian", "arnavutca", "албанск", "الباني", "shqip"]),
    ("hu", &["ungarisch", "hungarian", "macarca", "венгерск", "مجري", "magyar"]),
    ("cs", &["tschechisch", "czech", "cekce", "чешск", "تشيكي", "cestina", "cesky"]),
    ("vi", &["vietnamesisch", "vietnamese", "vietnamca", "вьетнамск", "فيتنامي"]),
    ("zh", &["chinesisch", "chinese", "mandarin", "cince", "китайск", "صيني", "中文", "普通话"]),
    ("hi", &["hindi", "hintce", "хинди", "هندي"]),
    ("ur", &["urdu", "урду", "اردو", "اوردو"]),
];

/// Countries whose names begin like a language: they say where, not in which language.
const PLACES: [&str; 3] = ["deutschland", "germany", "russland"];

/// Returns the one language that is named in a short text.
pub(super) fn of_phrase(text: &str) -> Option<Language> {
    let folded = fold(text);
    let mut found = None;
    for word in folded.split(|symbol: char| !symbol.is_alphanumeric()).filter(|word| !PLACES.contains(word)) {
        match (of_word(word), found) {
            (Some(code), Some(other)) if code != other => return None,
            (Some(code), _) => found = Some(code),
            (None, _) => {}
        }
    }
    found.and_then(Language::from_letters)
}

fn of_word(word: &str) -> Option<&'static str> {
    // The Arabic article is tried as part of the word first: `الماني` begins with its letters.
    let bare = word.strip_prefix("ال").unwrap_or(word);
    let is_named = |stems: &[&str]| stems.iter().any(|stem| word.starts_with(stem) || bare.starts_with(stem));
    STEMS.iter().find(|(_, stems)| is_named(stems)).map(|(code, _)| *code)
}

/// Returns the text in lower case with accents, vowel marks and letter variants removed.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for symbol in text.chars().flat_map(char::to_lowercase) {
        match symbol {
            'ä' | 'á' | 'à' | 'â' | 'ă' | 'ã' => folded.push('a'),
            'é' | 'è' | 'ê' | 'ě' => folded.push('e'),
            'ı' | 'í' | 'ì' | 'î' => folded.push('i'),
            'ö' | 'ó' | 'ò' | 'ô' => folded.push('o'),
            'ü' | 'ú' | 'ù' | 'û' => folded.push('u'),
            'ç' | 'č' => folded.push('c'),
            'ş' | 'š' => folded.push('s'),
            'ğ' => folded.push('g'),
            'ñ' => folded.push('n'),
            'ý' => folded.push('y'),
            'ß' => folded.push_str("ss"),
            'ё' => folded.push('е'),
            'أ' | 'إ' | 'آ' => folded.push('ا'),
            'ى' | 'ی' => folded.push('ي'),
            'ک' => folded.push('ك'),
            // Combining accents, and the dot that lower-casing a Turkish İ leaves behind;
            // Arabic vowel marks and the stroke that only widens a word.
            '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | 'ـ' => {}
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_language_begins_like_one_of_another() {
        for (code, stems) in STEMS {
            for stem in stems {
                assert_eq!(*stem, fold(stem), "{stem} is not folded");
                assert_eq!(of_word(stem), Some(code), "{stem}");
            }
        }
    }
}
