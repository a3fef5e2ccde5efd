//! How much happened in each minute, of all companies: what was counted as it came can be compared with it.

use callflow_domain::id::{BranchId, CompanyId};
use jiff::Timestamp;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{error::Error, session::Connection, sql, time};

/// How often something happened in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// In which company.
    pub company: CompanyId,
    /// At which branch; `None` for what belongs to none.
    pub branch: Option<BranchId>,
    /// Minutes since the epoch.
    pub minute: i64,
    /// What.
    pub what: String,
    /// How often.
    pub count: u64,
}

/// Counts the events of calls that were accepted in `from..until`, by the platform's name of them.
pub async fn events(on: &impl Connection, from: Timestamp, until: Timestamp) -> Result<Vec<Count>, Error> {
    let query = format!(
        "SELECT company_id, NULL::uuid AS branch_id, {} AS minute, event AS what, count(*) AS count
         FROM resolver.call_event WHERE received_at >= $1 AND received_at < $2
         GROUP BY company_id, minute, event ORDER BY company_id, minute, event",
        minute_of("received_at"),
    );
    read(on, "counting events", &query, from, until).await
}

/// Counts what was asked of booking in `from..until`: appointments `booked`, `rescheduled`, `cancelled`, `series`, and
/// `callback` tasks.
///
/// Company by company, because that is how the audit trail can be looked up by time.
pub async fn changes(on: &impl Connection, from: Timestamp, until: Timestamp) -> Result<Vec<Count>, Error> {
    let query = format!(
        "WITH done AS (
            SELECT c.id AS company_id, p.branch_id, p.series_id, a.action, {} AS minute
            FROM resolver.company c
            JOIN booking.audit a ON a.company_id = c.id AND a.at >= $1 AND a.at < $2
            JOIN booking.appointment p ON p.company_id = a.company_id AND p.id = a.appointment_id
        )
        SELECT company_id, branch_id, minute, count(*) AS count, CASE action WHEN 'cancel' THEN 'cancelled'
            WHEN 'reschedule' THEN 'rescheduled' ELSE 'booked' END AS what
        FROM done WHERE action IN ('book', 'book_services', 'book_series', 'cancel', 'reschedule')
        GROUP BY company_id, branch_id, minute, what
        UNION ALL
        SELECT company_id, NULL, minute, count(DISTINCT series_id), 'series'
        FROM done WHERE action = 'book_series' GROUP BY company_id, minute
        UNION ALL
        SELECT company_id, branch_id, {} AS minute, count(*), 'callback'
        FROM booking.callback WHERE created_at >= $1 AND created_at < $2 GROUP BY company_id, branch_id, minute
        ORDER BY company_id, minute, what, branch_id",
        minute_of("a.at"),
        minute_of("created_at"),
    );
    read(on, "counting changes", &query, from, until).await
}

fn minute_of(column: &str) -> String {
    format!("floor(extract(epoch FROM {column}) / 60)::bigint")
}

async fn read(
    on: &impl Connection,
    doing: &'static str,
    query: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Count>, Error> {
    let rows: Vec<Row> = sql::rows(on, doing, query, vec![time::value(from), time::value(until)]).await?;
    let count = |row: Row| Count {
        company: CompanyId(row.company_id),
        branch: row.branch_id.map(BranchId),
        minute: row.minute,
        what: row.what,
        count: u64::try_from(row.count).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(count).collect())
}

#[derive(FromQueryResult)]
struct Row {
    company_id: Uuid,
    branch_id: Option<Uuid>,
    minute: i64,
    what: String,
    count: i64,
}
