//! The availability service.
// As in the library: the futures of a search nest deeply.
#![recursion_limit = "256"]

use std::process::ExitCode;

fn main() -> ExitCode {
    callflow_runtime::launch("availability", callflow_availability::run)
}
