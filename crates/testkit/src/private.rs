//! Servers that belong to one test alone, for tests that stop, kill or flush them.

use std::{fs, ops::Deref, os::unix::fs::PermissionsExt};

use callflow_stack::{Kinds, Stack, StackOptions};
use tempfile::TempDir;

/// Servers of one test; dereferences to [`Stack`]. They stop when it is dropped.
///
/// Starting takes about 0.1 s for Redis, 2 s for Postgres and 4 s for RabbitMQ: prefer
/// [`TestDatabase`](crate::TestDatabase), [`TestCache`](crate::TestCache) and [`TestBroker`](crate::TestBroker)
/// where a part of a shared server is enough.
#[derive(Debug)]
pub struct PrivateStack {
    // Dropped first: the servers live in the folder.
    stack: Stack,
    _folder: TempDir,
}

impl PrivateStack {
    /// Starts the servers in a temporary folder.
    ///
    /// # Panics
    /// When they do not start; the message says why.
    pub async fn start(kinds: Kinds) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // Lets the servers' account pass through.
        let open = fs::Permissions::from_mode(0o711);
        fs::set_permissions(folder.path(), open).expect("our own folder's permissions can be changed");
        match Stack::start(StackOptions::test(folder.path(), kinds)).await {
            Ok(stack) => Self { stack, _folder: folder },
            Err(error) => panic!("private servers do not start: {}", crate::servers::chain(&error)),
        }
    }
}

impl Deref for PrivateStack {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.stack
    }
}
