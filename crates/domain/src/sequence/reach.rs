//! From which starts the services can follow each other at all.

use std::collections::BTreeMap;

use super::{Order, Request, Step};
use crate::{
    cell::{CellSize, Starts},
    id::StaffId,
    schedule::Span,
};

/// The last service, or `None` when it makes no difference which it was; and the minutes from the
/// start of the sequence to its beginning.
type Tail = (Option<usize>, i64);

/// Returns the starts in the window that may work; those that are left out certainly do not.
pub(super) fn starts(request: &Request<'_>, window: Span) -> Vec<Starts> {
    if !request.same_staff {
        return whole(request, window, &|_| true);
    }
    let mut people: Vec<StaffId> = request.steps[0].staff.iter().map(|free| free.staff).collect();
    people.retain(|person| request.steps.iter().all(|step| step.staff.iter().any(|free| free.staff == *person)));
    people.into_iter().flat_map(|person| whole(request, window, &|staff| staff == person)).collect()
}

/// Grows sets of services one by one; the whole set comes last.
///
/// Orders that end in the same service at the same time are one row: all that came before is
/// joined first, and then asked once whether the service fits there.
fn whole(request: &Request<'_>, window: Span, may: &dyn Fn(StaffId) -> bool) -> Vec<Starts> {
    let cover = Span { from: window.from, to: window.to + request.longest() };
    let rows: Vec<Starts> = request.steps.iter().map(|step| cut(&any(step, may), cover)).collect();
    let everything = (1_usize << rows.len()) - 1;
    let same_gap = request.gaps.same();
    let mut before: Vec<BTreeMap<(usize, i64), Starts>> = vec![BTreeMap::new(); everything + 1];
    for first in follows(request, 0) {
        let mut starts = rows[first].clone();
        starts.clip(window);
        before[1 << first].insert((first, 0), starts);
    }
    for set in 1..everything {
        let mut reached: BTreeMap<Tail, Starts> = BTreeMap::new();
        for ((step, at), mut starts) in std::mem::take(&mut before[set]) {
            starts.keep_followed(&rows[step], at);
            let end = at + request.steps[step].duration();
            add(&mut reached, (same_gap.is_none().then_some(step), end), starts);
        }
        for ((last, end), starts) in reached {
            for next in follows(request, set) {
                let gap = last.map_or(same_gap.unwrap_or(0), |last| request.gaps.between(last, next));
                match before[set | 1 << next].get_mut(&(next, end + gap)) {
                    Some(joined) => joined.add(&starts),
                    None => drop(before[set | 1 << next].insert((next, end + gap), starts.clone())),
                }
            }
        }
    }
    let last = std::mem::take(&mut before[everything]).into_iter().map(|((step, at), mut starts)| {
        starts.keep_followed(&rows[step], at);
        starts
    });
    last.collect()
}

fn add<K: Ord>(rows: &mut BTreeMap<K, Starts>, key: K, starts: Starts) {
    if !starts.is_empty() {
        rows.entry(key).and_modify(|joined| joined.add(&starts)).or_insert(starts);
    }
}

/// The services that may come after a set of them.
pub(super) fn follows(request: &Request<'_>, set: usize) -> impl Iterator<Item = usize> + use<> {
    let (count, order) = (request.steps.len(), request.order);
    (0..count).filter(move |next| match order {
        Order::Any => set & 1 << next == 0,
        Order::AsGiven => *next == set.count_ones() as usize,
    })
}

/// Keeps what lies in the span, in no more words than that takes.
fn cut(starts: &Starts, span: Span) -> Starts {
    let minutes: Vec<i64> = starts.from(span.from).take_while(|minute| *minute < span.to).collect();
    Starts::of(CellSize::of(minutes.iter().copied()), span, minutes)
}

/// When anyone who may can do the service, in any room.
fn any(step: &Step, may: &dyn Fn(StaffId) -> bool) -> Starts {
    let mut starts = Starts::none();
    step.staff.iter().filter(|free| may(free.staff)).for_each(|free| starts.add(&free.starts));
    if !step.rooms.is_empty() {
        let mut rooms = Starts::none();
        step.rooms.iter().for_each(|free| rooms.add(&free.starts));
        starts.keep_followed(&rooms, 0);
    }
    starts
}
