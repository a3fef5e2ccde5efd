//! The commands, one file each.

mod appointment;
mod branch;
mod call;
mod catalog;
mod extract;
mod parked;
mod resolve;
mod retell;
mod series;
mod slot;

use std::process::ExitCode;

pub(crate) use parked::Parked;

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
    if matches!(cli.command, Command::Schema) {
        return catalog::print_schema();
    }
    let fleet = Fleet::find(&cli.global)?;
    match cli.command {
        Command::Apply(args) => catalog::apply(&fleet, format, args).await,
        Command::Export(args) => catalog::export(&fleet, format, args).await,
        Command::Schema => catalog::print_schema(),
        Command::Resolve(args) => resolve::resolve(&fleet, format, args).await,
        Command::Slots(args) => slot::slots(&fleet, format, &args).await,
        Command::Book(args) => appointment::book(&fleet, format, args).await,
        Command::Series(args) => series::series(&fleet, format, args).await,
        Command::Reschedule(args) => appointment::reschedule(&fleet, format, args).await,
        Command::Cancel(args) => appointment::cancel(&fleet, format, args).await,
        Command::Appointments(args) => appointment::list(&fleet, format, &args).await,
        Command::Callbacks(args) => appointment::callbacks(&fleet, format, &args).await,
        Command::Calls(args) => call::calls(&fleet, format, args).await,
        Command::Parked(command) => parked::parked(&fleet, format, command).await,
        Command::Extract(args) => extract::extract(format, &args),
        Command::Retell(args) => retell::retell(&fleet, &args),
    }
}
