//! How holds are written for the scripts and read from their answers.

use std::fmt::Write;

use callflow_domain::{
    hold::{Hold, HoldState, Resource, Segment, Segments},
    id::{CallId, HoldId, RoomId, StaffId},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Error, connection::Reply};

/// Returns the segments as the scripts read them: `s<id>:<start>:<end>` for staff, `r…` for rooms, joined by `;`.
pub(crate) fn segments_text(segments: &Segments) -> String {
    let mut text = String::new();
    for segment in segments.as_slice() {
        let (kind, id) = match segment.resource() {
            Resource::Staff(id) => ('s', id.uuid()),
            Resource::Room(id) => ('r', id.uuid()),
        };
        let joint = if text.is_empty() { "" } else { ";" };
        write!(text, "{joint}{kind}{}:{}:{}", id.simple(), segment.start(), segment.end())
            .expect("writing to a string cannot fail");
    }
    text
}

fn parse_segment(text: &str) -> Option<Segment> {
    let mut parts = text.split(':');
    let (resource, start, end) = (parts.next()?, parts.next()?, parts.next()?);
    let id = Uuid::try_parse(resource.get(1..)?).ok()?;
    let resource = match resource.as_bytes().first()? {
        b's' => Resource::Staff(StaffId(id)),
        b'r' => Resource::Room(RoomId(id)),
        _ => return None,
    };
    Segment::new(resource, start.parse().ok()?, end.parse().ok()?).ok()
}

pub(crate) fn parse_segments(text: &str) -> Option<Segments> {
    Segments::new(text.split(';').map(parse_segment).collect::<Option<_>>()?).ok()
}

pub(crate) fn id_text(id: HoldId) -> String {
    id.uuid().simple().to_string()
}

/// Reads the id of a hold.
pub(crate) fn read_id(reply: &mut Reply) -> Result<HoldId, Error> {
    let text = reply.text()?;
    text.parse().map_err(|_| reply.wrong())
}

pub(crate) fn read_state(reply: &mut Reply) -> Result<HoldState, Error> {
    let text = reply.text()?;
    parse_state(&text).ok_or_else(|| reply.wrong())
}

fn parse_state(text: &str) -> Option<HoldState> {
    match text {
        "h" => Some(HoldState::Held),
        "c" => Some(HoldState::Confirmed),
        _ => None,
    }
}

/// Reads a list of holds as `list_holds` of the scripts writes it: how many, then id and text of each.
pub(crate) fn read_holds(reply: &mut Reply) -> Result<Vec<Hold>, Error> {
    let count = reply.number()?;
    let read = |_| {
        let (id, text) = (read_id(reply)?, reply.text()?);
        parse_hold(id, &text).ok_or_else(|| reply.wrong())
    };
    (0..count).map(read).collect()
}

fn parse_hold(id: HoldId, text: &str) -> Option<Hold> {
    let mut parts = text.splitn(5, '|');
    let state = parse_state(parts.next()?)?;
    let mut time = || Timestamp::from_millisecond(parts.next()?.parse().ok()?).ok();
    let (expires_at, created_at) = (time()?, time()?);
    let segments = parse_segments(parts.next()?)?;
    let owner = CallId::parse(parts.next()?)?;
    Some(Hold { id, owner, state, segments, created_at, expires_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_survive_the_round_trip() {
        let staff = Resource::Staff(StaffId(Uuid::from_u128(0xabc)));
        let room = Resource::Room(RoomId(Uuid::from_u128(u128::MAX)));
        let segments = vec![Segment::new(staff, 0, 1).unwrap(), Segment::new(room, 29_000_000, 29_000_045).unwrap()];
        let segments = Segments::new(segments).unwrap();
        assert_eq!(parse_segments(&segments_text(&segments)), Some(segments));
        for damaged in ["", "s12:1:2", "x00000000000000000000000000000abc:1:2", "s00000000000000000000000000000abc:2:1"]
        {
            assert_eq!(parse_segments(damaged), None, "{damaged}");
        }
    }
}
