//! The command line: every command, flag and example.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command::Parked;

/// The operator's hand on a callflow fleet.
#[derive(Debug, Parser)]
#[command(name = "callflowctl", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "Examples:
  callflowctl apply -f catalog.yaml --dry-run
  callflowctl export --company haarwerk > catalog.yaml
  callflowctl resolve --company haarwerk --to +493023125100 --from +491713920017
  callflowctl slots --company haarwerk --branch berlin-mitte --service herrenhaarschnitt --days 7
  callflowctl book --company haarwerk --slot sl_0123456789abcdef --name 'Erika Muster' --phone +491713920099
  callflowctl series --company haarwerk --branch berlin-mitte --service bart --pattern weekly:fr --from 2026-12-04 --time 15:00 --count 8 --dry-run
  callflowctl calls show call_d0f631ca1ddba8db3bcfcb9e057 --company haarwerk
  callflowctl parked list --queue resolver.call.v1 --older-than 1h
  callflowctl parked redrive --reason future_version
  callflowctl retell tools --company haarwerk --url https://calls.example.com
  callflowctl appointments --company haarwerk --branch berlin-mitte -o json | jq '.[].start'

Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 the fleet cannot be reached.";

/// Flags that every command knows.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// How to print the answer.
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// The file that says where the fleet is, as written by `make up`.
    #[arg(long, global = true, env = "CALLFLOW_ENDPOINTS", default_value = ".callflow/endpoints.json")]
    pub(crate) endpoints: PathBuf,
    /// URL of the resolver's gRPC port; overrides the endpoints file.
    #[arg(long, global = true, env = "CALLFLOW_RESOLVER_URL", hide_env_values = true)]
    pub(crate) resolver: Option<String>,
    /// URL of the availability service's gRPC port; overrides the endpoints file.
    #[arg(long, global = true, env = "CALLFLOW_AVAILABILITY_URL", hide_env_values = true)]
    pub(crate) availability: Option<String>,
    /// URL of the booking service's gRPC port; overrides the endpoints file.
    #[arg(long, global = true, env = "CALLFLOW_BOOKING_URL", hide_env_values = true)]
    pub(crate) booking: Option<String>,
    /// URL of the broker, as the user `callflow_operator`; overrides the endpoints file.
    #[arg(long, global = true, env = "CALLFLOW_BROKER_URL", hide_env_values = true)]
    pub(crate) broker: Option<String>,
    /// Slug of the company; may be left out when the endpoints file names just one.
    #[arg(short, long, global = true, env = "CALLFLOW_COMPANY")]
    pub(crate) company: Option<String>,
}

