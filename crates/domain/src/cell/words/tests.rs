//! Words compared with looking at every cell.

use proptest::prelude::*;

use super::*;

const FROM: i64 = -200;
const TO: i64 = 500;

fn words(cells: &[bool]) -> Words {
    let mut words = Words::covering(FROM, TO);
    for (index, _) in cells.iter().enumerate().filter(|(_, set)| **set) {
        words.set(FROM + index as i64, FROM + index as i64 + 1);
    }
    words
}

fn cells() -> impl Strategy<Value = Vec<bool>> {
    // Mostly set, so that long runs occur.
    proptest::collection::vec(proptest::bool::weighted(0.95), (TO - FROM) as usize)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn runs_are_what_looking_at_each_cell_finds(cells in cells(), count in 1_i64..200) {
        let (row, mut kept) = (words(&cells), words(&cells));
        kept.keep_runs(count);
        for cell in FROM..TO {
            let run = (cell..cell + count).all(|at| at < TO && cells[(at - FROM) as usize]);
            prop_assert_eq!(kept.bit(cell), run, "cell {}", cell);
            prop_assert!(count > WORD || row.run_at(cell, count) & 1 == u64::from(run));
        }
    }

    #[test]
    fn moving_and_combining_follow_the_cells(left in cells(), right in cells(), shift in 0_i64..150) {
        let (left, right) = (words(&left), words(&right));
        let (mut later, mut both, mut ahead, mut any) = (left.clone(), left.clone(), left.clone(), left.clone());
        later.move_later(shift);
        both.and(&right);
        any.or(&right);
        ahead.and_earlier(&right, shift);
        for cell in FROM..TO {
            prop_assert_eq!(later.bit(cell), cell - shift >= FROM && left.bit(cell - shift));
            prop_assert_eq!(both.bit(cell), left.bit(cell) && right.bit(cell));
            prop_assert_eq!(any.bit(cell), left.bit(cell) || right.bit(cell));
            prop_assert_eq!(ahead.bit(cell), left.bit(cell) && right.bit(cell + shift));
            let word = left.word_at(cell);
            prop_assert!((0..64).all(|bit| (word >> bit & 1 == 1) == left.bit(cell + bit)));
        }
    }

    #[test]
    fn scanning_finds_the_nearest(cells in proptest::collection::vec(proptest::bool::weighted(0.02), 700), at in -300_i64..600) {
        let words = words(&cells);
        let set = |cell: &i64| words.bit(*cell);
        prop_assert_eq!(words.next_set(at), (at..TO).find(set));
        prop_assert_eq!(words.last_set_before(at), (FROM..at).rev().find(set));
        prop_assert_eq!(words.to_vec(1), (FROM..TO).filter(set).collect::<Vec<_>>());
        prop_assert_eq!(words.count() as usize, (FROM..TO).filter(set).count());
    }
}

#[test]
fn rows_of_different_places_combine() {
    let (mut early, mut late) = (Words::covering(0, 100), Words::covering(640, 700));
    early.set(90, 100);
    late.set(640, 650);
    let mut both = late.clone();
    both.or(&early);
    assert_eq!((both.next_set(0), both.next_clear(90), both.next_set(100)), (Some(90), 100, Some(640)));
    both.and(&early);
    assert_eq!(both.count(), 10);
    both.and(&late);
    assert!(both.is_zero());
    assert!(Words::covering(5, 5).is_zero() && Words::covering(5, 5).next_set(0).is_none());
}

#[test]
fn clearing_and_setting_stop_at_the_edges() {
    let mut words = Words::covering(0, 128);
    words.set(i64::MIN, i64::MAX);
    words.clear(60, 70);
    words.clear(70, 60);
    words.clear(3, 1);
    words.clear(0, 0);
    words.clear(64, 64);
    assert_eq!((words.count(), words.next_clear(0), words.next_set(60)), (118, 60, Some(70)));
    assert_eq!(words.next_clear(70), 128);
}
