//! What can be wrong with a request for a sequence.

use crate::ErrorKind;

/// A sequence that cannot be looked for; each text says what is accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too few or too many services.
    #[error("{found} services asked for; accepted are {} to {}", super::MIN_SERVICES, super::MAX_SERVICES)]
    Services {
        /// How many were asked for.
        found: usize,
    },
    /// A gap is negative or too long, or there is not one for every pair.
    #[error("a gap between services is none of 0 to {} minutes", super::MAX_GAP_MIN)]
    Gap,
    /// The window ends before it begins, or is too long.
    #[error(
        "sequences are searched over at most {} days, and the window has to end after it begins",
        super::SEARCH_DAYS
    )]
    Window,
    /// The distance between starts is out of range.
    #[error("the step between starts is none of 1 to 720 minutes")]
    Step,
    /// Two of the services may not be combined.
    #[error("{first} and {second} cannot be part of the same visit")]
    Forbidden {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
}

/// Code of a wish for services that may not be combined.
pub const FORBIDDEN_COMBINATION: &str = "forbidden_combination";

impl Error {
    /// Returns the kind: always what was asked for was wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    /// Returns the stable code for programs, where one has to tell this problem from the others of its kind.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden { .. } => Some(FORBIDDEN_COMBINATION),
            _ => None,
        }
    }

    /// Returns the field of the request that has to change.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Services { .. } | Self::Forbidden { .. } => "services",
            Self::Gap => "gap_min",
            Self::Window => "window",
            Self::Step => "step_min",
        }
    }
}
