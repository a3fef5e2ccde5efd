//! `callflowctl extract`: what a phrase says, without asking a service.

use std::process::ExitCode;

use callflow_extract::{Clock, Days, TimeOfDay, lexicon::Language, understand, when::Found};
use jiff::Zoned;
use serde::Serialize;

use crate::{
    cli::{Extract, Format},
    failure::Failure,
    output::{self, HEAD, styled},
};

#[derive(Serialize)]
struct View {
    days: Option<Meaning>,
    time: Option<Meaning>,
    /// Whether a value has a second meaning, so that the caller should be asked.
    ask: bool,
}

#[derive(Serialize)]
struct Meaning {
    value: String,
    alternatives: Vec<String>,
    said: String,
}

/// Prints what the words mean. Exit code 1 when they say nothing about day or time.
pub(crate) fn extract(format: Format, args: &Extract) -> Result<ExitCode, Failure> {
    let now = args.now.unwrap_or_else(|| Zoned::now().datetime());
    let when = understand(&args.text, &Clock::new(now, Language::of_tag(&args.language)));
    let days = when.days.as_ref().map(|found| meaning(found, &args.text, days));
    let time = when.time.as_ref().map(|found| meaning(found, &args.text, time));
    let ask = [&days, &time].into_iter().flatten().any(|meaning| !meaning.alternatives.is_empty());
    let nothing = days.is_none() && time.is_none();
    output::print(format, &View { days, time, ask }, human)?;
    Ok(if nothing { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn meaning<T: Copy>(found: &Found<T>, text: &str, show: impl Fn(T) -> String) -> Meaning {
    Meaning {
        value: show(found.value),
        alternatives: found.alternatives.iter().copied().map(&show).collect(),
        said: text[found.span.clone()].to_owned(),
    }
}

fn days(days: Days) -> String {
    match days.single() {
        Some(day) => day.to_string(),
        None => format!("{} to {}", days.from, days.to),
    }
}

fn time(time: TimeOfDay) -> String {
    match time {
        TimeOfDay::At(at) => at.strftime("%H:%M").to_string(),
        TimeOfDay::Between(from, to) => format!("{} to {}", from.strftime("%H:%M"), to.strftime("%H:%M")),
    }
}

fn human(view: &View) {
    for (name, meaning) in [("day", &view.days), ("time", &view.time)] {
        let name = styled(HEAD, &format!("{name:<5}"));
        match meaning {
            Some(Meaning { value, alternatives, said }) if alternatives.is_empty() => {
                anstream::println!("{name}  {value}  ({said:?})");
            }
            Some(Meaning { value, alternatives, said }) => {
                anstream::println!("{name}  {value}, or {}  ({said:?}); ask", alternatives.join(", "));
            }
            None => anstream::println!("{name}  not said"),
        }
    }
}
