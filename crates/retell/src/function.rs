//! Function requests: what a model asks for in the middle of a call.
//!
//! Who is calling comes from the `call` object or, where only arguments are sent, from configured
//! headers; never from the arguments, which a model wrote and a caller can dictate.

mod args;
mod command;
mod identity;
mod junk;
mod name;
mod pending;
mod said;
mod wish;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use args::Args;
pub use command::{
    BookAppointment, BookSeries, BookServices, CancelAppointment, CheckAvailability, Command, GetCustomer,
    ListAppointments, RequestCallback, RescheduleAppointment, Scope,
};
pub use identity::{Identity, header};
pub use name::Function;
pub use said::Said;
pub use wish::Wish;

use crate::{
    Error, body,
    call::{self, Call},
    lenient,
    raw::Raw,
};

/// One function request, in whatever shape it was configured to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Request<'a> {
    /// What is asked for.
    pub function: Function,
    /// Who is on the line.
    pub identity: Identity,
    /// The call so far; `None` when only arguments were sent.
    pub call: Option<Call<'a>>,
    /// What the model filled in.
    pub args: Args,
    /// The platform's id of this invocation; a delivery repeated has the same one.
    pub tool_call_id: Option<String>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    name: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::object")]
    call: Option<call::Wire<'a>>,
    #[serde(default, borrow, deserialize_with = "lenient::object")]
    chat: Option<call::Wire<'a>>,
    #[serde(default, borrow)]
    args: Option<Raw<'a>>,
}

impl<'a> Request<'a> {
    /// Reads a request with a body.
    ///
    /// `path_name` is the function's name in the address, if it is there, and `headers` what the
    /// headers say about the call. The signature covers the body alone, so its name comes first;
    /// but arguments that pretend to be a call of another id do not replace the header's.
    pub fn parse(bytes: &'a [u8], path_name: Option<&str>, headers: Identity) -> Result<Self, Error> {
        let text = body::text(bytes)?;
        if text.trim().is_empty() {
            return Self::of_args(Map::new(), path_name, headers);
        }
        let wire: Wire<'a> = body::parse(text)?;
        let named = wire.name.as_deref().is_some_and(|name| Function::parse(name).is_some());
        let has_args = wire.args.is_some();
        let call = wire.call.or(wire.chat).map(Call::from).filter(|call| headers.may_be(call));
        match call {
            Some(call) => {
                let name = wire.name.as_deref().or(path_name).ok_or(Error::Missing { field: "name" })?;
                Self::of_call(name, call, wire.args, headers)
            }
            None if named && has_args => {
                let args = wire.args.map(args_of).unwrap_or_default();
                Self::of_args(args, wire.name.as_deref(), headers)
            }
            None => Self::of_args(body::parse(text)?, path_name, headers),
        }
    }

    /// Reads a request without a body: its arguments are the query's parameters.
    ///
    /// Nothing but the time is signed then, so writes should not be configured this way.
    pub fn from_query<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
        path_name: Option<&str>,
        headers: Identity,
    ) -> Result<Self, Error> {
        let args = pairs.into_iter().map(|(name, value)| (name.into(), Value::String(value.into())));
        Self::of_args(args.collect(), path_name, headers)
    }

    fn of_call(name: &str, call: Call<'a>, args: Option<Raw<'a>>, headers: Identity) -> Result<Self, Error> {
        let function = Function::parse(name).ok_or(Error::UnknownFunction)?;
        let args = args.map(args_of).unwrap_or_default();
        let tool_call_id = call.turns.and_then(|turns| pending::tool_call_id(turns, name, &args));
        let identity = Identity::of_call(&call).or(headers);
        Ok(Self { function, identity, call: Some(call), args: Args::new(args), tool_call_id })
    }

    fn of_args(args: Map<String, Value>, name: Option<&str>, identity: Identity) -> Result<Self, Error> {
        let name = name.ok_or(Error::Missing { field: "name" })?;
        let function = Function::parse(name).ok_or(Error::UnknownFunction)?;
        Ok(Self { function, identity, call: None, args: Args::new(args), tool_call_id: None })
    }

    /// Returns the request in typed form; never fails, what cannot be read is absent.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::of(self.function, &self.args)
    }
}

/// Returns the arguments, also when a model sent them as a string of JSON.
fn args_of(raw: Raw<'_>) -> Map<String, Value> {
    raw.decode().or_else(|| serde_json::from_str(&raw.text()?).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
