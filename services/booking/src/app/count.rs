//! How much was asked of booking in each minute, for whoever counts it as it happens.

use callflow_contract::common::v1::{CountResponse, MinuteCount};
use callflow_store::count;
use jiff::Timestamp;

use super::{App, Result};

impl App {
    /// Returns how much was booked, moved and cancelled, and how many callbacks were asked for, minute by minute.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn count_changes(&self, from: Timestamp, until: Timestamp) -> Result<CountResponse> {
        let found = count::changes(&self.deps.database, from, until).await?;
        Ok(CountResponse { counts: found.into_iter().map(write).collect() })
    }
}

fn write(found: count::Count) -> MinuteCount {
    MinuteCount {
        company_id: found.company.to_string(),
        branch_id: found.branch.map(|branch| branch.to_string()).unwrap_or_default(),
        minute: found.minute,
        name: found.what,
        count: found.count,
    }
}
