//! Inbox and outbox of booking.

use super::queue_sql;

super::step!("m0011_booking_queue", concat!(queue_sql::inbox!("booking"), queue_sql::outbox!("booking", "outbox")));
