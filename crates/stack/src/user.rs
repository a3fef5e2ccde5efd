//! The account the servers run under.

use std::fs;

use rustix::process::geteuid;

/// An account of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl User {
    /// Returns the account the servers must be switched to, or `None` when they can run as ourselves.
    ///
    /// As root that is the account of Debian's Postgres package, because Postgres refuses to run as
    /// root and the other two have no need to; `nobody` stands in when the package made none.
    pub(crate) fn for_servers() -> Option<Self> {
        if !geteuid().is_root() {
            return None;
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let nobody = Self { uid: 65_534, gid: 65_534 };
        Some(find(&accounts, "postgres").or_else(|| find(&accounts, "nobody")).unwrap_or(nobody))
    }
}

/// Finds `name` in the text of `/etc/passwd`.
fn find(accounts: &str, name: &str) -> Option<User> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let (uid, gid) = (fields.nth(1)?, fields.next()?);
        Some(User { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let accounts =
            "root:x:0:0::/root:/bin/sh\npostgres2:x:7:7::/:/bin/sh\npostgres:x:101:104:,,,:/var/lib:/bin/sh\n";
        assert_eq!(find(accounts, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(find(accounts, "post"), None);
    }
}
