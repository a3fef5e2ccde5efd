//! `callflow-stack`: servers for development and tests from the command line.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("callflow-stack: {error:#}");
            ExitCode::FAILURE
        }
    }
}
