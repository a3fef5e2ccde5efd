//! `callflowctl parked list|show|redrive|drop`: messages that wait for a person.

mod view;

use std::{process::ExitCode, time::Duration};

use callflow_queue::{
    Endpoint, Publisher, Topology,
    parked::{Filter, ParkedQueue},
    publisher,
    topology::{Family, SUBSCRIPTIONS},
};
use clap::{Args, Subcommand};
use serde_json::Value;

use self::view::Message;
use crate::{
    cli::Format,
    connect::Fleet,
    failure::Failure,
    output::{self, BAD, GOOD, styled},
};

/// Longest wait for the broker; a person is watching.
const PATIENCE: Duration = Duration::from_secs(5);

/// Look at parked messages, send them back to work, or drop them.
#[derive(Debug, Subcommand)]
pub(crate) enum Parked {
    /// List parked messages, oldest first.
    List(Which),
    /// Show one message, with its payload only if asked for.
    Show {
        #[command(flatten)]
        which: Which,
        /// Show what the message says too: it is personal data.
        #[arg(long)]
        payload: bool,
    },
    /// Send messages back to their consumer; what they did before is not done again.
    Redrive(Meant),
    /// Remove messages for good.
    Drop(Meant),
}

/// Which messages; every part that is given must fit.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Id of the message.
    pub(crate) id: Option<String>,
    /// Consumer whose messages are meant, as `resolver.call.v1`; all of them by default.
    #[arg(long, value_name = "QUEUE", value_parser = queue)]
    pub(crate) queue: Option<String>,
    /// Part of the reason: its code, as `future_version`, or words of its detail.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Parked at least this long ago: `90s`, `15m`, `2h`, `3d`.
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) older_than: Option<Duration>,
    /// Parked at most this long ago.
    #[arg(long, value_name = "AGE", value_parser = age)]
    pub(crate) younger_than: Option<Duration>,
    /// Most messages per consumer.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
}

/// Which messages to change: at least one of id, reason, age, or all of them.
#[derive(Debug, Args)]
pub(crate) struct Meant {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Every parked message, if nothing else says which.
    #[arg(long)]
    pub(crate) all: bool,
}

impl Which {
    /// Returns the parts that say which messages are meant, or why nothing can be all of that.
    fn filter(&self) -> Result<Filter, Failure> {
        if let (Some(least), Some(most)) = (self.older_than, self.younger_than)
            && least > most
        {
            return Err(Failure::Usage("--older-than is more than --younger-than: no message is both".into()));
        }
        Ok(self.parts())
    }

    fn parts(&self) -> Filter {
        Filter {
            id: self.id.clone(),
            reason: self.reason.clone(),
            older_than: self.older_than,
            younger_than: self.younger_than,
        }
    }

    fn families(&self) -> Vec<Family> {
        let meant = |family: &Family| self.queue.as_deref().is_none_or(|queue| queue == family.label());
        Topology::new().families().into_iter().filter(meant).collect()
    }
}

/// Accepts the name of a consumer's queue.
fn queue(text: &str) -> Result<String, String> {
    let names = SUBSCRIPTIONS.map(|subscription| subscription.queue);
    if names.contains(&text) { Ok(text.to_owned()) } else { Err(format!("one of {}", names.join(", "))) }
}

