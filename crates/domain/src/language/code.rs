//! Language tags: ISO 639 codes, alone or at the head of a BCP 47 tag.

use super::Language;

/// Every two-letter code of ISO 639-1.
const TWO: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv \
    dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is \
    it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my \
    na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so \
    sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// Codes with another, preferred spelling: withdrawn ones, three-letter ones with a two-letter
/// form, and the spoken varieties that speakers themselves file under one language.
const SAME: [(&str, &str); 77] = [
    ("iw", "he"),
    ("in", "id"),
    ("ji", "yi"),
    ("mo", "ro"),
    ("sh", "sr"),
    ("deu", "de"),
    ("ger", "de"),
    ("gsw", "de"),
    ("bar", "de"),
    ("nds", "de"),
    ("eng", "en"),
    ("tur", "tr"),
    ("ara", "ar"),
    ("arb", "ar"),
    ("arz", "ar"),
    ("apc", "ar"),
    ("ajp", "ar"),
    ("ary", "ar"),
    ("arq", "ar"),
    ("aeb", "ar"),
    ("acm", "ar"),
    ("afb", "ar"),
    ("rus", "ru"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("spa", "es"),
    ("ita", "it"),
    ("por", "pt"),
    ("pol", "pl"),
    ("nld", "nl"),
    ("dut", "nl"),
    ("ukr", "uk"),
    ("bel", "be"),
    ("bul", "bg"),
    ("ron", "ro"),
    ("rum", "ro"),
    ("ell", "el"),
    ("gre", "el"),
    ("hun", "hu"),
    ("ces", "cs"),
    ("cze", "cs"),
    ("slk", "sk"),
    ("slo", "sk"),
    ("slv", "sl"),
    ("hrv", "hr"),
    ("srp", "sr"),
    ("bos", "bs"),
    ("sqi", "sq"),
    ("alb", "sq"),
    ("mkd", "mk"),
    ("mac", "mk"),
    ("kur", "ku"),
    ("kmr", "ku"),
    ("ckb", "ku"),
    ("fas", "fa"),
    ("per", "fa"),
    ("pes", "fa"),
    ("prs", "fa"),
    ("heb", "he"),
    ("hin", "hi"),
    ("urd", "ur"),
    ("zho", "zh"),
    ("chi", "zh"),
    ("cmn", "zh"),
    ("jpn", "ja"),
    ("kor", "ko"),
    ("vie", "vi"),
    ("tha", "th"),
    ("swe", "sv"),
    ("nor", "no"),
    ("nob", "no"),
    ("dan", "da"),
    ("fin", "fi"),
    ("kat", "ka"),
    ("hye", "hy"),
    ("aze", "az"),
    ("kaz", "kk"),
];

/// Codes that stand for no language, for several, or for none that is known.
const NONE: [&str; 4] = ["und", "mul", "mis", "zxx"];

/// Returns the language of a well-formed tag: `de`, `de-DE`, `zh_Hant_TW`, `fil`.
pub(super) fn of_tag(text: &str) -> Option<Language> {
    let mut parts = text.split(['-', '_']);
    let primary = parts.next()?.to_ascii_lowercase();
    let is_tail = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !primary.bytes().all(|byte| byte.is_ascii_lowercase()) || !parts.all(is_tail) {
        return None;
    }
    let code = SAME.iter().find(|(other, _)| *other == primary).map_or(primary.as_str(), |(_, code)| code);
    let is_known = match code.len() {
        2 => TWO.split_ascii_whitespace().any(|known| known == code),
        3 => !NONE.contains(&code),
        _ => false,
    };
    is_known.then(|| Language::from_letters(code)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preferred_code_is_a_two_letter_code_and_no_alias_itself() {
        assert_eq!(TWO.split_ascii_whitespace().count(), 183);
        for (other, code) in SAME {
            assert!(TWO.split_ascii_whitespace().any(|known| known == code), "{code}");
            assert!(SAME.iter().filter(|(again, _)| *again == other).count() == 1, "{other}");
            assert!(SAME.iter().all(|(again, _)| *again != code), "{code}");
        }
    }
}
