//! When, with whom and where somebody wants an appointment.

use callflow_domain::masked::PersonalText;
use jiff::civil::{Date, Time};

use super::{
    args::{self, Args},
    said::Said,
};

/// When, with whom and where; everything may be open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The day, or the first of several.
    pub date: Option<Said<Date>>,
    /// The last of several days.
    pub until: Option<Said<Date>>,
    /// A time of day.
    pub time: Option<Said<Time>>,
    /// Not before.
    pub time_from: Option<Said<Time>>,
    /// Not after.
    pub time_to: Option<Said<Time>>,
    /// A staff member by name or nickname.
    pub staff: Option<PersonalText>,
    /// Another branch than the one that was called.
    pub branch: Option<PersonalText>,
}

impl Wish {
    pub(super) fn of(args: &Args) -> Self {
        Self {
            date: args.date(args::DATE),
            until: args.date(args::UNTIL),
            time: args.time(args::TIME).or_else(|| args.time_of_date()),
            time_from: args.time(args::TIME_FROM),
            time_to: args.time(args::TIME_TO),
            staff: args.text(args::STAFF),
            branch: args.text(args::BRANCH),
        }
    }
}
