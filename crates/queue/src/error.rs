//! What can go wrong between us and the broker.

use std::fmt;

use callflow_domain::ErrorKind;

/// A failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none: expected is `amqp[s]://user:password@host[:port]/vhost`.
    #[error("broker address is invalid: {problem}")]
    Address {
        /// What is wrong with it; never the address itself, which holds a password.
        problem: String,
    },
    /// No connection could be made.
    #[error("connecting to the broker at {address}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the client reported.
        #[source]
        source: Cause,
    },
    /// An exchange or queue is missing at the broker, or is not what this release expects.
    #[error("{object} {problem}")]
    Topology {
        /// Kind and name, such as `queue resolver.call.v1`.
        object: String,
        /// What differs, and what to do.
        problem: String,
    },
    /// The broker took the message and found no queue for it; it was handed back.
    #[error("no queue takes messages with key {routing_key}")]
    Unroutable {
        /// The routing key of the message.
        routing_key: String,
    },
    /// The confirm did not come before the deadline; the broker may or may not have the message.
    #[error("broker did not confirm in time")]
    Timeout,
    /// The broker refused the message: a full queue, or a queue without a leader.
    #[error("broker could not store the message")]
    Nacked,
    /// There is no connection, and none could be made before the deadline.
    #[error("no connection to the broker")]
    Disconnected,
    /// The broker takes no messages for now: a disk or memory alarm.
    #[error("broker takes no messages for now")]
    Blocked,
    /// The broker closed the channel over this message: no such exchange, no permission, too large.
    #[error("broker refused the publish: {problem}")]
    Refused {
        /// The broker's words.
        problem: String,
    },
    /// The message is larger than this system carries.
    #[error("message has {bytes} bytes, at most {limit} are carried")]
    Oversized {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The envelope lacks what every message needs, or holds what the broker cannot carry.
    #[error("envelope field {field} {problem}")]
    Envelope {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The publisher was closed.
    #[error("publisher is closed")]
    Closed,
    /// A conversation with the broker broke off.
    #[error("broker failed while {doing}")]
    Broker {
        /// What was being done.
        doing: &'static str,
        /// What the client reported.
        #[source]
        source: Cause,
    },
    /// The outbox's storage failed.
    #[error("outbox storage failed while {doing}")]
    Storage {
        /// What was being done.
        doing: &'static str,
        /// What the storage reported.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Address { .. } | Self::Oversized { .. } | Self::Envelope { .. } => ErrorKind::Invalid,
            Self::Refused { .. } | Self::Topology { .. } | Self::Unroutable { .. } => ErrorKind::Internal,
            Self::Timeout => ErrorKind::Timeout,
            Self::Connect { .. }
            | Self::Nacked
            | Self::Disconnected
            | Self::Blocked
            | Self::Closed
            | Self::Broker { .. }
            | Self::Storage { .. } => ErrorKind::Unavailable,
        }
    }

    /// Returns the stable name used as a metrics label.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Address { .. } => "address",
            Self::Connect { .. } => "connect",
            Self::Topology { .. } => "topology",
            Self::Unroutable { .. } => "unroutable",
            Self::Timeout => "timeout",
            Self::Nacked => "nacked",
            Self::Disconnected => "disconnected",
            Self::Blocked => "blocked",
            Self::Refused { .. } => "refused",
            Self::Oversized { .. } => "oversized",
            Self::Envelope { .. } => "envelope",
            Self::Closed => "closed",
            Self::Broker { .. } => "broker",
            Self::Storage { .. } => "storage",
        }
    }

    /// Returns whether the fault lies in the message, so that sending it again unchanged cannot help.
    #[must_use]
    pub const fn is_about_the_message(&self) -> bool {
        matches!(self, Self::Unroutable { .. } | Self::Refused { .. } | Self::Oversized { .. } | Self::Envelope { .. })
    }

    /// Returns whether the client library could not read what the broker sent.
    pub(crate) fn is_unreadable(&self) -> bool {
        let kind = match self {
            Self::Broker { source, .. } | Self::Connect { source, .. } => source.0.kind(),
            _ => return false,
        };
        matches!(kind, lapin::ErrorKind::ParsingError(_))
    }

    pub(crate) fn broker(doing: &'static str) -> impl FnOnce(lapin::Error) -> Self {
        move |source| Self::Broker { doing, source: Cause(source) }
    }
}

/// What the client library reported; opaque, for the error chain only.
pub struct Cause(pub(crate) lapin::Error);

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Cause {}
