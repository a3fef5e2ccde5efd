//! `run`: everything up, one sample call, until Ctrl-C.

use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, bail};
use callflow_fleet::{Fleet, Options, sample};
use callflow_stack::Progress;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Run;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();

/// Runs until told to stop; with `once` until the sample call is over.
pub(crate) fn run(args: &Run) -> anyhow::Result<()> {
    if args.detached {
        callflow_stack::close_inherited().context("closing what was inherited")?;
        rustix::process::setsid().context("leaving the session")?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("starting the runtime")?.block_on(live(args))
}

async fn live(args: &Run) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let begun = Instant::now();
    std::fs::create_dir_all(&args.place.folder).with_context(|| format!("creating {}", args.place.folder.display()))?;
    let folder = args.place.folder.canonicalize().context("finding the folder")?;
    let options = Options { progress: Progress::lines(), ..Options::new(folder)? };
    let fleet = tokio::select! {
        started = Fleet::start(options) => started?,
        // What had started ends with the future that was starting it.
        () = stop.asked() => bail!("stopped while starting"),
    };
    anstream::println!("{GOOD}fleet ready{GOOD:#} after {:.1} s", begun.elapsed().as_secs_f64());
    let outcome = if args.no_sample { Ok(()) } else { place(&fleet, begun).await };
    if args.once || outcome.is_err() && !args.detached {
        fleet.stop().await;
        return outcome;
    }
    tell_where(&fleet);
    let fleet = watch(fleet, &mut stop).await?;
    fleet.stop().await;
    Ok(())
}

async fn place(fleet: &Fleet, begun: Instant) -> anyhow::Result<()> {
    anstream::println!("\n{BOLD}a sample call{BOLD:#}");
    let tell = |step: &sample::Step| {
        anstream::println!(
            "  {:<19} {DIM}{:>6.1} ms{DIM:#}  {}",
            step.what,
            step.took.as_secs_f64() * 1000.0,
            step.came
        );
    };
    let report = sample::place(fleet.endpoints(), tell).await.context("the sample call failed")?;
    anstream::println!(
        "  {GOOD}booked{GOOD:#}: appointment {} in Postgres, its event through RabbitMQ, the record of {} complete; {:.1} s after the start",
        report.appointment_id,
        report.call_id,
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

fn tell_where(fleet: &Fleet) {
    let endpoints = fleet.endpoints();
    anstream::println!("\n{BOLD}dashboard{BOLD:#}  {}", endpoints.dashboard);
    for (slug, company) in &endpoints.companies {
        anstream::println!("{BOLD}{slug:<9}{BOLD:#}  {}", company.inbound);
    }
    anstream::println!(
        "{DIM}.callflow/endpoints.json says every URL, port, token and key; try: target/debug/callflowctl --help{DIM:#}"
    );
    anstream::println!("{DIM}Ctrl-C stops{DIM:#}");
}

/// Waits for a signal, or for any part to end by itself.
async fn watch(mut fleet: Fleet, stop: &mut Stop) -> anyhow::Result<Fleet> {
    loop {
        tokio::select! {
            () = stop.asked() => return Ok(fleet),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        if let Some((service, status)) = fleet.ended() {
            fleet.stop().await;
            bail!("{service} ended with {status}; its log says why");
        }
    }
}

/// The signals that ask us to stop.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        let open = |kind| signal(kind).context("listening for signals");
        Ok(Self { interrupt: open(SignalKind::interrupt())?, terminate: open(SignalKind::terminate())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
