//! `callflowctl`: the operator's hand on a callflow fleet.
//!
//! Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 the fleet cannot be reached.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cli;
mod command;
mod connect;
mod document;
mod failure;
mod output;
mod view;

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match command::run(cli).await {
        Ok(code) => code,
        Err(failure) => {
            anstream::eprintln!("{failure}");
            failure.exit_code()
        }
    }
}
