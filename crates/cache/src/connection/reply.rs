//! Reading the flat lists that scripts answer with.

use std::vec::IntoIter;

use bytes::Bytes;
use deadpool_redis::redis::Value;
use jiff::Timestamp;

use crate::Error;

/// A script's answer, read from front to back.
pub(crate) struct Reply {
    op: &'static str,
    values: IntoIter<Value>,
}

impl Reply {
    pub(super) fn new(op: &'static str, answer: Value) -> Result<Self, Error> {
        match answer {
            Value::Array(values) => Ok(Self { op, values: values.into_iter() }),
            _ => Err(Error::Answer { op }),
        }
    }

    /// Reads a hash as name, value, name, value, whichever protocol version it came in.
    pub(crate) fn of_map(op: &'static str, answer: Value) -> Result<Self, Error> {
        match answer {
            Value::Map(pairs) => {
                let flat: Vec<_> = pairs.into_iter().flat_map(|(name, value)| [name, value]).collect();
                Ok(Self { op, values: flat.into_iter() })
            }
            other => Self::new(op, other),
        }
    }

    /// Returns the error for an answer that cannot be understood.
    pub(crate) const fn wrong(&self) -> Error {
        Error::Answer { op: self.op }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.values.len() == 0
    }

    pub(crate) fn bytes(&mut self) -> Result<Bytes, Error> {
        match self.values.next() {
            Some(Value::BulkString(bytes)) => Ok(bytes.into()),
            Some(Value::SimpleString(text)) => Ok(text.into_bytes().into()),
            _ => Err(self.wrong()),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes.into()).map_err(|_| self.wrong())
    }

    /// Returns a whole number, whether sent as one or as text.
    pub(crate) fn number(&mut self) -> Result<i64, Error> {
        match self.values.next() {
            Some(Value::Int(number)) => Ok(number),
            Some(Value::BulkString(text)) => parse(&text).ok_or_else(|| self.wrong()),
            _ => Err(self.wrong()),
        }
    }

    /// Returns a time sent as milliseconds since the epoch.
    pub(crate) fn time(&mut self) -> Result<Timestamp, Error> {
        Timestamp::from_millisecond(self.number()?).map_err(|_| self.wrong())
    }
}

fn parse(text: &[u8]) -> Option<i64> {
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_unexpected_is_an_error_and_no_panic() {
        assert!(Reply::new("x", Value::Nil).is_err());
        let values = vec![Value::Int(1), Value::BulkString(b"12".to_vec()), Value::Nil, Value::BulkString(vec![0xff])];
        let mut reply = Reply::new("x", Value::Array(values)).unwrap();
        assert_eq!((reply.number().unwrap(), reply.number().unwrap()), (1, 12));
        assert!(reply.number().is_err() && reply.text().is_err() && reply.is_done() && reply.bytes().is_err());
    }
}
