//! Holds: times promised to one caller for a short while, before they become an appointment.
//!
//! A hold covers one or more segments, each a stretch of one staff member's or one room's time with
//! the service's buffers inside, in whole minutes since the Unix epoch. Segments are half-open, so a
//! hold until 10:30 does not touch one from 10:30 on, and 10:00-10:45 does overlap 10:30-11:00.

use jiff::Timestamp;
use uuid::Uuid;

use crate::id::{CallId, HoldId, RoomId, StaffId};

/// Longest segment in minutes: a whole day. It bounds how far back a search for overlaps has to look.
pub const MAX_SEGMENT_MINUTES: i64 = 24 * 60;

/// Last minute a segment may reach: 2200-01-01T00:00Z. Later dates are slips of the tongue or of a model.
pub const LAST_MINUTE: i64 = 120_968_640;

/// Most segments in one hold: a sequence of eight services, each with a staff member and a room, twice over.
pub const MAX_SEGMENTS: usize = 32;

/// What a segment takes: a person or a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// A staff member's time.
    Staff(StaffId),
    /// A room's time.
    Room(RoomId),
}

impl Resource {
    /// Returns the id without its kind.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Staff(id) => id.0,
            Self::Room(id) => id.0,
        }
    }
}

/// Why times cannot be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSegment {
    /// No segment at all.
    #[error("a hold needs at least one segment")]
    Empty,
    /// More segments than [`MAX_SEGMENTS`].
    #[error("a hold has at most {MAX_SEGMENTS} segments")]
    TooMany,
    /// The end is the start or lies before it.
    #[error("a segment ends after it starts")]
    EndNotAfterStart,
    /// Longer than [`MAX_SEGMENT_MINUTES`].
    #[error("a segment lasts at most {MAX_SEGMENT_MINUTES} minutes")]
    TooLong,
    /// Before 1970 or after [`LAST_MINUTE`].
    #[error("a segment lies between 1970 and 2200")]
    OutOfRange,
    /// Two segments of one hold want the same person or room at the same time.
    #[error("segments of one hold do not overlap on the same staff member or room")]
    SelfOverlap,
}

/// A stretch of one resource's time, from `start` up to but not including `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    resource: Resource,
    start: i64,
    end: i64,
}

impl Segment {
    /// Returns the segment, given in minutes since the Unix epoch, buffers included.
    pub fn new(resource: Resource, start: i64, end: i64) -> Result<Self, InvalidSegment> {
        if start < 0 || end > LAST_MINUTE {
            return Err(InvalidSegment::OutOfRange);
        }
        if end <= start {
            return Err(InvalidSegment::EndNotAfterStart);
        }
        if end - start > MAX_SEGMENT_MINUTES {
            return Err(InvalidSegment::TooLong);
        }
        Ok(Self { resource, start, end })
    }

    /// Returns whose time this is.
    #[must_use]
    pub const fn resource(&self) -> Resource {
        self.resource
    }

    /// Returns the first minute.
    #[must_use]
    pub const fn start(&self) -> i64 {
        self.start
    }

    /// Returns the first minute that is no longer part of it.
    #[must_use]
    pub const fn end(&self) -> i64 {
        self.end
    }

    /// Returns whether both want the same resource in at least one common minute.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.resource == other.resource && self.start < other.end && other.start < self.end
    }
}

/// The segments of one hold: between one and [`MAX_SEGMENTS`], in canonical order, free of overlap among themselves.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Segments(Vec<Segment>);

impl Segments {
    /// Sorts and checks the segments.
    pub fn new(mut segments: Vec<Segment>) -> Result<Self, InvalidSegment> {
        if segments.is_empty() {
            return Err(InvalidSegment::Empty);
        }
        if segments.len() > MAX_SEGMENTS {
            return Err(InvalidSegment::TooMany);
        }
        segments.sort_unstable();
        // Sorted by resource and start, so an overlap shows between neighbours.
        if segments.windows(2).any(|pair| pair[0].overlaps(&pair[1])) {
            return Err(InvalidSegment::SelfOverlap);
        }
        Ok(Self(segments))
    }

    /// Returns the segments of a hold on a single stretch.
    #[must_use]
    pub fn single(segment: Segment) -> Self {
        Self(vec![segment])
    }

    /// Returns the segments by resource and start.
    #[must_use]
    pub fn as_slice(&self) -> &[Segment] {
        &self.0
    }
}

/// How firm a hold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldState {
    /// Promised to its owner, gone when it expires.
    Held,
    /// Booked: a marker that covers the time until every snapshot surely shows the appointment.
    Confirmed,
}

