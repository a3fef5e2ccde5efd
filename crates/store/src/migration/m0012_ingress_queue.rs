//! The spool of ingress: events that were acknowledged while the broker was away.

use super::queue_sql;

super::step!("m0012_ingress_queue", queue_sql::outbox!("ingress", "spool"));
