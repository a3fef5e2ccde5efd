//! Loads a service's configuration: defaults, then a YAML file, then the environment.
//!
//! Every setting is a field of a struct with a default. Serialising the defaults gives the complete list of
//! known settings, so an unknown variable is a mistake that can be named, with the closest known one. All
//! problems are reported together, each by its variable and by what would be accepted.

mod check;
mod error;
mod part;
mod reference;
mod schema;
mod secret;
mod source;

use std::path::PathBuf;

use serde::{Serialize, de::DeserializeOwned};

pub use check::{Check, Validate};
pub use error::{Error, Problem};
pub use part::{Admin, Amqp, Database, Http, Mode, Process, Redis};
pub use reference::{Setting, reference, table};
pub use secret::Secret;

use crate::ListenOn;
use schema::Schema;
use source::Settings;

/// What the frame around a service has to know of its configuration.
pub trait ServiceConfig: Validate + Default + Serialize + DeserializeOwned + Send + 'static {
    /// Returns the settings of the process: threads, grace period.
    fn process(&self) -> &Process;

    /// Returns the settings of logs and traces.
    fn telemetry(&self) -> &callflow_telemetry::Config;

    /// Returns the addresses to listen on.
    fn listen(&self) -> ListenOn;
}

/// Where configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Environment variables; those without the prefix `CALLFLOW__` are ignored.
    pub env: Vec<(String, String)>,
    /// The YAML file, if there is one.
    pub file: Option<PathBuf>,
}

impl Inputs {
    /// Returns the inputs of this process: its environment, and the file named by `CALLFLOW_CONFIG`.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let env = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        let file = std::env::var_os("CALLFLOW_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        Self { env, file }
    }
}

/// Loads the configuration of `service` from this process's environment and file.
///
/// # Errors
/// Names every setting that is missing, unknown, unreadable or out of range.
pub fn load<C>(service: &'static str) -> Result<C, Error>
where
    C: Validate + Default + Serialize + DeserializeOwned,
{
    load_from(service, &Inputs::of_process())
}

/// Loads the configuration of `service` from `inputs`.
///
/// # Errors
/// As [`load`].
pub fn load_from<C>(service: &'static str, inputs: &Inputs) -> Result<C, Error>
where
    C: Validate + Default + Serialize + DeserializeOwned,
{
    let schema = Schema::of::<C>();
    let mut problems = Vec::new();
    let mut settings = Settings::read(&schema, inputs, &mut problems);
    let accepted = check::accepted_by(&C::default());
    let mode = settings.mode();
    loop {
        match settings.deserialize::<C>() {
            Ok(config) => {
                // Values that could not be read were replaced by defaults; those need no second complaint.
                let unread: Vec<String> = problems.iter().map(|problem| problem.variable.clone()).collect();
                problems
                    .extend(check::problems_of(&config, mode).into_iter().filter(|p| !unread.contains(&p.variable)));
                return if problems.is_empty() { Ok(config) } else { Err(Error { service, problems }) };
            }
            // One unreadable value at a time is set aside, so that all of them are reported at once.
            Err(refusal) => match settings.set_aside(&refusal, &accepted) {
                Some(problem) => problems.push(problem),
                None => {
                    problems.push(Problem::general(refusal.to_string()));
                    return Err(Error { service, problems });
                }
            },
        }
    }
}

#[cfg(test)]
mod tests;
