//! The checked-in code is exactly what `proto/` generates; `make proto` rewrites it.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const HEADER: &str = "// Generated from proto/ by `make proto`; not edited by hand.\n";

fn proto_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto").canonicalize().unwrap()
}

fn proto_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            proto_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "proto") {
            found.push(path);
        }
    }
    found.sort();
}

/// Compiles `proto/` afresh: file name → contents, with the descriptors for gRPC reflection beside them.
fn generate() -> BTreeMap<String, Vec<u8>> {
    let root = proto_root();
    let mut files = Vec::new();
    proto_files(&root, &mut files);
    // With comments, because the field docs become the Rust docs; without in the descriptors,
    // which every service carries in memory.
    let with_comments = protox::Compiler::new([&root])
        .unwrap()
        .include_imports(true)
        .include_source_info(true)
        .open_files(&files)
        .unwrap()
        .file_descriptor_set();
    let descriptors = protox::Compiler::new([&root])
        .unwrap()
        .include_imports(true)
        .open_files(&files)
        .unwrap()
        .encode_file_descriptor_set();
    let out = tempfile::tempdir().unwrap();
    tonic_prost_build::configure().out_dir(out.path()).emit_rerun_if_changed(false).compile_fds(with_comments).unwrap();
    let mut generated = BTreeMap::from([("descriptor.bin".to_owned(), descriptors)]);
    for entry in fs::read_dir(out.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("callflow.") {
            let code = fs::read_to_string(&path).unwrap();
            generated.insert(name, format!("{HEADER}{code}").into_bytes());
        }
    }
    generated
}

#[test]
fn generated_code_is_current() {
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gen");
    let fresh = generate();
    if std::env::var_os("CALLFLOW_PROTO_WRITE").is_some() {
        fs::create_dir_all(&checked_in).unwrap();
        for (name, bytes) in &fresh {
            fs::write(checked_in.join(name), bytes).unwrap();
        }
    }
    let names: Vec<String> =
        fs::read_dir(&checked_in).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for name in &names {
        assert!(fresh.contains_key(name), "src/gen/{name} has no source in proto/; remove it");
    }
    for (name, bytes) in &fresh {
        let current = fs::read(checked_in.join(name)).unwrap_or_default();
        assert!(current == *bytes, "src/gen/{name} is stale: run `make proto` and commit the result");
    }
}
