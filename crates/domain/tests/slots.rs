//! Free starts against three judges: the shared workloads, a table of clock changes worked out by
//! hand, and a model that looks at every minute.
#![allow(clippy::unwrap_used)]

#[path = "slots/change.rs"]
mod change;
#[path = "slots/day.rs"]
mod day;
#[path = "slots/lesson.rs"]
mod lesson;
#[path = "slots/model.rs"]
mod model;
#[path = "slots/property.rs"]
mod property;
#[path = "slots/shared.rs"]
mod shared;
#[path = "../examples/slots/workload.rs"]
mod workload;
