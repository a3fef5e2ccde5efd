//! Free starts of a workload file, and how long it takes to find them.
//!
//! ```text
//! cargo run --release -p callflow-domain --example slots -- FILE.json [--alignment clock|range] [--bench]
//! ```
//!
//! Reads a file with `staff` or one with `cases` and prints one JSON document: `per_staff` and
//! `union`, or `cases` with `id` and `starts`. `--bench` adds median microseconds. Exit status 2
//! means the file was refused; the reason is on standard error.
#![allow(clippy::print_stdout)]

mod bench;
mod workload;

use std::{fs, process::ExitCode};

use callflow_domain::slot::Alignment;
use serde_json::{Map, Value, json};
use workload::{File, Problem};

const USAGE: &str = "usage: slots FILE.json [--alignment clock|range] [--bench]";

struct Arguments {
    path: String,
    alignment: Alignment,
    bench: bool,
}

fn main() -> ExitCode {
    match arguments(std::env::args().skip(1)).and_then(|arguments| answer(&arguments)) {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("slots: {problem}");
            ExitCode::from(2)
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut path, mut alignment, mut bench) = (None, Alignment::Clock, false);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--bench" => bench = true,
            "--alignment" => alignment = named(&given.next().unwrap_or_default())?,
            "--help" | "-h" => return Err(USAGE.to_owned()),
            text if text.starts_with("--alignment=") => alignment = named(&text["--alignment=".len()..])?,
            text if text.starts_with('-') => return Err(format!("unknown option {text}; {USAGE}")),
            _ if path.is_some() => return Err(format!("more than one file; {USAGE}")),
            _ => path = Some(argument),
        }
    }
    Ok(Arguments { path: path.ok_or(USAGE)?, alignment, bench })
}

fn named(alignment: &str) -> Result<Alignment, String> {
    match alignment {
        "clock" => Ok(Alignment::Clock),
        "range" => Ok(Alignment::Range),
        other => Err(format!("unknown alignment {other:?}; {USAGE}")),
    }
}

fn answer(arguments: &Arguments) -> Result<Value, String> {
    let text = fs::read_to_string(&arguments.path).map_err(|problem| format!("{}: {problem}", arguments.path))?;
    let file =
        File::parse(&text, arguments.alignment).map_err(|problem: Problem| format!("{}: {problem}", arguments.path))?;
    let mut answer = match &file {
        File::Staff(plan) => {
            let (rows, per_staff) = plan.lists();
            let union = plan.grid().union(&rows.iter().collect::<Vec<_>>()).to_vec();
            json!({ "per_staff": per_staff, "union": union })
        }
        File::Cases(cases) => {
            let case = |(id, plan): &(Value, workload::Plan)| json!({ "id": id, "starts": plan.lists().1.concat() });
            json!({ "cases": cases.iter().map(case).collect::<Vec<_>>() })
        }
    };
    if arguments.bench {
        let figures: Map<String, Value> = bench::figures(&file);
        answer["bench"] = Value::Object(figures);
    }
    Ok(answer)
}
