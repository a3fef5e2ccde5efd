//! The fleet under test, the load on it, and the means to look into it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context as _, bail, ensure};
use callflow_fleet::{Fleet, Options};
use sea_orm::ConnectionTrait as _;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    check::Checker,
    ledger::Ledger,
    report::Outcome,
    scenario::Scenario,
    sender::{Sender, caller},
};

const COMPANY: &str = "haarwerk";
/// Longest wait for everything to be handled once all is well again: the longest pause of a waiting message is 30 s.
const SETTLE: Duration = Duration::from_secs(150);

/// How hard and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Calls that begin each second; each reports three events.
    pub(crate) calls_per_second: u32,
    /// How long load is put on between two steps of a scenario.
    pub(crate) step: Duration,
    /// How long the outage lasts.
    pub(crate) outage: Duration,
}

/// Everything a scenario needs.
pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) checker: Checker,
    pub(crate) sender: Sender,
    pub(crate) outage: Duration,
    /// What the running scenario promised and did not keep.
    pub(crate) broken: Vec<String>,
    pace: Pace,
    ledgers: PathBuf,
}

impl World {
    pub(crate) async fn start(folder: PathBuf, ledgers: PathBuf, pace: Pace) -> anyhow::Result<Self> {
        let mut fleet = Fleet::start(Options { test: true, ..Options::new(folder)? }).await?;
        // What metrics lost would be counted again from the records, and nobody would see that it was lost.
        let never = ("CALLFLOW__RECOUNT__EVERY_SECS".to_owned(), "3600".to_owned());
        fleet.kill("metrics").await?;
        fleet.revive("metrics", &[never]).await?;
        let checker = Checker::connect(fleet.endpoints(), COMPANY).await?;
        let company = fleet.endpoints().companies.get(COMPANY).context("the demo company")?;
        let sender = Sender::new(company, "none".into(), Ledger::create(&ledgers.join("none.jsonl"))?)?;
        Ok(Self { fleet, checker, sender, outage: pace.outage, broken: Vec::new(), pace, ledgers })
    }

    /// Puts load on for one step.
    pub(crate) async fn load(&self) {
        sleep(self.pace.step).await;
    }

    /// Runs a scenario under load, waits until everything is handled, and says what became of it.
    pub(crate) async fn run(&mut self, scenario: Scenario) -> anyhow::Result<Outcome> {
        let name = scenario.name();
        let company = self.fleet.endpoints().companies.get(COMPANY).context("the demo company")?;
        let ledger = Ledger::create(&self.ledgers.join(format!("{name}.jsonl")))?;
        self.sender = Sender::new(company, format!("call_fault_{name}_"), ledger)?;
        let stop = CancellationToken::new();
        let load = tokio::spawn(self.sender.clone().run(self.pace.calls_per_second, stop.clone()));
        let happened = scenario.happen(self).await;
        stop.cancel();
        load.await.context("the sender failed")??;
        happened.with_context(|| name)?;
        let settled = self.settle().await?;
        let ledger = self.sender.ledger.clone();
        let mut outcome = self.checker.judge(&self.fleet, &self.sender.prefix, &ledger).await?;
        outcome.settled = settled;
        outcome.broken = std::mem::take(&mut self.broken);
        if scenario.refuses_nothing() && outcome.refused > 0 {
            outcome
                .broken
                .push(format!("{} requests were refused although something durable was left", outcome.refused));
        }
        if outcome.parked > 0 {
            outcome.broken.push(format!("{} messages were parked", outcome.parked));
        }
        Ok(outcome)
    }

    /// Waits until nothing waits anywhere, twice in a row: what leaves one place may just be on its way to the next.
    async fn settle(&self) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let mut calm = 0;
        let mut last = BTreeMap::new();
        while begun.elapsed() < SETTLE {
            // The servers may still be coming back.
            last = self
                .checker
                .waiting(&self.fleet)
                .await
                .unwrap_or_else(|error| BTreeMap::from([(format!("{error:#}"), 1)]));
            calm = if last.is_empty() { calm + 1 } else { 0 };
            if calm == 3 {
                return Ok(begun.elapsed());
            }
            sleep(Duration::from_millis(200)).await;
        }
        bail!("after {} s these still wait: {last:?}", SETTLE.as_secs())
    }

    /// A checker that finds nothing might be blind: takes an effect away, doubles another, and expects it to see both.
    pub(crate) async fn doubt_the_checker(&self) -> anyhow::Result<()> {
        let (prefix, ledger) = (&self.sender.prefix, &self.sender.ledger);
        let entries = ledger.entries();
        let done = entries.iter().find(|((_, event), entry)| *event == "call_ended" && entry.acknowledged > 0);
        let ((call, event), _) = done.context("an event that was acknowledged")?;
        let number = caller(call[prefix.len()..].parse()?);
        let harm = format!(
            "DELETE FROM resolver.call_event WHERE call_id = '{call}' AND event = '{event}';
             UPDATE resolver.customer SET calls = calls + 1 WHERE phone = '{number}';"
        );
        self.checker.postgres.execute_unprepared(&harm).await?;
        let outcome = self.checker.judge(&self.fleet, prefix, ledger).await?;
        ensure!(outcome.lost.iter().any(|lost| lost.contains(call)), "a lost event was not seen: {outcome:?}");
        ensure!(
            outcome.doubled.iter().any(|double| double.contains(call)),
            "a doubled effect was not seen: {outcome:?}"
        );
        Ok(())
    }

    /// Kills a service and starts it again with other settings.
    pub(crate) async fn restart(&mut self, name: &str, settings: &[(String, String)]) -> anyhow::Result<()> {
        self.fleet.kill(name).await?;
        self.fleet.revive(name, settings).await
    }

    /// Returns the sum of a metric's series of one service.
    pub(crate) async fn metric(&self, service: &str, name: &str) -> anyhow::Result<f64> {
        let place = self.fleet.endpoints().services.get(service).context("no such service")?;
        let text = reqwest::get(format!("{}/metrics", place.admin)).await?.text().await?;
        let series =
            text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
        Ok(series.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum())
    }
}
