//! Where the servers of a running stack are, for other processes: `endpoints.json` in the stack's folder.

use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    folder::{self, Folder},
    options::Mode,
    record,
    server::rabbitmq::Control,
};

/// Every URL of a running stack, passwords included.
#[derive(Clone, Serialize, Deserialize)]
pub struct Endpoints {
    /// The stack's folder.
    pub folder: PathBuf,
    /// What the servers are for.
    pub mode: Mode,
    /// URLs of the database by role, and the superuser's under `admin`; empty without Postgres.
    pub postgres: BTreeMap<String, String>,
    /// URL of Redis.
    pub redis: Option<String>,
    /// URLs of the broker by user, and the administrator's under `admin`; empty without RabbitMQ.
    pub amqp: BTreeMap<String, String>,
    /// The means to change the broker itself; absent when it was given by its URL.
    pub control: Option<Control>,
}

impl Endpoints {
    /// Environment variable with a superuser's URL of the Postgres for tests.
    pub const TEST_POSTGRES: &'static str = "CALLFLOW_TEST_POSTGRES_URL";
    /// Environment variable with the URL of the Redis for tests.
    pub const TEST_REDIS: &'static str = "CALLFLOW_TEST_REDIS_URL";
    /// Environment variable with an administrator's URL of the RabbitMQ for tests.
    pub const TEST_AMQP: &'static str = "CALLFLOW_TEST_AMQP_URL";
    /// Environment variable with the folder of the stack that runs the servers for tests.
    pub const TEST_STACK: &'static str = "CALLFLOW_TEST_STACK";

    /// Returns the variables that make tests use this stack.
    #[must_use]
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let all = [
            (Self::TEST_POSTGRES, self.postgres.get("admin").cloned()),
            (Self::TEST_REDIS, self.redis.clone()),
            (Self::TEST_AMQP, self.amqp.get("admin").cloned()),
            (Self::TEST_STACK, Some(self.folder.display().to_string())),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// Reads the endpoints of the stack in `folder`, or `None` when none is running there.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        record::owner(&Folder::record_path(folder))?;
        serde_json::from_slice(&fs::read(Self::path(folder)).ok()?).ok()
    }

    /// Returns the file the endpoints of the stack in `folder` are written to.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("endpoints.json")
    }

    /// Makes the endpoints known, to our own account only.
    pub(crate) fn write(&self) -> Result<(), Error> {
        let path = Self::path(&self.folder);
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other);
        text.and_then(|text| folder::write_private(&path, &text)).map_err(Error::folder("writing", path))
    }
}

impl fmt::Debug for Endpoints {
    /// Leaves the URLs out, because they hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").field("folder", &self.folder).field("mode", &self.mode).finish_non_exhaustive()
    }
}

/// The right to use a stack that another process runs: while a lease exists, that stack does not think it is idle.
#[derive(Debug)]
pub struct Lease {
    endpoints: Endpoints,
    _users: File,
}

impl Lease {
    /// Takes a lease of the stack in `folder`; `None` when none is running there. Blocks while one is stopping.
    pub fn take(folder: &Path) -> Result<Option<Self>, Error> {
        if !folder.is_dir() {
            return Ok(None);
        }
        let users = users(folder)?;
        users.lock_shared().map_err(Error::folder("locking", folder))?;
        // Read with the lock held: from now on the stack cannot decide to stop for want of users.
        Ok(Endpoints::of(folder).map(|endpoints| Self { endpoints, _users: users }))
    }

    /// Returns where the servers are.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }
}

/// Opens the file that users of a stack hold a shared lock on.
pub(crate) fn users(folder: &Path) -> Result<File, Error> {
    folder::open_lock(&folder.join("users"))
}
