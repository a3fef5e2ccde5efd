//! What can go wrong in the database, classified once, by SQLSTATE and constraint name.
//!
//! The texts are safe to log: Postgres puts row values into the detail of an error and sometimes
//! into its message, so neither detail nor the message of a data error is kept.

use callflow_domain::ErrorKind;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

/// A failure of the store, with what was being done when it happened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database URL or a pool setting cannot be used.
    #[error("{0}")]
    Config(&'static str),
    /// A named constraint refused the write: the request contradicts what is stored.
    #[error("{doing}: refused by {constraint}")]
    Conflict {
        /// What was being done.
        doing: &'static str,
        /// The constraint's name, as the migration gave it.
        constraint: String,
    },
    /// A value cannot be stored: out of range, a NUL character, a failed check.
    #[error("{doing}: a value was not accepted")]
    Invalid {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// Two transactions got in each other's way (deadlock, serialization); repeating the transaction helps.
    #[error("{doing}: lost against another transaction")]
    Contention {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// The deadline passed. Outside of a transaction it is unknown whether the statement took effect.
    #[error("{doing}: deadline passed")]
    Timeout {
        /// What was being done.
        doing: &'static str,
    },
    /// The database cannot be reached, is starting, stopping, full, or has no connection left.
    #[error("{doing}: database unavailable")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// What the driver or the database said.
        #[source]
        cause: Cause,
    },
    /// The role this service connects as may not do that.
    #[error("{doing}: not permitted")]
    Forbidden {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// The spool has reached the size it may have.
    #[error("{doing}: {bytes} bytes are waiting already")]
    Full {
        /// What was being done.
        doing: &'static str,
        /// Size of the table on disk.
        bytes: u64,
    },
    /// A stored document or value is not what this version can read.
    #[error("{doing}: cannot read {what}")]
    Decode {
        /// What was being done.
        doing: &'static str,
        /// Which value.
        what: &'static str,
    },
    /// The row that was to be changed is not there.
    #[error("{doing}: not found")]
    NotFound {
        /// What was being done.
        doing: &'static str,
    },
    /// Anything else: a defect of ours.
    #[error("{doing}: statement failed")]
    Internal {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: Cause,
    },
}

/// The part of a driver error that may be shown: SQLSTATE and, unless it could hold row values, the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
pub struct Cause {
    /// SQLSTATE, when the database itself spoke.
    pub code: Option<String>,
    /// What happened.
    pub message: String,
}

/// Text by which the deadline of a guarded statement travels through sea-orm's error type.
pub(crate) const DEADLINE: &str = "callflow: deadline passed";

impl Error {
    /// Returns the kind by which every adapter turns a failure outward.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Config(_) | Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Conflict { .. } => ErrorKind::Conflict,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Contention { .. } | Self::Unavailable { .. } | Self::Full { .. } => ErrorKind::Unavailable,
            Self::Forbidden { .. } | Self::Decode { .. } | Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    /// Returns whether repeating the whole transaction at once can succeed: it was a deadlock or a
    /// serialization failure. Nothing else is worth an immediate repeat.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Contention { .. })
    }

    /// Returns the name of the constraint that refused the write, if one did.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Conflict { constraint, .. } => Some(constraint),
            _ => None,
        }
    }

    /// Classifies an error of the driver.
    pub(crate) fn sql(doing: &'static str, error: DbErr) -> Self {
        match error {
            DbErr::Custom(text) if text == DEADLINE => Self::Timeout { doing },
            DbErr::ConnectionAcquire(cause) => Self::Unavailable { doing, cause: acquire(cause) },
            DbErr::Conn(RuntimeErr::SqlxError(error)) => Self::driver(doing, &error, true),
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
                Self::driver(doing, &error, false)
            }
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Self::NotFound { doing },
            DbErr::TryIntoErr { .. } | DbErr::Type(_) | DbErr::Json(_) => Self::Decode { doing, what: "a column" },
            other => Self::Internal { doing, cause: Cause { code: None, message: other.to_string() } },
        }
    }

    /// Classifies what sqlx reported; `connecting` says that no statement had been sent yet.
    fn driver(doing: &'static str, error: &sqlx::Error, connecting: bool) -> Self {
        match error {
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                Self::from_code(doing, &code, error.constraint(), error.message())
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Decode { doing, what: "a column" }
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Self::Unavailable { doing, cause: Cause { code: None, message: first_line(&error.to_string()) } }
            }
            _ if connecting => {
                Self::Unavailable { doing, cause: Cause { code: None, message: first_line(&error.to_string()) } }
            }
            _ => Self::Internal { doing, cause: Cause { code: None, message: first_line(&error.to_string()) } },
        }
    }

    /// Classifies an SQLSTATE; the table is in the manual's appendix A.
    fn from_code(doing: &'static str, code: &str, constraint: Option<&str>, message: &str) -> Self {
        let cause = |message: &str| Cause { code: Some(code.to_owned()), message: message.to_owned() };
        match code {
            "23505" | "23P01" | "23503" => {
                Self::Conflict { doing, constraint: constraint.unwrap_or("unknown").to_owned() }
            }
            "23514" => Self::Invalid { doing, cause: cause(constraint.unwrap_or("a check")) },
            "40001" | "40P01" | "55P03" => Self::Contention { doing, cause: cause(message) },
            "57014" => Self::Timeout { doing },
            "42501" => Self::Forbidden { doing, cause: cause(message) },
            // 25006: a connection to a standby after a failover; 55000 and 57P0x: stopping or starting.
            "25006" | "25P03" => Self::Unavailable { doing, cause: cause(message) },
            _ => match code.get(..2).unwrap_or_default() {
                // Data and integrity errors quote the value: only the code is kept.
                "22" | "23" => Self::Invalid { doing, cause: cause("a value is out of range or malformed") },
                "08" | "53" | "57" | "58" | "28" | "3D" => Self::Unavailable { doing, cause: cause(message) },
                _ => Self::Internal { doing, cause: cause(message) },
            },
        }
    }
}

