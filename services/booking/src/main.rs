//! The booking service.

use std::process::ExitCode;

fn main() -> ExitCode {
    callflow_runtime::launch("booking", callflow_booking::run)
}
