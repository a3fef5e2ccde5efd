//! Why servers could not be started, stopped or prepared.

use std::{io, path::PathBuf, time::Duration};

use callflow_domain::ErrorKind;

/// A failure of the stack; its text is written for the person who runs it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Programs are missing and this process may not install them.
    #[error("not installed: {missing}; either run as root: apt-get install {packages}; or set {variables}")]
    Missing {
        /// The servers whose programs were not found.
        missing: String,
        /// Debian packages that hold them.
        packages: String,
        /// Environment variables that name running servers instead.
        variables: String,
    },
    /// `apt-get` did not succeed.
    #[error("apt-get install {packages} failed: {tail}")]
    Install {
        /// The packages asked for.
        packages: String,
        /// The last lines it printed.
        tail: String,
    },
    /// Another process runs servers in the same folder.
    #[error("{folder} is in use by process {owner}; stop it with: callflow-stack servers stop")]
    Busy {
        /// The folder both want.
        folder: PathBuf,
        /// Its owner's process id, `unknown` while that one is still starting.
        owner: String,
    },
    /// Something in the stack's folder could not be read or written.
    #[error("{doing} {path}")]
    Folder {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A folder under a world-writable parent belongs to someone else.
    #[error("{path} belongs to somebody else; remove it or choose another folder")]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// A program could not be started.
    #[error("starting {program}")]
    Spawn {
        /// The program.
        program: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A server ended before it was ready.
    #[error("{server} ended with {status} before it was ready; its log says:\n{tail}")]
    Ended {
        /// Which server.
        server: &'static str,
        /// How it ended.
        status: String,
        /// The last lines of its log.
        tail: String,
    },
    /// A server runs but did not become ready in time.
    #[error("{server} is not ready after {} s: {last}; its log says:\n{tail}", after.as_secs())]
    NotReady {
        /// Which server.
        server: &'static str,
        /// How long it was waited for.
        after: Duration,
        /// What the last question was answered with.
        last: String,
        /// The last lines of its log.
        tail: String,
    },
    /// No free port was found on the loopback interface.
    #[error("finding a free port on 127.0.0.1")]
    Port {
        /// Why it failed.
        source: io::Error,
    },
    /// A tool of a server reported a failure.
    #[error("{tool} failed: {tail}")]
    Tool {
        /// Which tool.
        tool: &'static str,
        /// The last lines it printed.
        tail: String,
    },
    /// Roles, database or schema could not be prepared.
    #[error("{doing} in Postgres")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// RabbitMQ refused something asked of it.
    #[error("{doing} in RabbitMQ: {answer}")]
    Broker {
        /// What was being done.
        doing: &'static str,
        /// What it answered.
        answer: String,
    },
    /// Stopping or starting was asked of a server that was given by URL.
    #[error("{server} was given by its URL; it is not ours to stop or start")]
    NotOurs {
        /// Which server.
        server: &'static str,
    },
    /// A URL given in the environment cannot be used.
    #[error("{variable}: {reason}")]
    Given {
        /// The environment variable.
        variable: &'static str,
        /// What is accepted.
        reason: String,
    },
}

impl Error {
    /// Returns what sort of failure this is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } | Self::Given { .. } | Self::NotOurs { .. } => ErrorKind::Invalid,
            Self::Busy { .. } => ErrorKind::Conflict,
            Self::Foreign { .. } => ErrorKind::Forbidden,
            Self::NotReady { .. } => ErrorKind::Timeout,
            Self::Install { .. } | Self::Ended { .. } | Self::Database { .. } | Self::Broker { .. } => {
                ErrorKind::Unavailable
            }
            Self::Folder { .. } | Self::Spawn { .. } | Self::Port { .. } | Self::Tool { .. } => ErrorKind::Internal,
        }
    }

    /// Returns a closure that turns an I/O error at `path` into [`Error::Folder`].
    pub(crate) fn folder(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Folder { doing, path, source }
    }

    /// Returns a closure that turns any error met in Postgres into [`Error::Database`].
    pub(crate) fn database<E>(doing: &'static str) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |source| Self::Database { doing, source: Box::new(source) }
    }
}
