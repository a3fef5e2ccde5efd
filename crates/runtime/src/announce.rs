//! Says where a service can be reached, once it can: a log line for people, a file for scripts.

use std::{fs, io, path::Path};

use serde_json::json;

use crate::{Addresses, Error};

/// Logs the addresses of `service`, and writes them to the file named by `CALLFLOW_READY_FILE`, if it is set.
///
/// The file is JSON, `{"service", "http", "grpc", "admin", "pid"}`, and appears whole or not at all.
///
/// # Errors
/// Fails when the file cannot be written: whoever waits for it would wait forever.
pub fn announce(service: &'static str, addresses: &Addresses) -> Result<(), Error> {
    let shown = |address: Option<std::net::SocketAddr>| address.map(|address| address.to_string());
    tracing::info!(http = shown(addresses.http), grpc = shown(addresses.grpc), admin = %addresses.admin, "ready");
    let Some(path) = std::env::var_os("CALLFLOW_READY_FILE").filter(|path| !path.is_empty()) else { return Ok(()) };
    let path = Path::new(&path);
    write(path, service, addresses).map_err(|source| Error::ReadyFile { path: path.to_owned(), source })
}

fn write(path: &Path, service: &str, addresses: &Addresses) -> io::Result<()> {
    let body = json!({
        "service": service,
        "http": addresses.http,
        "grpc": addresses.grpc,
        "admin": addresses.admin,
        "pid": std::process::id(),
    });
    // Written beside and moved: a reader that polls never sees half a file.
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    fs::write(&draft, format!("{body}\n"))?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_every_address_and_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("booking.json");
        let admin = "127.0.0.1:9100".parse().unwrap();
        write(&path, "booking", &Addresses { http: None, grpc: Some(admin), admin }).unwrap();
        let read: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!((&read["service"], &read["grpc"]), (&"booking".into(), &"127.0.0.1:9100".into()));
        assert_eq!((&read["http"], &read["pid"]), (&serde_json::Value::Null, &std::process::id().into()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
    }
}
