//! How many events were kept in each minute, for whoever counts them as they come.

use std::collections::BTreeMap;

use callflow_contract::common::v1::{CountResponse, MinuteCount};
use callflow_domain::id::CompanyId;
use callflow_retell::event::Kind;
use callflow_store::count;
use jiff::Timestamp;

use super::{App, Result};

impl App {
    /// Returns how many events were kept, minute by minute, under the names they are counted by.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn count_events(&self, from: Timestamp, until: Timestamp) -> Result<CountResponse> {
        let mut counts = BTreeMap::new();
        for found in count::events(&self.deps.database, from, until).await? {
            // Events the platform has invented since share one name.
            let name = Kind::parse(&found.what).label();
            *counts.entry((found.company, found.minute, name)).or_default() += found.count;
        }
        let write = |((company, minute, name), count)| MinuteCount {
            company_id: CompanyId::to_string(&company),
            minute,
            name: str::to_owned(name),
            count,
            ..MinuteCount::default()
        };
        Ok(CountResponse { counts: counts.into_iter().map(write).collect() })
    }
}
