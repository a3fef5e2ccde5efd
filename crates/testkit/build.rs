//! Computes what the template of test databases is named after: everything that makes up the schema.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let store = Path::new("../store/src");
    let mut files = vec![store.join("migration.rs"), store.join("role.rs")];
    files.extend(list(&store.join("migration"))?);
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        fs::read(file)?.hash(&mut hash);
    }
    println!("cargo::rerun-if-changed={}", store.join("migration").display());
    println!("cargo::rustc-env=CALLFLOW_SCHEMA={:016x}", hash.finish());
    Ok(())
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}