/// Segments that belong to one owner for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its identity; the owner needs it to release or confirm.
    pub id: HoldId,
    /// The call it was made for.
    pub owner: CallId,
    /// Promised or booked.
    pub state: HoldState,
    /// What it covers.
    pub segments: Segments,
    /// When it was first granted.
    pub created_at: Timestamp,
    /// From here on it counts for nothing.
    pub expires_at: Timestamp,
}

impl Hold {
    /// Returns whether it no longer counts.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// Returns whether it keeps this owner from having the segment: somebody else's hold does, and so
    /// does a booked one, whoever booked it; an owner's own offers may overlap one another.
    #[must_use]
    pub fn blocks(&self, owner: Option<&CallId>, segment: &Segment, now: Timestamp) -> bool {
        let foreign = self.state == HoldState::Confirmed || owner != Some(&self.owner);
        foreign && !self.expired(now) && self.segments.as_slice().iter().any(|own| own.overlaps(segment))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::*;

    fn sofia() -> Resource {
        Resource::Staff(StaffId(Uuid::from_u128(1)))
    }

    fn segment(start: i64, end: i64) -> Segment {
        Segment::new(sofia(), start, end).unwrap()
    }

    #[test]
    fn overlap_agrees_with_counting_minutes() {
        for (a, b, c, d) in (0..6)
            .flat_map(|a| (a + 1..7).flat_map(move |b| (0..6).flat_map(move |c| (c + 1..7).map(move |d| (a, b, c, d)))))
        {
            let shared = (a..b).any(|minute| (c..d).contains(&minute));
            assert_eq!(segment(a, b).overlaps(&segment(c, d)), shared, "{a}-{b} and {c}-{d}");
        }
    }

    #[test]
    fn another_resource_never_overlaps() {
        let room = Segment::new(Resource::Room(RoomId(sofia().uuid())), 0, 60).unwrap();
        assert!(!room.overlaps(&segment(0, 60)), "a room is not a person, whatever its id");
    }

    #[test]
    fn senseless_segments_are_refused() {
        let new = |start, end| Segment::new(sofia(), start, end);
        assert_eq!(new(10, 10), Err(InvalidSegment::EndNotAfterStart));
        assert_eq!(new(10, 9), Err(InvalidSegment::EndNotAfterStart));
        assert_eq!(new(0, MAX_SEGMENT_MINUTES + 1), Err(InvalidSegment::TooLong));
        assert_eq!(new(-1, 5), Err(InvalidSegment::OutOfRange));
        assert_eq!(new(i64::MIN, i64::MAX), Err(InvalidSegment::OutOfRange));
        assert!(new(LAST_MINUTE - 1, LAST_MINUTE).is_ok());
    }

    #[test]
    fn last_minute_is_the_year_2200() {
        let last: Timestamp = "2200-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(last.as_second() / 60, LAST_MINUTE);
    }

    #[test]
    fn segments_come_sorted_and_free_of_self_overlap() {
        let plan = Segments::new(vec![segment(30, 60), segment(0, 30)]).unwrap();
        assert_eq!(plan.as_slice(), [segment(0, 30), segment(30, 60)]);
        assert_eq!(Segments::new(vec![segment(0, 31), segment(30, 60)]), Err(InvalidSegment::SelfOverlap));
        assert_eq!(Segments::new(vec![]), Err(InvalidSegment::Empty));
        assert_eq!(Segments::new((0..33).map(|i| segment(i, i + 1)).collect()), Err(InvalidSegment::TooMany));
    }

    #[test]
    fn own_offers_do_not_block_but_own_bookings_do() {
        let now = Timestamp::UNIX_EPOCH;
        let owner = CallId::parse("call_a").unwrap();
        let other = CallId::parse("call_b").unwrap();
        let mut hold = Hold {
            id: HoldId(Uuid::from_u128(7)),
            owner: owner.clone(),
            state: HoldState::Held,
            segments: Segments::single(segment(0, 45)),
            created_at: now,
            expires_at: now + Span::new().seconds(90),
        };
        let wanted = segment(30, 60);
        assert!(!hold.blocks(Some(&owner), &wanted, now));
        assert!(hold.blocks(Some(&other), &wanted, now) && hold.blocks(None, &wanted, now));
        assert!(!hold.blocks(None, &segment(45, 60), now), "touching is not overlapping");
        hold.state = HoldState::Confirmed;
        assert!(hold.blocks(Some(&owner), &wanted, now));
        assert!(!hold.blocks(None, &wanted, hold.expires_at), "the end of its life is exclusive");
    }
}
