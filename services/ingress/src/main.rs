//! The ingress service.

// As in the library: the whole service is one future here.
#![recursion_limit = "256"]

use std::process::ExitCode;

fn main() -> ExitCode {
    callflow_runtime::launch("ingress", callflow_ingress::run)
}
