//! Many callers who want the same slot at the same moment: one has it, everyone else hears of a time of their own.

use std::collections::BTreeMap;

use callflow_contract::availability::v1::{Offer, SearchSlotsRequest};
use tokio::task::JoinSet;

use crate::world::{World, haircut, search, with};

const CALLERS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_has_the_slot_and_the_others_divide_what_is_near() {
    let world = World::open().await;
    let mut all = JoinSet::new();
    for caller in 0..CALLERS {
        let wish = with("sofia", haircut("16 10:00", "16 10:01"));
        let wish = SearchSlotsRequest { owner: format!("call_{caller}"), hold: true, ..wish };
        let client = world.client.clone();
        all.spawn(async move { (caller, search(&client, wish).await) });
    }
    let answers = all.join_all().await;
    let winners: Vec<_> = answers.iter().filter(|(_, answer)| !answer.offers.is_empty()).collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let mut held: BTreeMap<String, Vec<(i64, i64, usize)>> = BTreeMap::new();
    let mut own = 0;
    for (caller, answer) in &answers {
        let alternatives: Vec<&Offer> = answer.alternatives.iter().filter_map(|one| one.offer.as_ref()).collect();
        assert!(!answer.offers.is_empty() || !alternatives.is_empty(), "caller {caller} hears of nothing");
        let reserved: Vec<_> = alternatives.iter().filter(|offer| offer.held_until.is_some()).collect();
        own += usize::from(!reserved.is_empty());
        for offer in answer.offers.iter().chain(reserved.into_iter().copied()) {
            let range = offer.blocked.unwrap();
            let span = (range.start.unwrap().seconds, range.end.unwrap().seconds, *caller);
            held.entry(offer.staff_id.clone()).or_default().push(span);
        }
    }
    assert!(own * 4 >= CALLERS * 3, "{own} of {CALLERS} have a time reserved");
    for spans in held.values_mut() {
        spans.sort_unstable();
        for (index, one) in spans.iter().enumerate() {
            let overlapping = spans[index + 1..].iter().take_while(|other| other.0 < one.1);
            assert!(overlapping.clone().all(|other| other.2 == one.2), "two callers hold the same time: {spans:?}");
        }
    }
    world.close().await;
}