/// How answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// JSON for scripts; its fields only ever grow.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the stored catalog equal to a file, or show what that would change.
    Apply(Apply),
    /// Print the stored catalog as a file that applies to itself without a change.
    Export(Export),
    /// Print the JSON schema of catalog files, for editors; asks no service.
    Schema,
    /// Show which branch a call would reach, in which language, and why.
    Resolve(Resolve),
    /// Show what is free, as a list and as a picture of the days.
    Slots(Slots),
    /// Book a slot.
    Book(Book),
    /// Book a recurring series, or show what booking it would do.
    Series(Series),
    /// Move an appointment to another slot or time.
    Reschedule(Reschedule),
    /// Cancel an appointment.
    Cancel(Cancel),
    /// List appointments.
    Appointments(Appointments),
    /// List who wants to be called back.
    Callbacks(Callbacks),
    /// List calls, or show the time line of one.
    #[command(subcommand)]
    Calls(Calls),
    /// Look at messages that wait for a person, send them back to work, or drop them.
    #[command(subcommand)]
    Parked(Parked),
    /// Show what a phrase says about day and time; asks no service.
    Extract(Extract),
    /// Print what the voice platform has to be told; asks no service.
    #[command(subcommand)]
    Retell(Retell),
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The catalog file, YAML or JSON; `-` reads what is piped in.
    #[arg(short, long)]
    pub(crate) file: PathBuf,
    /// Show what would change, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Write to this file instead of the terminal.
    #[arg(short, long)]
    pub(crate) file: Option<PathBuf>,
    /// Export all companies.
    #[arg(long, conflicts_with = "company")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The dialled number.
    #[arg(long)]
    pub(crate) to: String,
    /// The caller's number; leave it out for a withheld one.
    #[arg(long, default_value = "anonymous")]
    pub(crate) from: String,
    /// The voice platform's agent id.
    #[arg(long, default_value = "")]
    pub(crate) agent: String,
    /// Metadata of the call, as JSON.
    #[arg(long, default_value = "")]
    pub(crate) metadata: String,
    /// Language the platform detected.
    #[arg(long, default_value = "")]
    pub(crate) language: String,
    /// A SIP header, `name=value`; may be repeated.
    #[arg(long = "header", value_name = "NAME=VALUE")]
    pub(crate) headers: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Slots {
    /// Slug or id of the branch.
    #[arg(long)]
    pub(crate) branch: String,
    /// Service: slug, name or alias.
    #[arg(long)]
    pub(crate) service: String,
    /// Only this staff member: slug, name or nickname.
    #[arg(long)]
    pub(crate) staff: Option<String>,
    /// First day, `YYYY-MM-DD`, or a phrase such as "nächsten Dienstag"; today by default.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// How many days to look at.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub(crate) days: u32,
    /// Most starts to list.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Book {
    /// Slot id as `callflowctl slots` prints it.
    #[arg(long)]
    pub(crate) slot: String,
    /// Name of the customer.
    #[arg(long)]
    pub(crate) name: String,
    /// Number of the customer.
    #[arg(long, default_value = "")]
    pub(crate) phone: String,
    /// Language of the customer.
    #[arg(long, default_value = "")]
    pub(crate) language: String,
    /// A note for the staff.
    #[arg(long, default_value = "")]
    pub(crate) notes: String,
    /// Repeating a command with the same key books once; a fresh key by default.
    #[arg(long)]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// Id or confirmation code of the appointment.
    pub(crate) appointment: String,
    /// Why.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    /// Cancel the whole series it belongs to.
    #[arg(long)]
    pub(crate) whole_series: bool,
    /// Cancel it and everything after it in its series.
    #[arg(long, conflicts_with = "whole_series")]
    pub(crate) from_here: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Reschedule {
    /// Id or confirmation code of the appointment.
    pub(crate) appointment: String,
    /// Slot id as `callflowctl slots` prints it.
    #[arg(long, conflicts_with = "start", required_unless_present = "start")]
    pub(crate) slot: Option<String>,
    /// The same service with the same person at another time, as in `2026-11-30T10:00:00+01:00`.
    #[arg(long)]
    pub(crate) start: Option<jiff::Timestamp>,
    /// Repeating a command with the same key moves once; a fresh key by default.
    #[arg(long)]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Series {
    /// Slug or id of the branch.
    #[arg(long)]
    pub(crate) branch: String,
    /// Service: slug, name or alias.
    #[arg(long)]
    pub(crate) service: String,
    /// Only this staff member: slug, name or nickname; whoever is best by default.
    #[arg(long)]
    pub(crate) staff: Option<String>,
    /// `weekly:mo,we,fr`, `biweekly:tu`, `monthly:15`, `monthly:last:friday`, `every:3weeks:th`, or an RFC 5545 rule.
    #[arg(long)]
    pub(crate) pattern: String,
    /// First possible day, `YYYY-MM-DD`.
    #[arg(long)]
    pub(crate) from: jiff::civil::Date,
    /// Local time of day, `HH:MM`; stays put over clock changes.
    #[arg(long)]
    pub(crate) time: String,
    /// Last possible day, `YYYY-MM-DD`.
    #[arg(long)]
    pub(crate) until: Option<jiff::civil::Date>,
    /// Number of occurrences, at most 366.
    #[arg(long, default_value_t = 0)]
    pub(crate) count: u32,
    /// What to do where one does not fit: `fail`, `skip`, `shift`, `other_staff`, `other_branch`, or several in order.
    #[arg(long, default_value = "fail")]
    pub(crate) strategy: String,
    /// How far `shift` may move one, minutes each way.
    #[arg(long, default_value_t = 60)]
    pub(crate) shift_window: u32,
    /// Name of the customer.
    #[arg(long, default_value = "", required_unless_present = "dry_run")]
    pub(crate) name: String,
    /// Number of the customer.
    #[arg(long, default_value = "")]
    pub(crate) phone: String,
    /// Show what would happen to each occurrence and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Repeating a command with the same key books once; a fresh key by default.
    #[arg(long)]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Appointments {
    /// Slug or id of a branch; all branches by default.
    #[arg(long)]
    pub(crate) branch: Option<String>,
    /// First day, `YYYY-MM-DD`; today by default.
    #[arg(long)]
    pub(crate) from: Option<jiff::civil::Date>,
    /// How many days.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(crate) days: u32,
    /// Show cancelled ones too.
    #[arg(long)]
    pub(crate) cancelled: bool,
    /// Most rows.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Callbacks {
    /// Show those that are done, too.
    #[arg(long)]
    pub(crate) all: bool,
    /// Most rows.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Calls {
    /// List the newest calls.
    List {
        /// Only calls in this phase: ringing, ongoing, transferring, ended, analyzed.
        #[arg(long, default_value = "")]
        phase: String,
        /// Most rows.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Show one call: what was decided and why, and everything that was reported about it.
    Show {
        /// The call's id.
        call: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Retell {
    /// Print the tools of an agent as JSON, to be pasted into its `general_tools` or sent to the platform's API.
    Tools {
        /// Where callflow is reached from outside, such as `https://calls.example.com`.
        #[arg(long, value_parser = public_url)]
        url: String,
        /// Only these functions; all of them by default.
        #[arg(value_name = "FUNCTION")]
        only: Vec<String>,
    },
    /// Print the webhook addresses of a company.
    Webhooks {
        /// Where callflow is reached from outside, such as `https://calls.example.com`.
        #[arg(long, value_parser = public_url)]
        url: String,
    },
}

/// Accepts a base URL as the platform can call it.
fn public_url(text: &str) -> Result<String, &'static str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['?', '#', ' ']));
    if plain { Ok(text.to_owned()) } else { Err("expected a URL such as https://calls.example.com") }
}

#[derive(Debug, Args)]
pub(crate) struct Extract {
    /// What was said.
    pub(crate) text: String,
    /// Language of the words, as a BCP 47 tag.
    #[arg(long, default_value = "de")]
    pub(crate) language: String,
    /// Local time of the call, `YYYY-MM-DDTHH:MM`; now by default.
    #[arg(long)]
    pub(crate) now: Option<jiff::civil::DateTime>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn public_urls_are_what_the_platform_can_call() {
        assert!(super::public_url("https://calls.example.com/base").is_ok());
        for bad in ["calls.example.com", "https://", "ftp://x", "https://x?y", "https://a b"] {
            assert!(super::public_url(bad).is_err(), "{bad}");
        }
    }
}
