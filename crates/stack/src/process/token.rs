//! A short name of a process that other processes can check: things named after it are left over once it is gone.

use std::{fmt, io, str::FromStr};

use super::identity::Stat;

/// A process id with its start time, written `<pid>_<ticks>`; unique as long as the machine is not restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pid: i32,
    started: u64,
}

impl Token {
    /// Returns this process's own token.
    pub fn own() -> io::Result<Self> {
        let pid = std::process::id().cast_signed();
        Ok(Self { pid, started: Stat::read(pid)?.started })
    }

    /// Returns whether the process still exists.
    #[must_use]
    pub fn alive(self) -> bool {
        Stat::read(self.pid).is_ok_and(|stat| stat.started == self.started)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.pid, self.started)
    }
}

impl FromStr for Token {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (pid, started) = text.split_once('_').unwrap_or((text, ""));
        Ok(Self { pid: pid.parse()?, started: started.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_a_process_only_while_it_lives() {
        let own = Token::own().unwrap();
        assert_eq!(own.to_string().parse(), Ok(own));
        assert!(own.alive());
        assert!(!Token { started: own.started + 1, ..own }.alive());
        assert!("12".parse::<Token>().is_err());
    }
}
