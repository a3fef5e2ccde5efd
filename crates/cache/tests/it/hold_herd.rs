//! Many callers at once, and long random histories against a slow, obviously correct model.

use std::collections::BTreeSet;

use callflow_cache::hold::{Confirmed, Holds, Outcome, Policy, Released};
use callflow_domain::{
    hold::{Hold, HoldState, Segment, Segments},
    id::CallId,
};
use deadpool_redis::redis;
use futures::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::support::{Corner, DAY, owner, site, staff};

const PEOPLE: [&str; 4] = ["sofia", "mehmet", "olga", "anna"];

fn random_segments(rng: &mut StdRng, minutes: i64) -> Segments {
    loop {
        let segments = (0..rng.random_range(1..=3)).map(|_| {
            let start = DAY + rng.random_range(0..minutes / 5) * 5;
            let length = [15, 20, 30, 45, 60, 90, 120][rng.random_range(0..7)];
            Segment::new(staff(PEOPLE[rng.random_range(0..PEOPLE.len())]), start, start + length).unwrap()
        });
        if let Ok(segments) = Segments::new(segments.collect()) {
            return segments;
        }
    }
}

fn overlap(a: &Segments, b: &Segments) -> bool {
    a.as_slice().iter().any(|one| b.as_slice().iter().any(|two| one.overlaps(two)))
}

fn assert_disjoint(holds: &[Hold]) {
    for (index, one) in holds.iter().enumerate() {
        for two in &holds[index + 1..] {
            assert!(!overlap(&one.segments, &two.segments), "{one:?}\noverlaps\n{two:?}");
        }
    }
}

/// Reads the branch's spans without any of our code: (resource, first minute, end).
async fn spans(corner: &Corner) -> Vec<(String, i64, i64)> {
    let members = members(corner, ":span").await;
    members
        .into_iter()
        .map(|(member, start)| (member[..33].to_owned(), start as i64, member[65..].parse().unwrap()))
        .collect()
}

/// Reads the same segments as they are kept by resource.
async fn ordered(corner: &Corner) -> Vec<(String, i64, i64)> {
    let members = members(corner, ":order").await;
    let read = |(member, _): (String, f64)| {
        (member[..33].to_owned(), member[33..42].parse().unwrap(), member[74..].parse().unwrap())
    };
    members.into_iter().map(read).collect()
}

