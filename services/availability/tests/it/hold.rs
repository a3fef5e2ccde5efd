//! Holding over gRPC: owned, renewed, given back, as long as was asked for, all of it or nothing.

use std::collections::BTreeMap;

use callflow_contract::{
    availability::v1::{
        ExtendRequest, HoldRequest, HoldResponse, ReleaseRequest, SearchSequencesRequest, SearchSlotsRequest, Segment,
    },
    convert::{from_wire_time, to_wire_range, to_wire_time},
};
use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::world::{World, at, company, haircut, search, segment, with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_is_one_callers() {
    let world = World::open().await;
    owned(&world).await;
    lasting(&world).await;
    together(&world).await;
    searched(&world).await;
    sequence(&world).await;
    world.close().await;
}

fn request(owner: &str, segments: Vec<Segment>) -> HoldRequest {
    HoldRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        owner: owner.into(),
        segments,
        ..HoldRequest::default()
    }
}

async fn hold(world: &World, owner: &str, segments: Vec<Segment>) -> HoldResponse {
    world.client.clone().hold(request(owner, segments)).await.unwrap().into_inner()
}

async fn release(world: &World, owner: &str) -> u32 {
    let HoldRequest { company_id, branch_id, owner, .. } = request(owner, Vec::new());
    let release = ReleaseRequest { company_id, branch_id, owner, hold_id: String::new() };
    world.client.clone().release(release).await.unwrap().into_inner().released
}

async fn owned(world: &World) {
    let early = segment("sofia", "01 10:00", "01 10:45");
    let crossing = segment("sofia", "01 10:30", "01 11:00");
    assert!(hold(world, "call_1", vec![early]).await.held);
    let refused = hold(world, "call_2", vec![segment("emre", "01 10:00", "01 11:00"), crossing.clone()]).await;
    assert_eq!((refused.held, refused.conflict.as_ref()), (false, Some(&crossing)));
    assert!(hold(world, "call_2", vec![segment("emre", "01 10:00", "01 11:00")]).await.held, "none of it was written");
    assert_eq!(release(world, "call_3").await, 0, "whoever holds nothing gives nothing back");
    assert!(!hold(world, "call_2", vec![crossing.clone()]).await.held);
    assert_eq!(release(world, "call_1").await, 1);
    assert!(hold(world, "call_2", vec![crossing]).await.held);
    release(world, "call_2").await;
}

/// Five minutes, or as long as was asked for; renewed while the call lives.
async fn lasting(world: &World) {
    let left = |answer: &HoldResponse| {
        let until = from_wire_time("held_until", answer.held_until.as_ref().unwrap()).unwrap();
        until.duration_since(Timestamp::now()).as_secs()
    };
    let usual = hold(world, "call_1", vec![segment("sofia", "02 10:00", "02 11:00")]).await;
    assert!((270..=300).contains(&left(&usual)), "{usual:?}");
    let asked = HoldRequest { ttl_secs: 30, ..request("call_2", vec![segment("sofia", "02 12:00", "02 13:00")]) };
    let asked = world.client.clone().hold(asked).await.unwrap().into_inner();
    assert!((1..=30).contains(&left(&asked)), "{asked:?}");
    let HoldRequest { company_id, branch_id, owner, .. } = request("call_2", Vec::new());
    let extend = ExtendRequest { company_id, branch_id, owner, ttl_secs: 600 };
    assert_eq!(world.client.clone().extend(extend).await.unwrap().into_inner().extended, 1);
    let again = hold(world, "call_2", vec![segment("sofia", "02 12:00", "02 13:00")]).await;
    assert!(left(&again) > 500, "{again:?}");
    release(world, "call_1").await;
    release(world, "call_2").await;
}

/// Callers who want stretches of all lengths at the same time are never granted an overlap.
async fn together(world: &World) {
    let mut all = JoinSet::new();
    for caller in 0..120_u32 {
        let minutes = [15, 30, 45, 60, 90][caller as usize % 5];
        let begin = 9 * 60 + (caller * 37) % 480;
        let clock = |minute: u32| format!("03 {:02}:{:02}", minute / 60, minute % 60);
        let who = ["sofia", "emre"][caller as usize % 2];
        let wanted = segment(who, &clock(begin), &clock(begin + minutes));
        let (mut client, request) = (world.client.clone(), request(&format!("call_{caller}"), vec![wanted.clone()]));
        all.spawn(async move { client.hold(request).await.unwrap().into_inner().held.then_some((who, wanted)) });
    }
    let mut granted: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for (who, segment) in all.join_all().await.into_iter().flatten() {
        let range = segment.range.unwrap();
        granted.entry(who).or_default().push((range.start.unwrap().seconds, range.end.unwrap().seconds));
    }
    for (who, spans) in &mut granted {
        spans.sort_unstable();
        assert!(spans.len() > 4, "{who}: {spans:?}");
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{who}: {spans:?}");
    }
}

/// What a search offers is held for its caller, and the next search gives it back.
async fn searched(world: &World) {
    let wish = |owner: &str, day: &str| SearchSlotsRequest {
        owner: owner.into(),
        hold: true,
        ..with("sofia", haircut(&format!("{day} 09:00"), &format!("{day} 18:00")))
    };
    let mine = search(&world.client, wish("call_a", "05")).await;
    assert_eq!((mine.hold_state.as_str(), mine.offers.len()), ("held", 3));
    let theirs = search(&world.client, wish("call_b", "05")).await;
    assert_eq!(theirs.offers.len(), 3);
    let slots = |list: &[callflow_contract::availability::v1::Offer]| -> Vec<String> {
        list.iter().map(|offer| offer.slot_id.clone()).collect()
    };
    assert!(slots(&mine.offers).iter().all(|slot| !slots(&theirs.offers).contains(slot)));
    search(&world.client, wish("call_a", "06")).await;
    let again = search(&world.client, wish("call_b", "05")).await;
    assert_eq!(slots(&again.offers), slots(&mine.offers), "the first caller looks elsewhere now");
}

/// All parts of a sequence are held as one, and given back as one.
async fn sequence(world: &World) {
    let wish = |owner: &str| SearchSequencesRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        service_ids: ["farbe", "schnitt"].map(|slug| company().service(slug).to_string()).to_vec(),
        same_staff: true,
        window: Some(to_wire_range(at("10 09:00"), at("10 09:01"))),
        limit: 1,
        owner: owner.into(),
        hold: true,
        now: Some(to_wire_time(at("01 07:00"))),
        ..SearchSequencesRequest::default()
    };
    let search = async |owner: &str| world.client.clone().search_sequences(wish(owner)).await.unwrap().into_inner();
    let mine = search("call_s1").await;
    assert_eq!((mine.hold_state.as_str(), mine.sequences.len()), ("held", 1), "{mine:?}");
    let parts = &mine.sequences[0].parts;
    assert!(parts.len() == 2 && parts.iter().all(|part| part.held_until.is_some()), "{parts:?}");
    // There is one place to colour at, so nobody else can begin then.
    assert!(search("call_s2").await.sequences.is_empty());
    assert_eq!(release(world, "call_s1").await, 1, "one hold, however many parts");
    assert_eq!(search("call_s2").await.sequences.len(), 1);
}
