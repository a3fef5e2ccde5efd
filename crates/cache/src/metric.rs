//! Every instrument of this crate, with unit and labels; all labels come from closed sets in the code.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const UP: &str = "cache_up";
const COMMANDS: &str = "cache_commands_total";
const COMMAND_SECONDS: &str = "cache_command_seconds";
const LOOKUPS: &str = "cache_lookups_total";
const AGE_SECONDS: &str = "cache_age_seconds";
const LOADS: &str = "cache_loads_total";
const HOLDS: &str = "cache_holds_total";

/// Describes all instruments to the installed recorder; called once at the start of a service.
pub fn describe() {
    describe_gauge!(UP, "whether Redis answers (1) or is taken for away (0)");
    describe_counter!(COMMANDS, "round trips to Redis by op and outcome");
    describe_histogram!(COMMAND_SECONDS, Unit::Seconds, "duration of round trips to Redis by op");
    describe_counter!(LOOKUPS, "look-ups by tier, kind and outcome (hit, negative, shared, loaded)");
    describe_histogram!(AGE_SECONDS, Unit::Seconds, "age of what was found by tier");
    describe_counter!(LOADS, "loads behind the cache by tier and outcome (stored, refused, unstored, failed)");
    describe_counter!(HOLDS, "holds by outcome (granted, refused, limited, expired, released, confirmed)");
}

pub(crate) fn up(up: bool) {
    gauge!(UP).set(if up { 1.0 } else { 0.0 });
}

pub(crate) fn command(op: &'static str, outcome: &'static str, took: Duration) {
    counter!(COMMANDS, "op" => op, "outcome" => outcome).increment(1);
    histogram!(COMMAND_SECONDS, "op" => op).record(took);
}

pub(crate) fn lookup(tier: &'static str, kind: &'static str, outcome: &'static str) {
    counter!(LOOKUPS, "tier" => tier, "kind" => kind, "outcome" => outcome).increment(1);
}

pub(crate) fn age(tier: &'static str, age: Duration) {
    histogram!(AGE_SECONDS, "tier" => tier).record(age);
}

pub(crate) fn load(tier: &'static str, outcome: &'static str, days: usize) {
    counter!(LOADS, "tier" => tier, "outcome" => outcome).increment(days as u64);
}

pub(crate) fn holds(outcome: &'static str, by: i64) {
    if let Some(by) = u64::try_from(by).ok().filter(|by| *by > 0) {
        counter!(HOLDS, "outcome" => outcome).increment(by);
    }
}
