//! The records of what was counted: calls at the resolver, appointments and callbacks at booking.

use std::collections::BTreeMap;

use callflow_cache::minute::{Counter, Counters};
use callflow_contract::{
    booking::v1::booking_client::BookingClient,
    common::v1::{CountRequest, MinuteCount},
    convert::{id, optional_id, to_wire_range},
    resolver::v1::resolver_client::ResolverClient,
};
use callflow_domain::id::CompanyId;
use callflow_rpc::{Channel, idempotent};
use jiff::Timestamp;

use crate::{config::Config, error::Error};

/// Counters by company and minute.
pub type Counted = BTreeMap<(CompanyId, i64), Counters>;

/// Whoever keeps records; clones share the connections.
#[derive(Debug, Clone)]
pub struct Records {
    resolver: Option<ResolverClient<Channel>>,
    booking: Option<BookingClient<Channel>>,
}

impl Records {
    /// Prepares the connections there are settings for.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let channel = |name, config: &callflow_rpc::client::Config| config.is_set().then(|| Channel::new(name, config));
        Ok(Self {
            resolver: channel("resolver", &config.resolver).transpose()?.map(ResolverClient::new),
            booking: channel("booking", &config.booking).transpose()?.map(BookingClient::new),
        })
    }

    /// Returns what there are no records of here, for people; `None` when there are all.
    #[must_use]
    pub const fn missing(&self) -> Option<&'static str> {
        match (self.resolver.is_some(), self.booking.is_some()) {
            (true, true) => None,
            (false, true) => Some("calls"),
            (true, false) => Some("appointments"),
            (false, false) => Some("calls and appointments"),
        }
    }

    /// Returns what the records say of the minutes that begin in `from..until`.
    ///
    /// # Errors
    /// When one of those there are cannot be asked.
    pub async fn counted(&self, from: Timestamp, until: Timestamp) -> Result<Counted, Error> {
        let range = CountRequest { range: Some(to_wire_range(from, until)) };
        let calls = async {
            match self.resolver.clone() {
                Some(mut resolver) => Ok(resolver.count_events(idempotent(range)).await?.into_inner().counts),
                None => Ok(Vec::new()),
            }
        };
        let changes = async {
            match self.booking.clone() {
                Some(mut booking) => Ok(booking.count_changes(idempotent(range)).await?.into_inner().counts),
                None => Ok(Vec::new()),
            }
        };
        let (calls, changes) = tokio::try_join!(calls, changes).map_err(|status| Error::Records(Box::new(status)))?;
        sorted(calls.into_iter().chain(changes))
    }
}

fn sorted(counts: impl Iterator<Item = MinuteCount>) -> Result<Counted, Error> {
    let mut sorted = Counted::new();
    for count in counts {
        let company = id("counts.company_id", &count.company_id)?;
        let counter = Counter { branch: optional_id("counts.branch_id", &count.branch_id)?, name: count.name };
        let counters = sorted.entry((company, count.minute)).or_default();
        *counters.entry(counter).or_default() += i64::try_from(count.count).unwrap_or(i64::MAX);
    }
    Ok(sorted)
}
