//! The signing keys of every company: one file each, read again when it changes, so that keys can be changed without a restart.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use callflow_domain::id::is_slug;
use callflow_retell::signature::{Key, Keys};

use crate::error::Error;

/// Shortest key accepted outside of development; the platform's own have 36 characters.
const SHORTEST: usize = 12;

/// Whose requests are believed.
#[derive(Debug)]
pub struct Keyring {
    dir: PathBuf,
    strict: bool,
    read: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    stamp: (SystemTime, u64),
    /// `None` when the file never had usable keys.
    keys: Option<Arc<Keys>>,
}

impl Keyring {
    /// Opens the folder and reads every company's keys once, so that a bad file stops the start and not a call.
    ///
    /// # Errors
    /// When the folder cannot be read, or a file has no, too many or (with `strict`) weak keys.
    pub fn open(dir: &Path, strict: bool) -> Result<Self, Error> {
        let ring = Self { dir: dir.to_owned(), strict, read: Mutex::default() };
        for company in ring.companies().map_err(|source| Error::Keys { dir: dir.to_owned(), source })? {
            let text = ring.text(&company).map_err(|source| Error::Keys { dir: dir.to_owned(), source })?;
            parse(&text, strict).map_err(|problem| Error::Key { company: company.clone(), problem })?;
            let _ = ring.of(&company);
        }
        Ok(ring)
    }

    /// Returns a company's keys, or `None` when there is no such company.
    ///
    /// A file that turns unusable leaves the keys as they were; one that is gone takes the company with it.
    #[must_use]
    pub fn of(&self, company: &str) -> Option<Arc<Keys>> {
        // Also what keeps a path inside the folder.
        if !is_slug(company) {
            return None;
        }
        let meta = fs::metadata(self.dir.join(company)).ok().filter(fs::Metadata::is_file);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(meta) = meta else {
            read.remove(company);
            return None;
        };
        let stamp = (meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), meta.len());
        match read.get(company) {
            Some(entry) if entry.stamp == stamp => entry.keys.clone(),
            former => {
                let keys = self.read_again(company).or_else(|| former.and_then(|entry| entry.keys.clone()));
                read.insert(company.to_owned(), Entry { stamp, keys: keys.clone() });
                keys
            }
        }
    }

    fn read_again(&self, company: &str) -> Option<Arc<Keys>> {
        let refused = |problem: &str| tracing::error!(company.slug = company, problem, "signing keys refused");
        let text = self.text(company).inspect_err(|_| refused("cannot be read")).ok()?;
        parse(&text, self.strict).inspect_err(|problem| refused(problem)).ok().map(Arc::new)
    }

    /// Returns the only company with keys, for addresses that name none.
    #[must_use]
    pub fn only(&self) -> Option<String> {
        let mut companies = self.companies().ok()?;
        (companies.len() == 1).then(|| companies.remove(0))
    }

    /// Returns everybody who has keys.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn companies(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.dir)?.filter_map(Result::ok).filter(|entry| entry.path().is_file());
        Ok(names.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| is_slug(name)).collect())
    }

    fn text(&self, company: &str) -> io::Result<String> {
        fs::read_to_string(self.dir.join(company))
    }
}

fn parse(text: &str, strict: bool) -> Result<Keys, &'static str> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if strict && lines.iter().any(|line| line.len() < SHORTEST) {
        return Err("a key is shorter than 12 characters, which only mode dev accepts");
    }
    let key = |line: &str| Key::new(line).map_err(|_| "a key is empty");
    match lines.as_slice() {
        [current] => Ok(Keys::new(key(current)?, None)),
        [current, previous] => Ok(Keys::new(key(current)?, Some(key(previous)?))),
        [] => Err("there is no key; one or two are expected, one a line"),
        _ => Err("there are more than two keys"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_without_a_file_is_unknown_and_a_path_is_no_company() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("haarwerk"), "key_0123456789abcdef\n").unwrap();
        let ring = Keyring::open(dir.path(), true).unwrap();
        assert!(ring.of("haarwerk").is_some());
        assert!(ring.of("nobody").is_none());
        assert!(ring.of("../haarwerk").is_none());
        assert_eq!(ring.only().as_deref(), Some("haarwerk"));
    }

    #[test]
    fn weak_keys_stop_the_start_outside_of_development() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("haarwerk"), "short").unwrap();
        assert!(matches!(Keyring::open(dir.path(), true), Err(Error::Key { .. })));
        assert!(Keyring::open(dir.path(), false).unwrap().of("haarwerk").is_some());
    }

    #[test]
    fn a_file_that_turns_unusable_leaves_the_keys_and_one_that_is_gone_takes_them() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("haarwerk");
        fs::write(&file, "key_0123456789abcdef").unwrap();
        let ring = Keyring::open(dir.path(), true).unwrap();
        fs::write(&file, "\n").unwrap();
        assert!(ring.of("haarwerk").is_some(), "still the former keys");
        fs::remove_file(&file).unwrap();
        assert!(ring.of("haarwerk").is_none());
    }
}
