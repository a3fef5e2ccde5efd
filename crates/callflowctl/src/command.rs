//! The commands, one file each.

mod appointment;
mod branch;
mod call;
mod extract;
mod resolve;
mod slot;

use std::process::ExitCode;

use crate::{
    cli::{Cli, Command},
    connect::Fleet,
    failure::Failure,
};

/// Runs one command to its end.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let format = cli.global.output;
    if let Command::Extract(args) = &cli.command {
        return extract::extract(format, args);
    }
    let fleet = Fleet::find(&cli.global)?;
    match cli.command {
        Command::Resolve(args) => resolve::resolve(&fleet, format, args).await,
        Command::Slots(args) => slot::slots(&fleet, format, &args).await,
        Command::Book(args) => appointment::book(&fleet, format, args).await,
        Command::Cancel(args) => appointment::cancel(&fleet, format, args).await,
        Command::Appointments(args) => appointment::list(&fleet, format, &args).await,
        Command::Callbacks(args) => appointment::callbacks(&fleet, format, &args).await,
        Command::Calls(args) => call::calls(&fleet, format, args).await,
        Command::Extract(args) => extract::extract(format, &args),
    }
}