/// Reads a sorted set of the branch; one that is not there is empty.
async fn members(corner: &Corner, name: &str) -> Vec<(String, f64)> {
    let keys = corner.keys().await;
    let Some(key) = keys.iter().find(|key| key.ends_with(name)) else { return Vec::new() };
    redis::cmd("ZRANGE").arg(key).arg(0).arg(-1).arg("WITHSCORES").query_async(&mut corner.raw.clone()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_callers_at_once_are_never_granted_an_overlap() {
    let corner = Corner::start().await;
    let processes: Vec<_> = (0..4).map(|_| Holds::new(&corner.other_process(), Policy::default()).unwrap()).collect();
    let mut rng = StdRng::seed_from_u64(2_000);
    let wishes: Vec<_> = (0..2_000).map(|_| random_segments(&mut rng, 3 * 1440)).collect();
    let asked = wishes.iter().enumerate().map(|(index, wish)| {
        let (holds, wish) = (processes[index % 4].clone(), wish.clone());
        tokio::spawn(async move { holds.hold(site(), &owner(index), &wish).await.unwrap() })
    });
    let answers: Vec<_> = join_all(asked).await.into_iter().map(Result::unwrap).collect();

    let granted: Vec<_> = answers.iter().filter_map(|answer| answer.clone().granted()).collect();
    assert!(granted.len() > 100, "the day is not that short: {}", granted.len());
    assert_disjoint(&granted);
    for (wish, answer) in wishes.iter().zip(&answers) {
        if let Outcome::Refused(refusal) = answer {
            assert!(wish.as_slice().contains(&refusal.segment));
            let reason = |hold: &Hold| hold.segments.as_slice().iter().any(|own| own.overlaps(&refusal.segment));
            assert!(granted.iter().any(reason), "nobody is refused without somebody in the way");
        }
    }

    // The same question to Redis: exactly what was answered is there, and the bare spans are disjoint.
    let mut listed = processes[0].list(site(), DAY, DAY + 4 * 1440).await.unwrap();
    let mut expected = granted;
    listed.sort_by_key(|hold| hold.id);
    expected.sort_by_key(|hold| hold.id);
    assert_eq!(listed, expected);
    let mut spans = spans(&corner).await;
    spans.sort();
    assert_eq!(spans.len(), expected.iter().map(|hold| hold.segments.as_slice().len()).sum::<usize>());
    for pair in spans.windows(2) {
        assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "{pair:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousand_callers_for_one_slot_one_gets_it() {
    let corner = Corner::start().await;
    let holds = Holds::new(&corner.cache, Policy::default()).unwrap();
    let wish = Segments::single(Segment::new(staff("sofia"), DAY + 600, DAY + 645).unwrap());
    let asked = (0..1_000).map(|index| {
        let (holds, wish) = (holds.clone(), wish.clone());
        tokio::spawn(async move { holds.hold(site(), &owner(index), &wish).await.unwrap().granted() })
    });
    let granted: Vec<_> = join_all(asked).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(granted.len(), 1);
    assert_eq!(holds.list(site(), DAY, DAY + 1440).await.unwrap(), granted);
}

/// What the scripts should do, written down the slow way.
#[derive(Default)]
struct Model {
    holds: Vec<Hold>,
}

impl Model {
    fn blocked(&self, owner: &CallId, wish: &Segments) -> Option<Segment> {
        let against = |segment: &&Segment| {
            self.holds.iter().any(|hold| hold.blocks(Some(owner), segment, jiff::Timestamp::UNIX_EPOCH))
        };
        wish.as_slice().iter().find(against).copied()
    }

    fn offers(&self, owner: &CallId) -> Vec<usize> {
        let own = |hold: &Hold| hold.owner == *owner && hold.state == HoldState::Held;
        (0..self.holds.len()).filter(|index| own(&self.holds[*index])).collect()
    }

    fn has(&self, owner: &CallId, wish: &Segments) -> bool {
        self.offers(owner).into_iter().any(|index| self.holds[index].segments == *wish)
    }

    fn check_hold(&mut self, owner: &CallId, wish: &Segments, outcome: &Outcome) {
        match (self.blocked(owner, wish), outcome) {
            (Some(segment), Outcome::Refused(refusal)) => assert_eq!(segment, refusal.segment),
            (None, Outcome::Granted(hold)) => {
                if !self.has(owner, wish) {
                    let offers = self.offers(owner);
                    if offers.len() == 3 {
                        self.holds.remove(offers[0]);
                    }
                    self.holds.push(hold.clone());
                }
            }
            (expected, got) => panic!("expected blocked by {expected:?}, got {got:?}"),
        }
    }

    fn check_offer(&mut self, owner: &CallId, wishes: &[Segments], outcomes: &[Outcome]) {
        let mut kept: BTreeSet<_> = BTreeSet::new();
        for (wish, outcome) in wishes.iter().zip(outcomes) {
            match (self.blocked(owner, wish), outcome) {
                (Some(segment), Outcome::Refused(refusal)) => assert_eq!(segment, refusal.segment),
                (None, Outcome::Limited) => assert_eq!(kept.len(), 3),
                (None, Outcome::Granted(hold)) => {
                    if !self.has(owner, wish) {
                        self.holds.push(hold.clone());
                    }
                    kept.insert(hold.id);
                    assert!(kept.len() <= 3);
                }
                (expected, got) => panic!("expected blocked by {expected:?}, got {got:?}"),
            }
        }
        self.holds.retain(|hold| hold.owner != *owner || hold.state == HoldState::Confirmed || kept.contains(&hold.id));
    }
}

async fn random_history(seed: u64) {
    let corner = Corner::start().await;
    let holds = Holds::new(&corner.cache, Policy::default()).unwrap();
    let mut rng = StdRng::seed_from_u64(seed);
    let mut model = Model::default();
    for step in 0..300 {
        let me = owner(rng.random_range(0..5));
        let any = (!model.holds.is_empty()).then(|| rng.random_range(0..model.holds.len().max(1)));
        match (rng.random_range(0..10), any) {
            (0..4, _) => {
                let wish = match any {
                    // Now and then exactly what somebody has, or had.
                    Some(index) if rng.random_bool(0.3) => model.holds[index].segments.clone(),
                    _ => random_segments(&mut rng, 480),
                };
                let outcome = holds.hold(site(), &me, &wish).await.unwrap();
                model.check_hold(&me, &wish, &outcome);
            }
            (4..6, _) => {
                let wishes: Vec<_> = (0..rng.random_range(0..6)).map(|_| random_segments(&mut rng, 480)).collect();
                let outcomes = holds.offer(site(), &me, &wishes).await.unwrap();
                model.check_offer(&me, &wishes, &outcomes);
            }
            (6, Some(index)) => {
                let hold = model.holds[index].clone();
                let expected = match hold.state {
                    _ if hold.owner != me => Released::NotOwner,
                    HoldState::Confirmed => Released::Booked,
                    HoldState::Held => {
                        model.holds.remove(index);
                        Released::Done
                    }
                };
                assert_eq!(holds.release(site(), &me, hold.id).await.unwrap(), expected);
            }
            (7, Some(index)) => {
                let hold = &mut model.holds[index];
                let confirmed = holds.confirm(site(), &me, hold.id).await.unwrap();
                assert_eq!(confirmed == Confirmed::NotOwner, hold.owner != me);
                if hold.owner == me {
                    hold.state = HoldState::Confirmed;
                }
            }
            (8, Some(index)) => {
                let segments = model.holds[index].segments.clone();
                let booked = model.holds[index].state == HoldState::Confirmed;
                let freed = holds.free(site(), &segments, &[]).await.unwrap();
                assert_eq!(freed as usize, if booked { segments.as_slice().len() } else { 0 });
                if booked {
                    model.holds.remove(index);
                }
            }
            (9, _) if rng.random_bool(0.3) => {
                let offers = model.offers(&me);
                assert_eq!(holds.release_all(site(), &me).await.unwrap() as usize, offers.len());
                model.holds.retain(|hold| hold.owner != me || hold.state == HoldState::Confirmed);
            }
            _ => {
                let renewed = holds.extend(site(), &me).await.unwrap();
                assert_eq!(renewed.holds as usize, model.offers(&me).len());
            }
        }
        let listed = holds.list(site(), DAY, DAY + 1440).await.unwrap();
        let found: BTreeSet<_> = listed.iter().map(|hold| (hold.id, hold.state == HoldState::Held)).collect();
        let expected: BTreeSet<_> = model.holds.iter().map(|hold| (hold.id, hold.state == HoldState::Held)).collect();
        assert_eq!(found, expected, "seed {seed}, step {step}");
    }
    let (mut spans, mut ordered) = (spans(&corner).await, ordered(&corner).await);
    spans.sort_unstable();
    ordered.sort_unstable();
    assert_eq!(spans, ordered, "seed {seed}: both ways of looking see the same segments");
}

#[tokio::test]
async fn random_histories_agree_with_the_model() {
    for seed in 1..=12 {
        random_history(seed).await;
    }
}
