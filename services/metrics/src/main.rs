//! The metrics service.

use std::process::ExitCode;

fn main() -> ExitCode {
    callflow_runtime::launch("metrics", callflow_metrics::run)
}
