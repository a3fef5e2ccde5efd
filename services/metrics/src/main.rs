//! The metrics service.

// The consumer's future nests deeply; its layout is computed here.
#![recursion_limit = "256"]

use std::process::ExitCode;

fn main() -> ExitCode {
    callflow_runtime::launch("metrics", callflow_metrics::run)
}
