//! The days of a branch laid out as rows, with the live holds taken out.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Candidate, Offer, SearchRequest};
use crate::{
    cell::{BitRow, CellSize, Starts},
    day::{DaySnapshot, StaffDay},
    hold::{Resource, Segment},
    id::{RoomId, StaffId},
    schedule::{DayRange, Span, Zone},
    slot::{Error, SlotGrid},
    staffing::{Facts, better_first},
};

/// Everything a search looks at.
pub(super) struct Field<'a> {
    pub(super) request: &'a SearchRequest,
    pub(super) days: Vec<&'a DaySnapshot>,
    pub(super) cover: Span,
    /// Everyone who is at the branch on one of the days, by id.
    pub(super) members: Vec<Member<'a>>,
    /// The rooms of the kind the service needs, by id.
    rooms: Vec<(RoomId, BitRow)>,
    grid: SlotGrid<'a>,
}

/// A staff member over all the days.
pub(super) struct Member<'a> {
    pub(super) id: StaffId,
    /// One entry for each of the field's days.
    pub(super) days: Vec<Option<&'a StaffDay>>,
    /// How many of the required skills the person has.
    pub(super) matched: usize,
    /// Free, and not held by someone else.
    free: BitRow,
}

impl Member<'_> {
    /// When the person works and is neither booked nor held.
    pub(super) const fn free_time(&self) -> &BitRow {
        &self.free
    }
}

/// The starts of some members.
pub(super) struct Found<'f, 'a> {
    pub(super) by_member: Vec<(&'f Member<'a>, Starts)>,
    /// The starts of any of them within notice and advance.
    pub(super) any: Starts,
    /// The same without those limits.
    pub(super) any_time: Starts,
}

impl<'a> Field<'a> {
    pub(super) fn new(
        zone: &'a Zone,
        days: &'a [DaySnapshot],
        held: &[Segment],
        request: &'a SearchRequest,
    ) -> Result<Self, Error> {
        let mut days: Vec<&DaySnapshot> = days.iter().collect();
        days.sort_by_key(|day| day.span.from);
        let bound = |day: Option<&&DaySnapshot>, end: fn(&DaySnapshot) -> i64| day.map_or(0, |day| end(day));
        let cover = Span { from: bound(days.first(), |day| day.span.from), to: bound(days.last(), |day| day.span.to) };
        // A day to spare, because dates may have 25 hours.
        if cover.minutes() > (DayRange::LONGEST_DAYS + 1) * 1440 {
            return Err(Error::DatesTooMany { days: cover.minutes() / 1440 });
        }
        let mut field = Self {
            request,
            members: members(&days, cover, request),
            rooms: rooms(&days, cover, request.service.room_kind.as_deref()),
            days,
            cover,
            grid: SlotGrid::new(zone, cover, request.service.rule),
        };
        field.take_out(held);
        Ok(field)
    }

    /// Takes out what is held, and makes all cells as small as the smallest needed.
    fn take_out(&mut self, held: &[Segment]) {
        for segment in held {
            let row = match segment.resource() {
                Resource::Staff(id) => {
                    self.members.iter_mut().find(|member| member.id == id).map(|member| &mut member.free)
                }
                Resource::Room(id) => self.rooms.iter_mut().find(|room| room.0 == id).map(|room| &mut room.1),
            };
            if let Some(row) = row {
                row.block_exactly(Span::new(segment.start(), segment.end()));
            }
        }
        let mut rows: Vec<&mut BitRow> = self.members.iter_mut().map(|member| &mut member.free).collect();
        rows.extend(self.rooms.iter_mut().map(|room| &mut room.1));
        let smallest = rows.iter().map(|row| row.size()).fold(self.request.service.rule.cell_size(), CellSize::min);
        if smallest == CellSize::Minute {
            rows.into_iter().for_each(|row| *row = row.refined().into_owned());
        }
    }

    /// Returns whether the member has every skill the service needs.
    pub(super) fn is_skilled(&self, member: &Member<'_>) -> bool {
        member.matched == self.request.service.required_skills.len()
    }

