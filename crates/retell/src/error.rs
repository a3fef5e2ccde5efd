//! Why a request of the voice platform could not be read.

use callflow_domain::ErrorKind;

/// Why a body or key was refused; never holds a part of it, because bodies hold what callers said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are no text.
    #[error("body is not UTF-8")]
    NotUtf8,
    /// Objects and arrays inside each other beyond [`depth::MAX`](crate::depth::MAX).
    #[error("body nests deeper than {max} levels")]
    TooDeep {
        /// The deepest level that is accepted.
        max: usize,
    },
    /// Not JSON, or cut off.
    #[error("body is not valid JSON at line {line}, column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// JSON, but no object, or the same key twice.
    #[error("body is not the expected JSON object at line {line}, column {column}")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// Something without which the request means nothing is not there.
    #[error("body has no usable `{field}`")]
    Missing {
        /// The field's name on the wire.
        field: &'static str,
    },
    /// An event that does not belong on the inbound address.
    #[error("event is neither call_inbound nor chat_inbound")]
    NotInbound,
    /// A function callflow does not have.
    #[error("no function has this name")]
    UnknownFunction,
    /// A signing key without a single byte would accept what anybody can sign.
    #[error("signing key is empty")]
    EmptyKey,
}

impl Error {
    /// Returns what sort of failure this is.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::UnknownFunction => ErrorKind::NotFound,
            _ => ErrorKind::Invalid,
        }
    }

    /// Translates a parser error, keeping its place and dropping its text, which may quote the body.
    pub(crate) fn from_json(cause: &serde_json::Error) -> Self {
        let (line, column) = (cause.line(), cause.column());
        match cause.classify() {
            serde_json::error::Category::Data => Self::Shape { line, column },
            _ => Self::Syntax { line, column },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parser_errors_keep_the_place_and_drop_the_text() {
        let cause = serde_json::from_str::<u8>("\"+491713920017\"").unwrap_err();
        let shown = format!("{} {:?}", Error::from_json(&cause), Error::from_json(&cause));
        assert!(shown.contains("line 1") && !shown.contains("4917"), "{shown}");
    }
}