/// Reads a number with a unit.
fn age(text: &str) -> Result<Duration, String> {
    let wrong = || "a number with s, m, h or d, as 15m".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let count: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    count.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

/// What is to be done with the messages that fit.
#[derive(Debug, Clone, Copy)]
enum Action {
    Look,
    Redrive,
    Drop,
}

/// Runs one of the commands.
pub(crate) async fn parked(fleet: &Fleet, format: Format, command: Parked) -> Result<ExitCode, Failure> {
    match command {
        Parked::List(which) => {
            let found = visit(fleet, &which, Action::Look).await?;
            output::print(format, &found, |found| view::list(found, which.parts() == Filter::default()))?;
            Ok(ExitCode::SUCCESS)
        }
        Parked::Show { which, payload } => show(fleet, format, which, payload).await,
        Parked::Redrive(meant) => change(fleet, format, &meant, Action::Redrive).await,
        Parked::Drop(meant) => change(fleet, format, &meant, Action::Drop).await,
    }
}

async fn show(fleet: &Fleet, format: Format, which: Which, payload: bool) -> Result<ExitCode, Failure> {
    if which.id.is_none() {
        return Err(Failure::Usage("which message? `callflowctl parked list` shows their ids".into()));
    }
    let mut found = visit(fleet, &which, Action::Look).await?;
    if found.is_empty() {
        return Err(absent());
    }
    if payload {
        found.iter_mut().for_each(Message::reveal);
    }
    output::print(format, &found, |found| found.iter().for_each(view::card))?;
    Ok(ExitCode::SUCCESS)
}

async fn change(fleet: &Fleet, format: Format, meant: &Meant, action: Action) -> Result<ExitCode, Failure> {
    let Meant { which, all } = meant;
    if !all && which.parts() == Filter::default() {
        let text = "which messages? Name an id, --reason, --older-than or --younger-than, or say --all";
        return Err(Failure::Usage(text.into()));
    }
    let changed = visit(fleet, which, action).await?;
    let (done, style) = if matches!(action, Action::Drop) { ("dropped", BAD) } else { ("sent back", GOOD) };
    output::print(format, &changed, |changed| {
        if which.id.is_none() || !changed.is_empty() {
            view::list(changed, *all);
            anstream::println!("{}", styled(style, &format!("{} {done}", changed.len())));
        }
    })?;
    // A message that was named and is not there: said by the exit code too, because scripts look at nothing else.
    if changed.is_empty() && which.id.is_some() { Err(absent()) } else { Ok(ExitCode::SUCCESS) }
}

/// Whoever asks a second time is told so by the same words: nobody keeps what has left.
fn absent() -> Failure {
    Failure::Refused("no such message is parked: it never was, or was sent back or dropped before".into())
}

/// Visits the parked queues that are meant, one after the other.
async fn visit(fleet: &Fleet, which: &Which, action: Action) -> Result<Vec<Message>, Failure> {
    let filter = which.filter()?;
    let endpoint = Endpoint::parse(&fleet.broker()?).map_err(|error| Failure::Usage(error.to_string()))?;
    let endpoint = endpoint.named("callflowctl");
    // It publishes no events, only to families' own exchanges; so it need not see the queues that events go to.
    let settings = publisher::Config { expects: Vec::new(), ..publisher::Config::default() };
    let publisher = Publisher::start(endpoint.clone(), &Topology::new(), settings);
    if !publisher.wait_ready(PATIENCE).await {
        return Err(Failure::Unreachable(format!("the broker does not answer at {endpoint}, or lacks a queue")));
    }
    let mut found = Vec::new();
    for family in which.families() {
        let label = family.label();
        let queue = ParkedQueue::open(&endpoint, family, publisher.clone()).await.map_err(broker)?;
        let limit = which.limit;
        let visited = match action {
            Action::Look => queue.list(&filter, limit).await,
            Action::Redrive => queue.redrive(&filter, limit).await,
            Action::Drop => queue.drop(&filter, limit).await,
        };
        queue.close().await;
        found.extend(visited.map_err(broker)?.into_iter().map(|parked| Message::of(label, parked)));
    }
    publisher.close().await;
    Ok(found)
}

fn broker(error: callflow_queue::Error) -> Failure {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    Failure::Unreachable(text)
}

/// Returns a payload as JSON where it is JSON, as text otherwise.
fn readable(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(payload).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_a_unit() {
        assert_eq!(age("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(age("3d"), Ok(Duration::from_secs(259_200)));
        for wrong in ["", "7", "h", "-1h", "1y", "1ü", "99999999999999999999d", "18446744073709551615d"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_queue_must_be_one_of_ours() {
        assert!(queue("resolver.call.v1").is_ok());
        assert!(queue("resolver.call.v1.parked").is_err_and(|names| names.contains("metrics.all.v1")));
    }
}
