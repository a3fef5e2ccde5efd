//! Inbox of metrics, the only table it has.

use super::queue_sql;

super::step!("m0013_metrics_queue", queue_sql::inbox!("metrics"));
