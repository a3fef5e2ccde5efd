//! The fuzz targets on the stable toolchain: the corpus, the recorded samples, and what chance makes of them.

#[path = "../../../../fuzz/targets.rs"]
mod targets;

use std::{fs, path::PathBuf, sync::LazyLock};

use proptest::{collection::vec, prelude::*, sample::Index};

use crate::sample::samples;

/// Returns what a target begins with.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let own = files(root.join("tests/samples"))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(target)));
    let entries = files(root.join("fuzz/corpus").join(target)).chain(own).map(|path| fs::read(path).unwrap());
    let recorded: &[&str] = match target {
        "event" => &["2", "30", "31", "32", "33"],
        "function" => &["40-", "41-", "42-", "43-", "44-", "45-", "46-", "47-", "48-"],
        "inbound" => &["01", "02", "03", "04", "09"],
        _ => return entries.collect(),
    };
    entries.chain(samples(recorded).into_iter().map(|(_, body)| body)).collect()
}

/// The corpora, read once.
static CORPORA: LazyLock<Vec<Vec<Vec<u8>>>> =
    LazyLock::new(|| targets::ALL.iter().map(|(name, _)| corpus(name)).collect());

/// One way to damage bytes.
#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Cut(Index),
    Remove(Index, usize),
    Repeat(Index, usize),
    Insert(Index, &'static str),
}

const WORDS: [&str; 14] =
    ["{", "}", "[", "]", "\"", ",", ":", "null", "1e999", "\\ud83d", "\u{0}", "\u{feff}", "\"call\":", "\"args\":{}"];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
        (any::<Index>(), proptest::sample::select(&WORDS[..])).prop_map(|(at, word)| Damage::Insert(at, word)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let length = bytes.len().max(1);
        match damage {
            Damage::Flip(at, bits) => {
                if let Some(byte) = bytes.get_mut(at.index(length)) {
                    *byte ^= bits;
                }
            }
            Damage::Cut(at) => bytes.truncate(at.index(length)),
            Damage::Remove(at, count) => {
                let at = at.index(length).min(bytes.len());
                bytes.drain(at..(at + count).min(bytes.len()));
            }
            Damage::Repeat(at, count) => {
                let at = at.index(length).min(bytes.len());
                let copy = bytes[at..(at + count).min(bytes.len())].to_vec();
                bytes.splice(at..at, copy);
            }
            Damage::Insert(at, word) => {
                let at = at.index(length).min(bytes.len());
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes
}

#[test]
fn the_corpus_breaks_nothing() {
    for ((name, target), corpus) in targets::ALL.iter().zip(CORPORA.iter()) {
        assert!(corpus.len() >= 5, "{name} begins with too little");
        corpus.iter().for_each(|bytes| target(bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn what_chance_makes_of_the_corpus_breaks_nothing(
        target in 0..targets::ALL.len(),
        from in any::<Index>(),
        damages in vec(damage(), 1..6),
    ) {
        let (corpus, (_, run)) = (&CORPORA[target], targets::ALL[target]);
        run(&damaged(corpus[from.index(corpus.len())].clone(), &damages));
    }

    #[test]
    fn any_bytes_break_nothing(bytes in vec(any::<u8>(), 0..300)) {
        targets::ALL.iter().for_each(|(_, run)| run(&bytes));
    }
}
