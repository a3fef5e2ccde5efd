//! The ingress service.

use std::process::ExitCode;

fn main() -> ExitCode {
    callflow_runtime::launch("ingress", callflow_ingress::run)
}
