//! What one team can do from one start: a search over orders that remembers what it has seen.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::memo::{Best, Choice, Last, Memo, QuickMap, State};
use crate::{
    id::StaffId,
    sequence::{Part, Request, Sequence, Step, reach::follows},
};

/// Scores are added as millionths, so that the order of adding makes no difference.
const SCORE: f64 = 1e6;

/// Some people, and what they could reach at best.
pub(super) struct Team {
    /// Who belongs to it, by number.
    is_member: Vec<bool>,
    /// For each set of services that are done: the most that can be added by the rest.
    rest_at_best: Vec<i64>,
}

impl Team {
    /// Returns the score that is not exceeded, whatever the order.
    pub(super) fn at_best(&self) -> i64 {
        self.rest_at_best[0]
    }
}

/// People by number with their scores, the best first.
type Scored = Rc<[(usize, i64)]>;

/// One start of a request.
pub(super) struct Solver<'a> {
    request: &'a Request<'a>,
    start: i64,
    people: Vec<StaffId>,
    /// For each step: person, place in the step's list, score; the best score first.
    staff: Vec<Vec<(usize, usize, i64)>>,
    /// For each step: number of the room, counted after the people, and its place in the step's list.
    rooms: Vec<Vec<(usize, usize)>>,
    /// The gap between any two services, when it is always the same.
    same_gap: Option<i64>,
    /// Blocks that end this many minutes after their service, or earlier, never clash.
    slack: i64,
    /// Whether any block ends later than that.
    can_clash: bool,
    /// Who is free for a step a number of minutes after the start, with the score, best first.
    free: RefCell<QuickMap<(usize, i64), Scored>>,
}

impl<'a> Solver<'a> {
    /// Prepares a start.
    pub(super) fn new(request: &'a Request<'a>, start: i64) -> Self {
        let steps = request.steps;
        let people: BTreeSet<StaffId> = steps.iter().flat_map(|step| &step.staff).map(|free| free.staff).collect();
        let people: Vec<StaffId> = people.into_iter().collect();
        let slack = request.gaps.all().min().unwrap_or(0) - steps.iter().map(Step::before).max().unwrap_or(0);
        let longest_after = steps.iter().map(|step| step.rule.block_at(0).to - step.duration()).max().unwrap_or(0);
        Self {
            staff: steps.iter().map(|step| ranked(step, &people)).collect(),
            rooms: numbered_rooms(steps, people.len()),
            same_gap: request.gaps.same(),
            slack,
            can_clash: longest_after > slack,
            free: RefCell::default(),
            request,
            start,
            people,
        }
    }

    /// Returns whether the sequence can be done when everybody helps.
    pub(super) fn is_possible(&self, memo: &mut Memo) -> bool {
        let everyone = Team { is_member: vec![true; self.people.len()], rest_at_best: Vec::new() };
        self.score(memo, &everyone).is_some()
    }

    /// Returns the services each person may be free for, as sets; never too few.
    pub(super) fn abilities(&self) -> Vec<usize> {
        let mut abilities = vec![0; self.people.len()];
        for step in 0..self.staff.len() {
            let free: BTreeSet<usize> = match self.same_gap {
                Some(gap) => {
                    let offsets = self.offsets(step, gap).into_iter();
                    offsets
                        .flat_map(|offset| {
                            self.free(step, offset).iter().map(|(person, _)| *person).collect::<Vec<_>>()
                        })
                        .collect()
                }
                None => self.free_sometime(step),
            };
            free.into_iter().for_each(|person| abilities[person] |= 1 << step);
        }
        abilities
    }

    /// Returns when a step can begin, in minutes after the start, when all gaps are the same.
    fn offsets(&self, step: usize, gap: i64) -> BTreeSet<i64> {
        let steps = self.request.steps;
        let takes = |done: usize| {
            let each = (0..steps.len()).filter(|other| done & 1 << other != 0);
            each.map(|other| steps[other].duration() + gap).sum()
        };
        let is_before = |done: &usize| follows(self.request, *done).any(|next| next == step);
        (0..1 << steps.len()).filter(is_before).map(takes).collect()
    }

    /// Returns who can begin a step while the sequence may last, be it at a fitting time or not.
    fn free_sometime(&self, step: usize) -> BTreeSet<usize> {
        let last = self.start + self.request.longest();
        let can = |place: usize| {
            let next = self.request.steps[step].staff[place].starts.at_or_after(self.start);
            next.is_some_and(|next| next <= last)
        };
        self.staff[step].iter().filter(|(_, place, _)| can(*place)).map(|(person, ..)| *person).collect()
    }

    /// Makes a team of people.
    pub(super) fn form(&self, members: &[usize]) -> Team {
        let mut is_member = vec![false; self.people.len()];
        members.iter().for_each(|person| is_member[*person] = true);
        let gains: Vec<i64> = (0..self.staff.len())
            .map(|step| self.staff[step].iter().find(|(person, ..)| is_member[*person]).map_or(0, |(.., gain)| *gain))
            .collect();
        let rest = |done: usize| (0..gains.len()).filter(|step| done & 1 << step == 0).map(|step| gains[step]).sum();
        Team { is_member, rest_at_best: (0..1 << gains.len()).map(rest).collect() }
    }

    /// Returns the highest total score of a team, or `None` when it cannot do it. For a team whose
    /// best is not known, returns 0 as soon as one way is found.
    pub(super) fn score(&self, memo: &mut Memo, team: &Team) -> Option<i64> {
        memo.clear(self.request.steps.len());
        self.solve(memo, team, &State::default()).map(|(score, _)| score)
    }

