//! What became of the events: effects counted in Postgres and Redis, and what still waits, held against the ledger.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use callflow_cache::{Cache, minute::Minutes};
use callflow_domain::id::CompanyId;
use callflow_fleet::{Endpoints, Fleet};
use jiff::Timestamp;
use sea_orm::{Database, DatabaseConnection, DbBackend, FromQueryResult, Statement};

use crate::{ledger::Ledger, report::Outcome, sender::caller};

/// Looks into the servers from outside, past all services.
pub(crate) struct Checker {
    pub(crate) postgres: DatabaseConnection,
    minutes: Minutes,
    company: CompanyId,
    from: i64,
}

#[derive(Debug, FromQueryResult)]
struct Counted {
    name: String,
    count: i64,
}

/// Effects of one scenario.
#[derive(Debug, Default)]
struct Effects {
    /// Rows by call and event.
    events: BTreeMap<String, i64>,
    /// How far each call's record has come; 4 is analysed.
    phases: BTreeMap<String, i64>,
    /// Calls counted per customer, by number.
    customers: BTreeMap<String, i64>,
    /// Callback tasks per call.
    callbacks: BTreeMap<String, i64>,
}

impl Checker {
    pub(crate) async fn connect(endpoints: &Endpoints, slug: &str) -> anyhow::Result<Self> {
        let url = endpoints.postgres.get("admin").context("an administrator's URL of Postgres")?;
        let cache =
            Cache::new(&callflow_cache::Config { url: endpoints.redis.clone(), ..callflow_cache::Config::default() })?;
        Ok(Self {
            postgres: Database::connect(url).await?,
            minutes: Minutes::new(&cache),
            company: CompanyId::from_slug(slug),
            from: Timestamp::now().as_second().div_euclid(60),
        })
    }

    async fn counted(&self, sql: &str) -> anyhow::Result<BTreeMap<String, i64>> {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let rows = Counted::find_by_statement(statement).all(&self.postgres).await?;
        Ok(rows.into_iter().map(|row| (row.name, row.count)).collect())
    }

    /// Returns how many messages wait anywhere, by place; parked ones are left out.
    pub(crate) async fn waiting(&self, fleet: &Fleet) -> anyhow::Result<BTreeMap<String, i64>> {
        let tables = "SELECT 'ingress.spool' AS name, count(*) FROM ingress.spool
                      UNION ALL SELECT 'resolver.outbox', count(*) FROM resolver.outbox
                      UNION ALL SELECT 'booking.outbox', count(*) FROM booking.outbox";
        let mut waiting = self.counted(tables).await?;
        for (queue, depth) in fleet.stack.rabbitmq().control()?.depths("callflow").await? {
            if !queue.ends_with(".parked") {
                waiting.insert(queue, i64::try_from(depth)?);
            }
        }
        waiting.retain(|_, count| *count > 0);
        Ok(waiting)
    }

    /// Returns how many messages are parked.
    async fn parked(&self, fleet: &Fleet) -> anyhow::Result<u64> {
        let depths = fleet.stack.rabbitmq().control()?.depths("callflow").await?;
        Ok(depths.into_iter().filter(|(queue, _)| queue.ends_with(".parked")).map(|(_, depth)| depth).sum())
    }

    async fn effects(&self, prefix: &str) -> anyhow::Result<Effects> {
        let of = |sql: &str| sql.replace("$prefix", prefix);
        Ok(Effects {
            events: self
                .counted(&of("SELECT call_id || ' ' || event AS name, count(*) FROM resolver.call_event
                              WHERE call_id LIKE '$prefix%' GROUP BY 1"))
                .await?,
            phases: self
                .counted(&of(
                    "SELECT call_id AS name, phase::bigint AS count FROM resolver.call WHERE call_id LIKE '$prefix%'",
                ))
                .await?,
            customers: self
                .counted(
                    "SELECT phone AS name, sum(calls)::bigint AS count FROM resolver.customer
                          WHERE phone LIKE '+49151%' GROUP BY 1",
                )
                .await?,
            callbacks: self
                .counted(&of("SELECT call_id AS name, count(*) FROM booking.callback
                              WHERE call_id LIKE '$prefix%' GROUP BY 1"))
                .await?,
        })
    }

    /// Holds everything that was acknowledged against its effects. Nothing may be waiting any more.
    pub(crate) async fn judge(&self, fleet: &Fleet, prefix: &str, ledger: &Ledger) -> anyhow::Result<Outcome> {
        let effects = self.effects(prefix).await?;
        let mut outcome = Outcome { parked: self.parked(fleet).await?, ..Outcome::default() };
        for ((call, event), entry) in ledger.entries() {
            outcome.sent += u64::from(entry.sent);
            outcome.acknowledged += u64::from(entry.acknowledged);
            outcome.refused += u64::from(entry.refused);
            outcome.unanswered += u64::from(entry.sent - entry.acknowledged - entry.refused);
            let number: u64 = call[prefix.len()..].parse().context("the call's number")?;
            let found = |map: &BTreeMap<String, i64>, name: &str| map.get(name).copied().unwrap_or_default();
            let mut kept = vec![("event", found(&effects.events, &format!("{call} {event}")))];
            match event {
                "call_ended" => kept.push(("customer", found(&effects.customers, &caller(number)))),
                "call_analyzed" => {
                    kept.push(("callback", found(&effects.callbacks, &call)));
                    kept.push(("record", i64::from(found(&effects.phases, &call) == 4)));
                }
                _ => {}
            }
            for (what, count) in kept {
                if count == 0 && entry.acknowledged > 0 {
                    outcome.lost.push(format!("{call} {event}: no {what}"));
                } else if count > 1 {
                    outcome.doubled.push(format!("{call} {event}: {count} times {what}"));
                }
            }
        }
        self.judge_counters(&mut outcome).await?;
        Ok(outcome)
    }

    /// The metrics service hears the same messages as the resolver: both must have counted the same events, to the last.
    async fn judge_counters(&self, outcome: &mut Outcome) -> anyhow::Result<()> {
        let kept = self.counted("SELECT event AS name, count(*) FROM resolver.call_event GROUP BY 1").await?;
        let to = Timestamp::now().as_second().div_euclid(60) + 2;
        let mut counted: BTreeMap<String, i64> = BTreeMap::new();
        for (_, counters) in self.minutes.read(self.company, self.from - 1..to).await? {
            for (counter, by) in counters {
                *counted.entry(counter.name).or_default() += by;
            }
        }
        ensure!(!kept.is_empty(), "no event was kept at all");
        for (event, rows) in kept {
            let by_metrics = counted.get(&event).copied().unwrap_or_default();
            match by_metrics - rows {
                0 => {}
                missing @ ..0 => outcome.lost.push(format!("{event}: metrics counted {} too few", -missing)),
                more => outcome.doubled.push(format!("{event}: metrics counted {more} too many")),
            }
        }
        Ok(())
    }

    /// Returns the single number a query asks for.
    pub(crate) async fn number(&self, sql: &str) -> anyhow::Result<i64> {
        Ok(self.counted(&format!("SELECT '' AS name, ({sql})::bigint AS count")).await?[""])
    }
}
