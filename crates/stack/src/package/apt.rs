//! Installing Debian packages without letting them start their services.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Command, Stdio},
};

use crate::error::Error;

/// Asked by Debian's package scripts before they start a service; 101 means "do not".
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Content of our policy file. A file with other content is the machine's own and stays.
const DENY: &str = "#!/bin/sh\n# Made by callflow-stack while it installs packages; may be removed.\nexit 101\n";

/// Installs `packages`, reading the package lists anew when they do not know them. Blocks.
pub(super) fn install(packages: &[&str]) -> Result<(), Error> {
    let _quiet = Quiet::begin()?;
    let args = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    if apt(&args).is_ok() {
        return Ok(());
    }
    // A bare image has no package lists; an old one names versions that are gone.
    let updated = apt(&["update"]);
    updated.and_then(|()| apt(&args)).map_err(|tail| Error::Install { packages: packages.join(" "), tail })
}

fn apt(args: &[&str]) -> Result<(), String> {
    let mut command = Command::new("apt-get");
    // Another installation may be running; two minutes are enough for a usual one.
    command.args(["-q", "-o", "DPkg::Lock::Timeout=120"]).args(args).env("DEBIAN_FRONTEND", "noninteractive");
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines: Vec<_> = text.lines().collect();
    Err(lines[lines.len().saturating_sub(8)..].join("\n"))
}

/// Keeps services from being started for as long as it lives.
struct Quiet {
    ours: bool,
}

impl Quiet {
    fn begin() -> Result<Self, Error> {
        // Left behind when we were killed while installing.
        if fs::read_to_string(POLICY).is_ok_and(|content| content == DENY) {
            return Ok(Self { ours: true });
        }
        if Path::new(POLICY).exists() {
            return Ok(Self { ours: false });
        }
        let file = OpenOptions::new().create_new(true).write(true).mode(0o755).open(POLICY);
        file.and_then(|mut file| file.write_all(DENY.as_bytes())).map_err(Error::folder("writing", POLICY))?;
        Ok(Self { ours: true })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.ours {
            // Its text says that it may be removed.
            let _ = fs::remove_file(POLICY);
        }
    }
}