    fn solve(&self, memo: &mut Memo, team: &Team, state: &State) -> Best {
        if state.done + 1 == 1 << self.request.steps.len() {
            return Some((0, None));
        }
        if let Some(known) = memo.get(state) {
            return known;
        }
        let counts = !team.rest_at_best.is_empty();
        let at_best = team.rest_at_best.get(state.done).copied().unwrap_or(0);
        let mut best: Best = None;
        'all: for step in follows(self.request, state.done) {
            let free = self.free(step, self.offset(state, step));
            for (person, gain) in free.iter().filter(|(person, _)| team.is_member[*person]) {
                for choice in self.choices(state, step, *person) {
                    let rest = self.solve(memo, team, &self.after(state, choice));
                    let total = rest.map(|(score, _)| score + if counts { *gain } else { 0 });
                    if total.is_some() && total > best.map(|(highest, _)| highest) {
                        best = total.map(|total| (total, Some(choice)));
                    }
                    if best.is_some_and(|(score, _)| score >= at_best) {
                        break 'all;
                    }
                }
                // Without clashes nothing that comes later depends on who does this.
                if !self.can_clash {
                    break;
                }
            }
        }
        memo.put(state, best);
        best
    }

    /// Lists who is free for a step that begins this many minutes after the start.
    fn free(&self, step: usize, offset: i64) -> Scored {
        let look = || {
            let staff = &self.request.steps[step].staff;
            let is_free = |place: &usize| staff[*place].starts.contains(self.start + offset);
            self.staff[step]
                .iter()
                .filter(|(_, place, _)| is_free(place))
                .map(|(person, _, gain)| (*person, *gain))
                .collect()
        };
        self.free.borrow_mut().entry((step, offset)).or_insert_with(look).clone()
    }

    /// Lists the ways in which a free person can do the step: one per free room, or one without.
    fn choices(&self, state: &State, step: usize, person: usize) -> impl Iterator<Item = Choice> {
        let what = &self.request.steps[step];
        let offset = self.offset(state, step);
        let begins = offset - what.before();
        let is_rested =
            move |resource: usize| state.busy.iter().all(|(busy, until)| *busy != resource || *until <= begins);
        let at = self.start + offset;
        let rooms = self.rooms[step].iter();
        let rooms = rooms.filter(move |(room, place)| is_rested(*room) && what.rooms[*place].starts.contains(at));
        let no_room = what.rooms.is_empty().then_some(None);
        let all = no_room.into_iter().chain(rooms.map(|(room, _)| Some(*room)));
        all.filter(move |_| is_rested(person)).map(move |room| Choice { step, person, room })
    }

    fn after(&self, state: &State, choice: Choice) -> State {
        let what = &self.request.steps[choice.step];
        let offset = self.offset(state, choice.step);
        let end = offset + what.duration();
        let until = what.rule.block_at(offset).to;
        let taken = std::iter::once(choice.person).chain(choice.room).map(|resource| (resource, until));
        let all = state.busy.iter().copied().chain(taken);
        let mut busy: Vec<_> = all.filter(|(_, until)| *until > end + self.slack).collect();
        busy.sort_unstable();
        let last = self.same_gap.map_or(Last::Step(choice.step), Last::Something);
        State { done: state.done | 1 << choice.step, last, end, busy }
    }

    /// Returns when a step begins after a state, in minutes after the start.
    fn offset(&self, state: &State, step: usize) -> i64 {
        match state.last {
            Last::Nothing => 0,
            Last::Something(gap) => state.end + gap,
            Last::Step(last) => state.end + self.request.gaps.between(last, step),
        }
    }

    /// Walks along the best choices of a team that can do it.
    pub(super) fn sequence(&self, memo: &mut Memo, team: &Team) -> Sequence {
        let total = self.score(memo, team).unwrap_or(0);
        let mut state = State::default();
        let mut parts = Vec::with_capacity(self.request.steps.len());
        while let Some((_, Some(choice))) = self.solve(memo, team, &state) {
            let step = &self.request.steps[choice.step];
            let at = self.start + self.offset(&state, choice.step);
            let place = self.rooms[choice.step].iter().find(|(number, _)| Some(*number) == choice.room);
            parts.push(Part {
                step: choice.step,
                service: step.service,
                staff: self.people[choice.person],
                room: place.map(|(_, place)| step.rooms[*place].room),
                served: step.rule.service_at(at),
                block: step.rule.block_at(at),
            });
            state = self.after(&state, choice);
        }
        let people: BTreeSet<_> = parts.iter().map(|part| part.staff).collect();
        Sequence { staff_count: people.len(), score: total as f64 / SCORE / parts.len().max(1) as f64, parts }
    }
}

/// Lists a step's people by their number, the best score first.
fn ranked(step: &Step, people: &[StaffId]) -> Vec<(usize, usize, i64)> {
    let number = |place: usize| people.binary_search(&step.staff[place].staff).ok();
    let mut list: Vec<_> = (0..step.staff.len())
        .filter_map(|place| Some((number(place)?, place, (step.staff[place].score * SCORE).round() as i64)))
        .collect();
    list.sort_by_key(|(person, _, score)| (-score, *person));
    list
}

/// Numbers the rooms of all steps, beginning after the people.
fn numbered_rooms(steps: &[Step], first: usize) -> Vec<Vec<(usize, usize)>> {
    let mut numbers = BTreeMap::new();
    let mut of_step = |step: &Step| {
        let rooms = step.rooms.iter().enumerate().map(|(place, free)| {
            let next = first + numbers.len();
            (*numbers.entry(free.room).or_insert(next), place)
        });
        rooms.collect()
    };
    steps.iter().map(&mut of_step).collect()
}
