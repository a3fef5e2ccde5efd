//! The kinds of failure the fleet distinguishes, whatever layer they come from.

use std::fmt;

/// What sort of failure an error is; each adapter turns it outward with one `match`
/// (HTTP status in `runtime`, gRPC status in `rpc`, disposition in `queue`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong and will stay wrong however often it is repeated.
    Invalid,
    /// The thing named does not exist, or not for this company.
    NotFound,
    /// The request contradicts the present state: a slot taken, a key used for another body.
    Conflict,
    /// The caller did not prove who it is.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// Too much in too short a time; a later try may succeed.
    Limited,
    /// The deadline passed before an answer was there; whether it took effect is unknown.
    Timeout,
    /// Something this needs is away; a later try may succeed.
    Unavailable,
    /// A defect of ours.
    Internal,
}

impl ErrorKind {
    /// Every kind, for tables and exhaustive tests.
    pub const ALL: [Self; 9] = [
        Self::Invalid,
        Self::NotFound,
        Self::Conflict,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::Limited,
        Self::Timeout,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Returns the stable lower-case name used in metrics labels and error details.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Limited => "limited",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Returns whether trying the same thing again later can succeed.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Limited | Self::Timeout | Self::Unavailable)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        let names: std::collections::HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }
}
