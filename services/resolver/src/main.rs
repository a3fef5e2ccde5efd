//! The resolver service.

use std::process::ExitCode;

fn main() -> ExitCode {
    callflow_runtime::launch("resolver", callflow_resolver::run)
}
