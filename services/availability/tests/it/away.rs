//! Without Redis searching works and nothing is held; without Postgres Redis answers for a while. The answer says so.

use callflow_availability::Config;
use callflow_contract::availability::v1::{HoldRequest, SearchSlotsRequest};
use callflow_runtime::Secret;
use callflow_testkit::{Fault, FaultProxy, Role, free_port, wait_for};

use crate::world::{PATIENCE, World, company, haircut, search, segment};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_says_what_was_away() {
    let mut world = World::open().await;
    let complete = search(&world.client, held("call_0", haircut("01 09:00", "01 18:00"))).await;
    assert_eq!((complete.degraded, complete.hold_state.as_str()), (false, "held"));
    without_redis(&mut world).await;
    without_postgres(&mut world).await;
    world.close().await;
}

fn held(owner: &str, search: SearchSlotsRequest) -> SearchSlotsRequest {
    SearchSlotsRequest { hold: true, owner: owner.into(), ..search }
}

async fn without_redis(world: &mut World) {
    let nowhere = free_port().unwrap();
    let client = world
        .another(|config: &mut Config| config.redis.url = Secret::new(format!("redis://127.0.0.1:{nowhere}")))
        .await;
    world.commit("sofia", "02 09:00", "02 18:00").await;
    let answer = search(&client, held("call_1", haircut("02 09:00", "02 18:00"))).await;
    assert_eq!((answer.degraded, answer.hold_state.as_str(), answer.offers.len()), (true, "unavailable", 3));
    assert!(answer.offers.iter().all(|offer| offer.staff_name == "Emre" && offer.held_until.is_none()), "{answer:?}");
    let none = search(&client, held("call_1", haircut("07 09:00", "07 18:00"))).await;
    assert!(!none.alternatives.is_empty(), "nothing is held, something is offered: {none:?}");
    let hold = HoldRequest {
        company_id: company().to_string(),
        branch_id: company().branch("mitte").to_string(),
        owner: "call_1".into(),
        segments: vec![segment("emre", "02 10:00", "02 10:45")],
        ..HoldRequest::default()
    };
    let answer = client.clone().hold(hold).await.unwrap().into_inner();
    assert!(answer.unavailable && !answer.held, "{answer:?}");
}

async fn without_postgres(world: &mut World) {
    let (proxy, url) = FaultProxy::before(&world.database.url(Role::Availability)).await;
    let client = world.another(|config: &mut Config| config.database.url = Secret::new(url)).await;
    let wish = haircut("03 09:00", "03 18:00");
    let before = search(&client, wish.clone()).await;
    proxy.set(Fault::Refuse);
    let answer = wait_for("the service to notice", PATIENCE, async || {
        let answer = search(&client, wish.clone()).await;
        if answer.degraded { Ok(answer) } else { Err("not degraded") }
    })
    .await;
    assert_eq!(answer.offers, before.offers, "Redis still has the day");
    assert_eq!(answer.as_of, before.as_of, "and the answer says how old it is");
    proxy.heal();
    wait_for("the service to recover", PATIENCE, async || {
        if search(&client, wish.clone()).await.degraded { Err("degraded") } else { Ok(()) }
    })
    .await;
}
