//! From raw bytes to a parsed value: encoding, depth and syntax, in that order.

use serde::Deserialize;

use crate::{Error, depth, lenient};

/// Returns the body as text when it is UTF-8 and nests within the limit.
pub(crate) fn text(body: &[u8]) -> Result<&str, Error> {
    let text = std::str::from_utf8(body).map_err(|_| Error::NotUtf8)?;
    depth::check(body)?;
    Ok(text)
}

/// Parses an object that [`text`] has let through; anything else is no body of ours.
///
/// Derived structs would also read a list by position, so the object is asked for.
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let read = lenient::object(&mut parser).and_then(|object| parser.end().map(|()| object));
    read.map_err(|cause| Error::from_json(&cause))?.ok_or(Error::Shape { line: 1, column: 1 })
}
