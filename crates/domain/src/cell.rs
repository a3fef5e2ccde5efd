//! Time as rows of bits: one bit per cell, set while someone is free.
//!
//! Cells are counted from the Unix epoch in UTC, so rows of different people, days and branches
//! line up without conversion. A cell is five minutes; where hours, appointments or a service do
//! not fall on multiples of five, the same rows are made of one-minute cells, so that answers are
//! exact to the minute either way. A service of some length fits wherever that many ones follow
//! each other, which shifting and AND-ing finds for 64 starts at a time.
//!
//! [`BitRow`] is free *time*, [`Starts`] is a set of *instants*. They are two types because they
//! refine differently: five free minutes are five free one-minute cells, a start is one.

mod row;
mod starts;
mod words;

pub use row::BitRow;
pub use starts::Starts;
pub(crate) use words::Words;

/// How long one cell of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CellSize {
    /// One minute, for everything that does not fall on multiples of five.
    Minute,
    /// Five minutes, the usual.
    Five,
}

impl CellSize {
    /// Returns the length in minutes.
    #[must_use]
    pub const fn minutes(self) -> i64 {
        match self {
            Self::Minute => 1,
            Self::Five => 5,
        }
    }

    /// Returns the largest size in whose multiples all these minutes can be expressed.
    #[must_use]
    pub fn of(minutes: impl IntoIterator<Item = i64>) -> Self {
        if minutes.into_iter().all(|minute| minute % 5 == 0) { Self::Five } else { Self::Minute }
    }

    /// Returns the number of the cell the minute lies in.
    #[inline]
    pub(crate) const fn floor(self, minute: i64) -> i64 {
        match self {
            Self::Minute => minute,
            Self::Five => minute.div_euclid(5),
        }
    }

    /// Returns the number of the first cell that does not begin before the minute.
    #[inline]
    pub(crate) const fn ceil(self, minute: i64) -> i64 {
        match self {
            Self::Minute => minute,
            Self::Five => minute.div_euclid(5) + (minute.rem_euclid(5) != 0) as i64,
        }
    }
}
