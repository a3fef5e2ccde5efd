//! Lua scripts and calls of them.

use std::fmt::Display;

use deadpool_redis::redis::{Cmd, Script as Hashed, cmd};

/// A script, known to Redis by the hash of its text.
pub(crate) struct Script {
    /// Name in errors and metrics.
    pub(crate) op: &'static str,
    /// Whether running it twice is as good as once, so that a lost connection is no reason to give up.
    pub(crate) repeatable: bool,
    text: &'static str,
    hash: String,
}

impl Script {
    /// A script that may be run again when its answer got lost.
    pub(crate) fn repeatable(op: &'static str, text: &'static str) -> Self {
        Self { op, repeatable: true, text, hash: Hashed::new(text).get_hash().to_owned() }
    }

    /// A script that counts each run.
    pub(crate) fn once(op: &'static str, text: &'static str) -> Self {
        Self { repeatable: false, ..Self::repeatable(op, text) }
    }

    pub(super) fn by_hash(&self, call: &Call) -> Cmd {
        call.command("EVALSHA", &self.hash)
    }

    pub(super) fn by_text(&self, call: &Call) -> Cmd {
        call.command("EVAL", self.text)
    }
}

/// Keys and arguments of one run.
#[derive(Debug, Default)]
pub(crate) struct Call {
    keys: Vec<String>,
    args: Vec<Vec<u8>>,
}

impl Call {
    pub(crate) fn keys(keys: impl IntoIterator<Item = String>) -> Self {
        Self { keys: keys.into_iter().collect(), args: Vec::new() }
    }

    /// Adds a key.
    pub(crate) fn key(mut self, key: String) -> Self {
        self.keys.push(key);
        self
    }

    /// Adds an argument as text.
    pub(crate) fn arg(self, arg: impl Display) -> Self {
        self.bytes(arg.to_string().into_bytes())
    }

    /// Adds an argument as it is.
    pub(crate) fn bytes(mut self, arg: impl Into<Vec<u8>>) -> Self {
        self.args.push(arg.into());
        self
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = cmd(name);
        command.arg(script).arg(self.keys.len()).arg(&self.keys);
        for arg in &self.args {
            command.arg(arg.as_slice());
        }
        command
    }
}
