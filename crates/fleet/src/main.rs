//! `callflow-fleet`: the whole fleet on one machine.

mod detach;
mod run;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

/// The whole fleet on one machine: servers, services, a demo company, a sample call.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts everything, places a sample call, stays until Ctrl-C.
    Run(Run),
    /// Starts everything and leaves it running.
    Up(Place),
    /// Stops what `up` left running.
    Down(Place),
}

#[derive(Debug, Args)]
struct Run {
    #[command(flatten)]
    place: Place,
    /// Stops after the sample call; exit status 0 only if it was booked and everything of it is there.
    #[arg(long, env = "ONCE", value_parser = clap::builder::FalseyValueParser::new())]
    once: bool,
    /// Places no sample call.
    #[arg(long)]
    no_sample: bool,
    /// Set for the process that `up` leaves behind.
    #[arg(long, hide = true)]
    detached: bool,
}

/// Where the fleet lives.
#[derive(Debug, Clone, Args)]
struct Place {
    /// Folder of data, logs, keys and the endpoints file.
    #[arg(long, default_value = ".callflow", value_name = "FOLDER")]
    folder: PathBuf,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Up(place) => detach::up(&place),
        Command::Down(place) => detach::down(&place),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("callflow-fleet: {error:#}");
            ExitCode::FAILURE
        }
    }
}
