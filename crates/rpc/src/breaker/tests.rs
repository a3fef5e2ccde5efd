//! The breaker against a table of stories and against random histories; the clock is an argument.

use proptest::prelude::*;

use super::{
    Outcome::{Failure, Success, Unknown},
    *,
};

fn config() -> Config {
    Config {
        window_ms: 1_000,
        min_calls: 10,
        consecutive_failures: 4,
        open_ms: 100,
        max_open_ms: 400,
        ..Config::default()
    }
}

/// A breaker with a clock the test moves.
struct Story {
    breaker: Breaker,
    now: Instant,
}

impl Story {
    fn begin() -> Self {
        let now = Instant::now();
        Self { breaker: Breaker::new("probe", &config(), now), now }
    }

    fn wait(&mut self, ms: u64) -> &mut Self {
        self.now += Duration::from_millis(ms);
        self
    }

    fn calls(&mut self, outcomes: &[Outcome]) -> &mut Self {
        for outcome in outcomes {
            self.breaker.acquire(self.now).unwrap().settle(*outcome, self.now);
        }
        self
    }

    fn is(&mut self, state: State) -> &mut Self {
        assert_eq!(self.breaker.state(), state);
        self
    }

    fn refused(&mut self) -> Duration {
        self.breaker.acquire(self.now).unwrap_err().retry_after
    }
}

#[test]
fn failures_in_a_row_open_it_and_a_success_between_does_not() {
    Story::begin().calls(&[Failure, Failure, Failure, Success, Failure, Failure, Failure]).is(State::Closed);
    Story::begin().calls(&[Failure; 4]).is(State::Open);
}

#[test]
fn a_share_of_failures_opens_it_once_there_are_enough_calls() {
    let half = [Failure, Success, Failure, Success, Failure, Success, Failure, Success, Success];
    Story::begin().calls(&half).is(State::Closed).calls(&[Failure]).is(State::Open);
    // The same share, but the first half is older than the window.
    Story::begin().calls(&half[..5]).wait(1_100).calls(&half[5..]).calls(&[Failure]).is(State::Closed);
}

#[test]
fn what_taught_nothing_changes_nothing() {
    Story::begin()
        .calls(&[Failure, Failure, Failure])
        .calls(&[Unknown; 50])
        .is(State::Closed)
        .calls(&[Failure])
        .is(State::Open);
}

#[test]
fn it_refuses_until_the_pause_is_over_and_closes_after_enough_probes() {
    let mut story = Story::begin();
    story.calls(&[Failure; 4]);
    assert_eq!(story.wait(60).refused(), Duration::from_millis(40));
    story.wait(40).calls(&[Success]).is(State::HalfOpen).calls(&[Success]).is(State::Closed);
    story.calls(&[Failure; 3]).is(State::Closed);
}

#[test]
fn each_failed_probe_doubles_the_pause_up_to_the_limit_and_a_recovery_resets_it() {
    let mut story = Story::begin();
    story.calls(&[Failure; 4]);
    for pause in [100, 200, 400, 400] {
        assert_eq!(story.refused(), Duration::from_millis(pause));
        story.wait(pause).calls(&[Failure]).is(State::Open);
    }
    story.wait(400).calls(&[Success, Success]).is(State::Closed).calls(&[Failure; 4]);
    assert_eq!(story.refused(), Duration::from_millis(100));
}

#[test]
fn only_so_many_probes_are_under_way_and_one_that_vanishes_frees_its_place() {
    let mut story = Story::begin();
    story.calls(&[Failure; 4]).wait(100);
    let first = story.breaker.acquire(story.now).unwrap();
    let second = story.breaker.acquire(story.now).unwrap();
    story.refused();
    drop(first);
    let third = story.breaker.acquire(story.now).unwrap();
    second.settle(Success, story.now);
    third.settle(Success, story.now);
    story.is(State::Closed);
}

#[test]
fn an_answer_from_before_the_opening_is_not_taken_for_a_probe() {
    let mut story = Story::begin();
    let late = story.breaker.acquire(story.now).unwrap();
    let later = story.breaker.acquire(story.now).unwrap();
    story.calls(&[Failure; 4]).wait(100).calls(&[Success]).is(State::HalfOpen);
    late.settle(Success, story.now);
    story.is(State::HalfOpen);
    later.settle(Failure, story.now);
    story.is(State::HalfOpen);
}

#[test]
fn nonsensical_settings_are_reported() {
    let mut refused = Vec::new();
    let bad = Config { failure_ratio: 0.0, probes: 0, max_open_ms: 1, ..config() };
    bad.check(&mut |field, fine, _| {
        if !fine {
            refused.push(field.to_owned())
        }
    });
    assert_eq!(refused, ["failure_ratio", "max_open_ms", "probes"]);
}

proptest! {
    /// Whatever happens: refusals end, probes stay few, and a dependency that works again is used again.
    #[test]
    fn it_always_recovers(steps in proptest::collection::vec((0_u64..300, 0_u8..4), 0..200)) {
        let mut story = Story::begin();
        let mut held = Vec::new();
        for (ms, action) in steps {
            story.wait(ms);
            match story.breaker.acquire(story.now) {
                Ok(permit) if action == 3 => held.push(permit),
                Ok(permit) => permit.settle([Success, Failure, Unknown][usize::from(action)], story.now),
                Err(refused) => prop_assert!(refused.retry_after <= Duration::from_millis(400)),
            }
            if held.len() > 3 {
                held.remove(0).settle(Failure, story.now);
            }
        }
        held.clear();
        for _ in 0..4 {
            story.wait(400);
            if let Ok(permit) = story.breaker.acquire(story.now) {
                permit.settle(Success, story.now);
            }
        }
        prop_assert_eq!(story.breaker.state(), State::Closed);
    }
}
