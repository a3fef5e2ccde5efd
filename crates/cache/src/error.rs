//! What can go wrong with the cache. Every variant leaves the caller with a way on: the cache is a hint.

use std::fmt;

use callflow_domain::{ErrorKind, hold::InvalidSegment};
use deadpool_redis::redis::RedisError;

/// Why an operation on the cache failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is outside what is accepted.
    #[error("redis.{setting} must be {accepted}")]
    Config {
        /// Name of the setting.
        setting: &'static str,
        /// What it may be.
        accepted: &'static str,
    },
    /// Redis is known to be away; nothing was tried and no time was spent.
    #[error("redis is away")]
    Away,
    /// No connection could be made.
    #[error("connecting to redis")]
    Connect(#[source] Cause),
    /// The connection broke; whether the operation took effect is unknown.
    #[error("redis connection lost during {op}")]
    Lost {
        /// The operation.
        op: &'static str,
        /// What the connection reported.
        #[source]
        source: Cause,
    },
    /// No answer in time; whether the operation took effect is unknown.
    #[error("redis did not answer {op} in time")]
    Timeout {
        /// The operation.
        op: &'static str,
    },
    /// Redis answered that it cannot do this at present: loading, failing over, out of memory.
    #[error("redis cannot do {op} at present")]
    Unable {
        /// The operation.
        op: &'static str,
        /// What it said.
        #[source]
        source: Cause,
    },
    /// Redis refused the operation.
    #[error("redis refused {op}")]
    Refused {
        /// The operation.
        op: &'static str,
        /// What it said.
        #[source]
        source: Cause,
    },
    /// The answer has another shape than the script that gave it.
    #[error("redis answered {op} with something unexpected")]
    Answer {
        /// The operation.
        op: &'static str,
    },
    /// The times to hold make no sense.
    #[error("holding times")]
    Segment(#[from] InvalidSegment),
    /// More asked at once than is answered.
    #[error("{what} at once: at most {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
    },
}

impl Error {
    /// Returns which kind of failure this is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { .. } | Self::Segment(_) | Self::TooMany { .. } => ErrorKind::Invalid,
            Self::Away | Self::Connect(_) | Self::Lost { .. } | Self::Unable { .. } => ErrorKind::Unavailable,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Refused { .. } | Self::Answer { .. } => ErrorKind::Internal,
        }
    }
}

/// What Redis or the network reported, as text; the library's own type stays inside this crate.
#[derive(Debug)]
pub struct Cause {
    text: String,
    code: Option<String>,
}

impl Cause {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), code: None }
    }

    /// Returns whether the server said that it does not know the script.
    pub(crate) fn is_unknown_script(&self) -> bool {
        self.code.as_deref() == Some("NOSCRIPT")
    }
}

impl From<&RedisError> for Cause {
    /// Takes category and code only: the rest of a server's message may quote arguments, and with them a person's data.
    fn from(error: &RedisError) -> Self {
        Self { text: error.category().to_owned(), code: error.code().map(str::to_owned) }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} ({code})", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl std::error::Error for Cause {}
