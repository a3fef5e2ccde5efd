//! Inbox and outbox of the resolver.

use super::queue_sql;

super::step!("m0005_resolver_queue", concat!(queue_sql::inbox!("resolver"), queue_sql::outbox!("resolver", "outbox")));
