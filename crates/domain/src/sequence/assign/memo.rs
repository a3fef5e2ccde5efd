//! What a search over orders has been through, and what came of it.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// What was served last.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Last {
    /// Nothing yet.
    Nothing,
    /// Something; which, makes no difference, because the gap after it is this one in any case.
    Something(i64),
    /// This step.
    Step(usize),
}

/// What has been served so far, as far as it matters for the rest.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// The set of services.
    pub(super) done: usize,
    pub(super) last: Last,
    /// Minutes from the start to the end of the last one.
    pub(super) end: i64,
    /// People and rooms whose buffers reach into what comes next, with the minute they are free.
    pub(super) busy: Vec<(usize, i64)>,
}

impl Default for State {
    fn default() -> Self {
        Self { done: 0, last: Last::Nothing, end: 0, busy: Vec::new() }
    }
}

/// The next service, who does it, and where.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) step: usize,
    pub(super) person: usize,
    pub(super) room: Option<usize>,
}

/// The highest score of the rest and how it begins; `None` when the rest cannot be done.
pub(super) type Best = Option<(i64, Option<Choice>)>;

/// Answers to states of one team, kept while that team is looked at.
#[derive(Default)]
pub(super) struct Memo {
    /// Where nothing but the set of services tells states apart.
    by_set: Vec<Option<Best>>,
    by_state: QuickMap<State, Best>,
}

/// A map whose keys are a few small numbers.
pub(super) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// Hashes a few small numbers quickly; what is hashed here is never chosen by an adversary.
#[derive(Default)]
pub(super) struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

impl Memo {
    /// Forgets the last team, for requests of so many services.
    pub(super) fn clear(&mut self, services: usize) {
        self.by_set.clear();
        self.by_set.resize(1 << services, None);
        self.by_state.clear();
    }

    pub(super) fn get(&self, state: &State) -> Option<Best> {
        if is_plain(state) { self.by_set[state.done] } else { self.by_state.get(state).copied() }
    }

    pub(super) fn put(&mut self, state: &State, best: Best) {
        if is_plain(state) {
            self.by_set[state.done] = Some(best);
        } else {
            self.by_state.insert(state.clone(), best);
        }
    }
}

const fn is_plain(state: &State) -> bool {
    !matches!(state.last, Last::Step(_)) && state.busy.is_empty()
}
