//! What to start, where, and which servers to use instead of own ones.

use std::{env, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::progress::Progress;

/// What the servers are for; decides how careful they are with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Data is written safely and kept in the folder for the next start.
    Run,
    /// Nothing is flushed to disk; data is new at each start and removed by the stop. A killed server
    /// still finds its data when it is started again, because only a machine crash loses page cache.
    Test,
}

/// Which of the three servers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    /// Postgres is wanted.
    pub postgres: bool,
    /// Redis is wanted.
    pub redis: bool,
    /// RabbitMQ is wanted.
    pub rabbitmq: bool,
}

impl Kinds {
    /// All three.
    pub const ALL: Self = Self { postgres: true, redis: true, rabbitmq: true };
    /// Postgres alone.
    pub const POSTGRES: Self = Self { postgres: true, redis: false, rabbitmq: false };
    /// Redis alone.
    pub const REDIS: Self = Self { postgres: false, redis: true, rabbitmq: false };
    /// RabbitMQ alone.
    pub const RABBITMQ: Self = Self { postgres: false, redis: false, rabbitmq: true };
}

/// URLs of running servers that are used instead of starting own ones.
#[derive(Clone, Default)]
pub struct Given {
    /// A role that may create roles and databases; role and database names of the stack are added.
    pub postgres: Option<String>,
    /// Used as it is.
    pub redis: Option<String>,
    /// Used as it is, by every service; its virtual host must exist.
    pub amqp: Option<String>,
}

impl Given {
    /// Environment variable with the URL of a running Postgres.
    pub const POSTGRES: &'static str = "CALLFLOW_POSTGRES_URL";
    /// Environment variable with the URL of a running Redis.
    pub const REDIS: &'static str = "CALLFLOW_REDIS_URL";
    /// Environment variable with the URL of a running RabbitMQ.
    pub const AMQP: &'static str = "CALLFLOW_AMQP_URL";

    /// Reads the three variables; an empty one counts as absent.
    #[must_use]
    pub fn from_env() -> Self {
        let read = |name| env::var(name).ok().filter(|value| !value.is_empty());
        Self { postgres: read(Self::POSTGRES), redis: read(Self::REDIS), amqp: read(Self::AMQP) }
    }
}

/// Everything [`Stack::start`](crate::Stack::start) needs to know.
#[derive(Clone)]
pub struct StackOptions {
    /// Folder of the stack; created when missing. One stack at a time can live in it.
    pub folder: PathBuf,
    /// How careful to be with data.
    pub mode: Mode,
    /// Which servers to start.
    pub kinds: Kinds,
    /// Servers to use instead of own ones.
    pub given: Given,
    /// Whether data of former runs is removed first; [`Mode::Test`] always does so.
    pub fresh: bool,
    /// Whether missing packages may be installed (needs root).
    pub install: bool,
    /// Ports to try first for Postgres, Redis and RabbitMQ; taken ones are replaced by free ones.
    pub ports: [Option<u16>; 3],
    /// Told about each step.
    pub progress: Progress,
}

impl StackOptions {
    /// Returns options for a stack that keeps its data: all servers, URLs of the environment, installing allowed.
    #[must_use]
    pub fn run(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            mode: Mode::Run,
            kinds: Kinds::ALL,
            given: Given::from_env(),
            fresh: false,
            install: true,
            ports: [None; 3],
            progress: Progress::silent(),
        }
    }

    /// Returns options for a stack that lives as long as a test: own servers only, whatever the environment says.
    #[must_use]
    pub fn test(folder: impl Into<PathBuf>, kinds: Kinds) -> Self {
        Self { mode: Mode::Test, kinds, given: Given::default(), ..Self::run(folder) }
    }

    /// Replaces what is told about progress.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }
}
