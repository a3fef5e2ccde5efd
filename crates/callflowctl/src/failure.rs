//! What went wrong, for the person at the terminal.

use std::{fmt, process::ExitCode};

use callflow_contract::convert::FieldError;
use tonic::{Code, Status};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments do not make sense; exit code 2.
    Usage(String),
    /// The fleet answered, and the answer is no; exit code 1.
    Refused(String),
    /// No answer: the service cannot be reached; exit code 3.
    Unreachable(String),
}

impl Failure {
    /// Returns the process's exit code for this failure.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Refused(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
            Self::Unreachable(_) => ExitCode::from(3),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => write!(f, "callflowctl: {text}\nSee `callflowctl help`."),
            Self::Refused(text) => write!(f, "callflowctl: {text}"),
            Self::Unreachable(text) => {
                write!(
                    f,
                    "callflowctl: {text}\nIs the fleet running? `make up` starts one; `--endpoints FILE` names another."
                )
            }
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unavailable | Code::DeadlineExceeded => Self::Unreachable(status.message().to_owned()),
            Code::InvalidArgument => Self::Usage(status.message().to_owned()),
            code => Self::Refused(format!("{} ({code:?})", status.message())),
        }
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::Refused(format!("the answer cannot be read: {error}"))
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Refused(format!("the answer cannot be read: {error}"))
    }
}
