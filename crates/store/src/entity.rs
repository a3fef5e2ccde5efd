//! One file per table: its columns, as sea-orm sees them. Nothing here leaves the crate.
//!
//! Queue tables have no entity, because they are only ever handled in batches; nor has anything the
//! database computes by itself (`appointment.busy`).
// The macros make more than is used (`ModelEx`, active models of tables that are written in bulk).
#![allow(missing_docs, unreachable_pub, dead_code)]

pub(crate) mod agent;
pub(crate) mod appointment;
pub(crate) mod audit;
pub(crate) mod branch;
pub(crate) mod call;
pub(crate) mod call_event;
pub(crate) mod callback;
pub(crate) mod company;
pub(crate) mod customer;
pub(crate) mod phone_number;
pub(crate) mod request;
pub(crate) mod room;
pub(crate) mod series;
pub(crate) mod series_occurrence;
pub(crate) mod service;
pub(crate) mod staff;
