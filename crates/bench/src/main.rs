// Futures of the whole fleet nest deeply.
#![recursion_limit = "256"]
#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bare;
mod figure;
mod group;
mod pace;
mod salon;
// The domain's own example, so that both measure the very same.
mod wire;
#[path = "../../domain/examples/slots/workload.rs"]
mod workload;
mod world;

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::{Parser, ValueEnum as _};

use crate::{group::Group, world::World};

/// Measures the fleet beside the limits it is held against.
///
/// Example: callflow-bench ring --report target/report/bench.json
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// What to measure; everything by default.
    groups: Vec<Group>,
    /// The file that keeps the figures; those of other groups stay in it.
    #[arg(long, default_value = "target/report/bench.json", value_name = "FILE")]
    report: PathBuf,
    /// Folder of the fleet that is measured.
    #[arg(long, default_value = "target/bench", value_name = "FOLDER")]
    folder: PathBuf,
}

fn main() -> ExitCode {
    match bare::serve_if_asked() {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => {}
        Err(error) => {
            anstream::eprintln!("the bare program: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(cli))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            anstream::eprintln!("callflow-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures one group after the other; returns whether all of them could be measured.
async fn run(cli: Cli) -> anyhow::Result<bool> {
    let groups = if cli.groups.is_empty() { Group::value_variants().to_vec() } else { cli.groups };
    let world = World::new(cli.folder);
    let mut all = true;
    figure::heading();
    for group in groups {
        let begun = Instant::now();
        match group.measure(&world).await {
            Ok(figures) => {
                figure::rows(&figures);
                figure::keep(&cli.report, &figures)?;
            }
            Err(error) => {
                all = false;
                anstream::eprintln!("{group:?}: not measured after {:.1} s: {error:#}", begun.elapsed().as_secs_f64());
            }
        }
    }
    world.stop().await;
    anstream::println!("kept in {}", cli.report.display());
    Ok(all)
}
