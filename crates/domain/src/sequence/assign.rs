//! Order, people and rooms at one start, exactly: the fewest people, then the highest score.
//!
//! Teams of one are tried first, then of two, and so on. Within a size the team that could reach
//! the highest score comes first, so that the others can be left out as soon as one has reached
//! what they could at best.

mod memo;
mod solver;

use memo::Memo;
use solver::{Solver, Team};

use super::{Request, Sequence};

/// Teams of one size that are compared at a time; with more, the best of the first ones is taken.
const TEAMS: usize = 20_000;

/// Returns the best sequence that begins at the start.
pub(super) fn best(request: &Request<'_>, start: i64) -> Option<Sequence> {
    let solver = Solver::new(request, start);
    let mut memo = Memo::default();
    // Most starts that fail, fail for everyone together.
    if !request.same_staff && !solver.is_possible(&mut memo) {
        return None;
    }
    let abilities = solver.abilities();
    let most = if request.same_staff { 1 } else { request.steps.len() };
    (1..=most.min(abilities.len())).find_map(|size| {
        let mut teams = Teams { abilities: &abilities, all: (1 << request.steps.len()) - 1, size, members: Vec::new() };
        std::iter::from_fn(|| Some(teams.next_ones(TEAMS)).filter(|teams| !teams.is_empty()))
            .find_map(|teams| best_of(&solver, &mut memo, &teams))
    })
}

/// Returns what the best of some teams does, if any of them can do it.
fn best_of(solver: &Solver<'_>, memo: &mut Memo, teams: &[Vec<usize>]) -> Option<Sequence> {
    let mut ranked: Vec<Team> = teams.iter().map(|members| solver.form(members)).collect();
    ranked.sort_by_key(|team| std::cmp::Reverse(team.at_best()));
    let mut best: Option<(i64, &Team)> = None;
    for team in &ranked {
        if best.is_some_and(|(score, _)| score >= team.at_best()) {
            break;
        }
        if let Some(score) = solver.score(memo, team)
            && best.is_none_or(|(highest, _)| score > highest)
        {
            best = Some((score, team));
        }
    }
    best.map(|(_, team)| solver.sequence(memo, team))
}

/// Counts up the teams of one size that can do all services between them.
struct Teams<'a> {
    /// The services each person can do, as sets.
    abilities: &'a [usize],
    /// The set of all services.
    all: usize,
    size: usize,
    /// The last team that was looked at, in rising order; empty before the first.
    members: Vec<usize>,
}

impl Teams<'_> {
    /// Returns at most `count` further teams; none when there are no more.
    fn next_ones(&mut self, count: usize) -> Vec<Vec<usize>> {
        let mut found = Vec::new();
        while found.len() < count && self.step() {
            let can = self.members.iter().fold(0, |can, person| can | self.abilities[*person]);
            if can == self.all {
                found.push(self.members.clone());
            }
        }
        found
    }

    /// Moves to the next combination in lexicographic order.
    fn step(&mut self) -> bool {
        if self.members.is_empty() {
            self.members = (0..self.size).collect();
            return self.size <= self.abilities.len();
        }
        let people = self.abilities.len();
        let Some(place) = (0..self.size).rev().find(|place| self.members[*place] + self.size - place < people) else {
            return false;
        };
        let from = self.members[place] + 1;
        self.members.splice(place.., from..from + self.size - place);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_team_that_can_do_everything_is_counted_once() {
        let abilities = [0b001, 0b010, 0b110, 0b111, 0b000];
        let count = |size| {
            let mut teams = Teams { abilities: &abilities, all: 0b111, size, members: Vec::new() };
            let mut found = Vec::new();
            while let Some(team) = teams.next_ones(1).pop() {
                found.push(team);
            }
            found
        };
        assert_eq!(count(1), [[3]]);
        assert_eq!(count(2), [[0, 2], [0, 3], [1, 3], [2, 3], [3, 4]]);
        assert_eq!(count(5), [[0, 1, 2, 3, 4]]);
        assert_eq!(count(6), Vec::<Vec<usize>>::new());
    }
}