    /// Finds the starts of those members who are wanted and can do the service.
    pub(super) fn free(&self, wanted: impl Fn(StaffId) -> bool) -> Found<'_, 'a> {
        let in_some_room = self.request.service.room_kind.is_some().then(|| self.room_fits());
        let starts = |member: &Member<'_>| {
            let mut starts = self.grid.starts(&member.free);
            if let Some(rooms) = &in_some_room {
                starts.keep_followed(rooms, 0);
            }
            starts
        };
        let able = self.members.iter().filter(|member| wanted(member.id) && self.is_skilled(member));
        let by_member: Vec<_> = able.map(|member| (member, starts(member))).collect();
        let mut any_time = Starts::none();
        by_member.iter().for_each(|(_, starts)| any_time.add(starts));
        let mut any = any_time.clone();
        any.clip(self.request.bounds());
        Found { by_member, any, any_time }
    }

    fn room_fits(&self) -> Starts {
        let block = self.request.service.rule.block_at(0);
        let mut any = Starts::none();
        self.rooms.iter().for_each(|(_, row)| any.add(&row.fits(-block.from, block.to)));
        any
    }

    /// Returns the starts, aligned or not, at which the member and a room are free.
    pub(super) fn in_a_room(&self, member: &Member<'_>) -> Starts {
        let block = self.request.service.rule.block_at(0);
        let mut rooms = Starts::none();
        self.rooms.iter().for_each(|(_, row)| rooms.add(&row.refined().fits(-block.from, block.to)));
        let mut both = member.free.refined().fits(-block.from, block.to);
        both.keep_followed(&rooms, 0);
        both
    }

    /// Returns the offer for a start that was found, its candidates best first.
    pub(super) fn offer(&self, found: &Found<'_, 'a>, start: i64) -> Offer {
        let rule = &self.request.service.rule;
        let block = rule.block_at(start);
        let day = self.days.partition_point(|day| day.span.to <= start);
        let fewest = self.fewest_appointments(day);
        let free = found.by_member.iter().filter(|(_, starts)| starts.contains(start));
        let mut candidates: Vec<Candidate> = free
            .filter_map(|(member, _)| Some(self.candidate(member, member.days.get(day).copied().flatten()?, fewest)))
            .collect();
        candidates.sort_by(|left, right| better_first((&left.score, left.staff), (&right.score, right.staff)));
        let room = self.rooms.iter().find(|(_, row)| row.is_free(block)).map(|(id, _)| *id);
        Offer { service: rule.service_at(start), block, candidates, room }
    }

    /// The appointments of the least busy one who could do the service and works that day.
    fn fewest_appointments(&self, day: usize) -> Option<u32> {
        let able = self.members.iter().filter(|member| self.is_skilled(member));
        let todays = able.filter_map(|member| member.days.get(day).copied().flatten());
        todays.filter(|today| !today.working.is_empty()).map(|today| today.appointments).min()
    }

    /// Returns how well the member fits on each day the member is at the branch.
    pub(super) fn scores(&self, member: &Member<'_>) -> Vec<(Span, f64)> {
        let on = |(index, day): (usize, &&DaySnapshot)| {
            let today = member.days.get(index).copied().flatten()?;
            Some((day.span, self.candidate(member, today, self.fewest_appointments(index)).score.total))
        };
        self.days.iter().enumerate().filter_map(on).collect()
    }

    /// Returns each room with the starts, aligned or not, at which it is free.
    pub(super) fn rooms_free(&self) -> Vec<(RoomId, Starts)> {
        let block = self.request.service.rule.block_at(0);
        self.rooms.iter().map(|(id, row)| (*id, row.fits(-block.from, block.to))).collect()
    }

    fn candidate(&self, member: &Member<'_>, today: &StaffDay, fewest: Option<u32>) -> Candidate {
        let speaks = self.request.language.map(|language| today.languages.contains(&language));
        let preferred = self.request.preferences.iter().find(|(staff, _)| *staff == member.id);
        let facts = Facts {
            skills_required: self.request.service.required_skills.len(),
            skills_matched: member.matched,
            utilisation: today.utilisation(),
            preference: preferred.map_or(0.0, |(_, strength)| *strength),
            appointments: today.appointments,
            fewest_appointments: fewest.unwrap_or(today.appointments),
            speaks,
        };
        let score = facts.score(&self.request.weights);
        Candidate {
            staff: member.id,
            schedule_version: today.schedule_version,
            appointments: today.appointments,
            speaks,
            score,
        }
    }

    pub(super) fn as_of(&self) -> Option<Timestamp> {
        self.days.iter().map(|day| day.read_at).min()
    }
}

fn members<'a>(days: &[&'a DaySnapshot], cover: Span, request: &SearchRequest) -> Vec<Member<'a>> {
    let mut places = HashMap::new();
    let mut members: Vec<Member<'a>> = Vec::new();
    for (index, day) in days.iter().enumerate() {
        for person in &day.staff {
            let place = *places.entry(person.id).or_insert_with(|| {
                let required = request.service.required_skills.iter();
                members.push(Member {
                    id: person.id,
                    days: vec![None; days.len()],
                    matched: required.filter(|skill| person.skills.contains(skill)).count(),
                    free: BitRow::none(CellSize::Five, cover),
                });
                members.len() - 1
            });
            members[place].days[index] = Some(person);
            members[place].free.join(&person.free);
        }
    }
    members.sort_by_key(|member| member.id);
    members
}

fn rooms(days: &[&DaySnapshot], cover: Span, kind: Option<&str>) -> Vec<(RoomId, BitRow)> {
    let mut rooms: Vec<(RoomId, BitRow)> = Vec::new();
    for room in days.iter().flat_map(|day| &day.rooms).filter(|room| Some(room.kind.as_str()) == kind) {
        match rooms.iter_mut().find(|known| known.0 == room.id) {
            Some(known) => known.1.join(&room.free),
            None => {
                let mut row = BitRow::none(CellSize::Five, cover);
                row.join(&room.free);
                rooms.push((room.id, row));
            }
        }
    }
    rooms.sort_by_key(|room| room.0);
    rooms
}