fn acquire(error: ConnAcquireErr) -> Cause {
    let message = match error {
        ConnAcquireErr::Timeout => "no connection became free in time",
        ConnAcquireErr::ConnectionClosed => "the connection pool is closed",
    };
    Cause { code: None, message: message.to_owned() }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlstates_become_kinds() {
        let kind = |code: &str| Error::from_code("testing", code, Some("appointment_staff_no_overlap"), "text").kind();
        for (code, expected) in [
            ("23505", ErrorKind::Conflict),
            ("23P01", ErrorKind::Conflict),
            ("23503", ErrorKind::Conflict),
            ("23514", ErrorKind::Invalid),
            ("22021", ErrorKind::Invalid),
            ("40001", ErrorKind::Unavailable),
            ("40P01", ErrorKind::Unavailable),
            ("57014", ErrorKind::Timeout),
            ("57P01", ErrorKind::Unavailable),
            ("53300", ErrorKind::Unavailable),
            ("08006", ErrorKind::Unavailable),
            ("42501", ErrorKind::Internal),
            ("42P01", ErrorKind::Internal),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }

    #[test]
    fn only_lost_races_are_worth_an_immediate_repeat() {
        let repeat = |code: &str| Error::from_code("testing", code, None, "text").is_retryable();
        assert!(repeat("40001") && repeat("40P01"));
        assert!(!repeat("23505") && !repeat("57014") && !repeat("57P01"));
    }

    #[test]
    fn values_in_data_errors_are_not_kept() {
        let error = Error::from_code("testing", "22P02", None, "invalid input syntax for type uuid: \"+491713920017\"");
        assert!(!format!("{error} {error:?}").contains("4917"), "{error:?}");
    }
}
