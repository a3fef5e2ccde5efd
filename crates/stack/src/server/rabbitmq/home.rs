//! A smaller home for RabbitMQ, holding links to just the libraries the broker needs.
//!
//! Erlang looks for each of about a thousand modules in each library folder in turn. Debian's package has 69
//! of them, most for plugins that are not enabled; with the two dozen that are left RabbitMQ starts in about
//! half the time. Nothing is copied or changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// Makes the small home in `dir` anew and returns its folder of scripts, or `None` when the installation does
/// not look as expected and has to be used as it is.
pub(super) fn build(script: &Path, dir: &Path) -> Option<PathBuf> {
    let installed = script.canonicalize().ok()?.parent()?.parent()?.to_owned();
    let libraries = libraries(&installed.join("plugins")).ok()?;
    let needed = needed(&libraries);
    if !needed.contains("rabbit") {
        return None;
    }
    let small = dir.join("home");
    link(&installed, &small, needed.iter().filter_map(|name| libraries.get(name)).map(|library| &library.path)).ok()?;
    Some(small.join("sbin"))
}

/// An Erlang library as its folder describes it.
struct Library {
    path: PathBuf,
    needs: Vec<String>,
}

/// Reads all libraries of the folder, by name.
fn libraries(folder: &Path) -> io::Result<BTreeMap<String, Library>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // Folders are called name-version; names hold no hyphen.
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.split('-').next()) else { continue };
        let name = name.to_owned();
        if let Ok(text) = fs::read_to_string(path.join("ebin").join(&name).with_extension("app")) {
            found.insert(name, Library { needs: needs(&text), path });
        }
    }
    Ok(found)
}

/// Reads the list behind `applications` of an Erlang `.app` file.
fn needs(app: &str) -> Vec<String> {
    let list = app.split_once("{applications").and_then(|(_, rest)| rest.split_once('[')?.1.split_once(']'));
    let names = list.map(|(list, _)| list.split(',')).into_iter().flatten();
    names.map(|name| name.trim().trim_matches('\'').to_owned()).collect()
}

/// Returns `rabbit` and everything it needs, directly or not.
fn needed(libraries: &BTreeMap<String, Library>) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let mut open = vec!["rabbit".to_owned()];
    while let Some(name) = open.pop() {
        if let Some(library) = libraries.get(&name).filter(|_| needed.insert(name)) {
            open.extend(library.needs.iter().cloned());
        }
    }
    needed.retain(|name| libraries.contains_key(name));
    needed
}

fn link<'a>(installed: &Path, small: &Path, libraries: impl Iterator<Item = &'a PathBuf>) -> io::Result<()> {
    if small.exists() {
        fs::remove_dir_all(small)?;
    }
    fs::create_dir_all(small.join("plugins"))?;
    for library in libraries {
        symlink(library, small.join("plugins").join(library.file_name().unwrap_or_default()))?;
    }
    for folder in ["sbin", "escript"] {
        symlink(installed.join(folder), small.join(folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(needs: &[&str]) -> Library {
        Library { path: PathBuf::new(), needs: needs.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn what_a_needed_library_needs_is_needed() {
        let all =
            [("rabbit", library(&["ra", "stdlib"])), ("ra", library(&["aten", "rabbit"])), ("aten", library(&[]))];
        let mut all: BTreeMap<_, _> = all.into_iter().map(|(name, library)| (name.to_owned(), library)).collect();
        all.insert("rabbitmq_stomp".to_owned(), library(&["rabbit"]));
        assert_eq!(needed(&all).into_iter().collect::<Vec<_>>(), ["aten", "ra", "rabbit"]);
    }

    #[test]
    fn the_list_of_an_app_file_is_read() {
        let app =
            "{application,x,[{vsn,\"1\"},{modules,[a]},{applications, [kernel,\n 'ra', stdlib]},{env,[{b,[c]}]}]}.";
        assert_eq!(needs(app), ["kernel", "ra", "stdlib"]);
    }
}
