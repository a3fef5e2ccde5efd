//! Languages are recognised however people, platforms and models write them.

use proptest::prelude::*;

use super::*;

#[test]
fn tags_and_names_of_the_five_languages_are_recognised() {
    for (code, texts) in [
        (
            "de",
            "de|DE|de-DE|de_AT|de-CH-1996|deu|ger|gsw|German|german|deutsch|Deutsch|auf Deutsch|deutsche Sprache|\
             Deutsch (Deutschland)|Almanca|almanca konuşuyorum|немецкий|по-немецки|на немецком|الألمانية|ألماني|\
             المانيه|بالألمانية الألمانية|tedesco|allemand|alemán",
        ),
        (
            "en",
            "en|EN|en-GB|en_US|en-US-x-twain|eng|English|english language|Englisch|auf Englisch|İngilizce|ingilizce|\
             İNGİLİZCE|английский|по-английски|الإنجليزية|انجليزي|الانكليزية|English (Germany)|inglese",
        ),
        (
            "tr",
            "tr|TR|tr-TR|tur|Turkish|Türkisch|tuerkisch|turkisch|Türkçe|turkce|TÜRKÇE|Tu\u{308}rkc\u{327}e|турецкий|\
             по-турецки|التركية|تركي",
        ),
        (
            "ar",
            "ar|ar-SA|ar_EG|ara|arz|apc|Arabic|Arabisch|auf arabisch bitte|Arapça|арабский|العربية|عربي|اللغة العربية|\
             العَرَبِيَّة",
        ),
        ("ru", "ru|ru-RU|rus|Russian|Russisch|Rusça|русский|по-русски|на русском языке|الروسية|روسي"),
    ] {
        for text in texts.split('|') {
            assert_eq!(Language::read(text).as_ref().map(Language::as_str), Some(code), "{text}");
        }
    }
}

#[test]
fn any_other_tag_is_kept_as_its_language() {
    for (text, code) in [
        ("fr-CA", "fr"),
        ("zh-Hant-TW", "zh"),
        ("zh_Hans", "zh"),
        ("es-419", "es"),
        ("pt-BR", "pt"),
        ("iw", "he"),
        ("kmr", "ku"),
        ("fil-PH", "fil"),
        ("yue-CN", "yue"),
        ("haw", "haw"),
        ("Kurdisch", "ku"),
        ("Farsi", "fa"),
        ("українська", "uk"),
        ("polski", "pl"),
        ("中文", "zh"),
    ] {
        assert_eq!(Language::read(text).as_ref().map(Language::as_str), Some(code), "{text}");
    }
}

#[test]
fn what_names_no_language_or_two_is_left_open() {
    for text in [
        "",
        " ",
        "xx",
        "qq-QQ",
        "multi",
        "und",
        "mul-DE",
        "de-",
        "-de",
        "de--DE",
        "de-toolongsubtag",
        "German or English",
        "deutsch/türkisch",
        "unknown",
        "Deutschland",
        "42",
        "\0",
        "d\u{0}e",
    ] {
        assert_eq!(Language::read(text), None, "{text:?}");
    }
    assert_eq!(Language::read(&"german ".repeat(2_000)), None);
}

#[test]
fn documents_hold_the_code() {
    let read: Vec<Language> = serde_json::from_str(r#"["German","en-GB","Türkçe","fil"]"#).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), r#"["de","en","tr","fil"]"#);
    let error = serde_json::from_str::<Language>(r#""klingonish""#).unwrap_err();
    assert!(error.to_string().contains("expected a language such as de, en-GB or Türkçe"), "{error}");
}

proptest! {
    #[test]
    fn no_text_panics_and_a_code_reads_as_itself(text in ".{0,90}|[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}") {
        if let Some(language) = Language::read(&text) {
            prop_assert_eq!(Language::read(language.as_str()), Some(language));
        }
    }
}
