//! A real cluster of three nodes: every operation works, and keys lie where their tags say.

use std::sync::Arc;

use callflow_cache::{
    Cache, Subject,
    hold::{Confirmed, Holds, Policy},
    live::Live,
    minute::{Counter, Minutes},
    ratelimit::{Limiter, Rule},
    snapshot::Snapshots,
};
use callflow_domain::id::{CompanyId, MessageId};
use deadpool_redis::redis;
use uuid::Uuid;

use crate::{
    snapshot::{days, window},
    support::{Redis, company, config, free_port, owner, site, sofia, wait_for},
    tier::{KEY, Source, number, numbers},
};

struct Cluster {
    nodes: Vec<Redis>,
}

impl Cluster {
    async fn start() -> Self {
        let mut nodes = Vec::new();
        let mut buses = Vec::new();
        for _ in 0..3 {
            let bus = free_port();
            let args =
                ["--cluster-enabled", "yes", "--cluster-port", &bus.to_string(), "--cluster-node-timeout", "3000"];
            nodes.push(Redis::start_with(free_port(), &args).await);
            buses.push(bus);
        }
        for (index, (from, to)) in [(0, 5460), (5461, 10_922), (10_923, 16_383)].into_iter().enumerate() {
            let mut raw = nodes[index].raw().await.unwrap();
            let mut run = async |args: &[String]| {
                let mut command = redis::cmd("CLUSTER");
                command.arg(args).query_async::<()>(&mut raw).await.unwrap();
            };
            run(&["SET-CONFIG-EPOCH".into(), (index + 1).to_string()]).await;
            run(&["ADDSLOTSRANGE".into(), from.to_string(), to.to_string()]).await;
            run(&["MEET".into(), "127.0.0.1".into(), nodes[0].port.to_string(), buses[0].to_string()]).await;
        }
        let cluster = Self { nodes };
        for node in &cluster.nodes {
            let ready = || async {
                let mut raw = node.raw().await.unwrap();
                let info: String = redis::cmd("CLUSTER").arg("INFO").query_async(&mut raw).await.unwrap();
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
            };
            wait_for("the cluster is formed", ready).await;
        }
        cluster
    }

    fn cache(&self) -> Cache {
        let urls: Vec<_> = self.nodes.iter().map(Redis::url).collect();
        Cache::new(&config(urls.join(","))).unwrap()
    }

    /// Every key of the cluster with the slot its node computes for it.
    async fn keys(&self) -> Vec<(String, u16)> {
        let mut found = Vec::new();
        for node in &self.nodes {
            let mut raw = node.raw().await.unwrap();
            let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut raw).await.unwrap();
            for key in keys {
                let slot = redis::cmd("CLUSTER").arg("KEYSLOT").arg(&key).query_async(&mut raw).await.unwrap();
                found.push((key, slot));
            }
        }
        found
    }
}

#[tokio::test]
async fn everything_works_on_a_cluster() {
    let cluster = Cluster::start().await;
    let cache = cluster.cache();
    cache.ping().await.unwrap();

    let holds = Holds::new(&cache, Policy::default()).unwrap();
    let hold = holds.hold(site(), &owner("a"), &sofia("10:00", "10:45")).await.unwrap().granted().unwrap();
    assert!(holds.hold(site(), &owner("b"), &sofia("10:30", "11:00")).await.unwrap().granted().is_none());
    assert!(matches!(holds.confirm(site(), &owner("a"), hold.id).await.unwrap(), Confirmed::Until(_)));

    let snapshots: Snapshots<&'static str> = Snapshots::new(&cache);
    let load = |dates: Vec<jiff::civil::Date>| async move { Ok(dates.iter().map(|d| d.to_string().into()).collect()) };
    for _ in 0..2 {
        let view = snapshots.get_or_load(site(), &days(14), window(), load).await.unwrap();
        assert_eq!((view.days.len(), view.holds.map(|holds| holds.len())), (14, Some(1)));
    }
    snapshots.invalidate(site(), &days(14)).await.unwrap();
    snapshots.invalidate_all(site()).await.unwrap();

    let (numbers, source) = (numbers(&cache), Arc::new(Source::new("mitte")));
    let ids: Vec<_> = (0..30).map(|index| index.to_string()).collect();
    for id in &ids {
        let found = numbers.get_or_load(company(), Subject::Public(id), || source.load(0)).await.unwrap();
        assert_eq!(found, Some(number("mitte")));
    }
    let subjects: Vec<_> = ids.iter().map(|id| Subject::Public(id)).collect();
    numbers.delete(company(), &subjects).await.expect("entries of many slots at once");
    numbers.get_or_load(company(), KEY, || source.load(0)).await.unwrap();
    assert_eq!(source.count(), 31);

    let live = Live::new(&cache);
    assert!(live.seen(company(), &owner("a"), None, Some("greeting")).await.unwrap());
    assert_eq!(live.list(company(), 10).await.unwrap().total, 1);
    let minutes = Minutes::new(&cache);
    let counter = Counter { branch: Some(site().branch), name: "calls".into() };
    let message = Some(MessageId(Uuid::new_v4()));
    assert!(minutes.add(company(), 5, &[(counter.clone(), 2)], message).await.unwrap());
    assert_eq!(minutes.read(company(), 0..60).await.unwrap()[5].1[&counter], 2);
    let verdict = Limiter::new(&cache).take(Rule::CODE, company(), Subject::Personal("+49171")).await.unwrap();
    assert!(verdict.allowed);
}

#[tokio::test]
async fn keys_of_one_script_lie_in_one_slot_and_branches_are_spread() {
    let cluster = Cluster::start().await;
    let cache = cluster.cache();
    let holds = Holds::new(&cache, Policy::default()).unwrap();
    let snapshots: Snapshots<()> = Snapshots::new(&cache);
    let mut nodes_used = std::collections::BTreeSet::new();
    for index in 0..12 {
        let company = CompanyId::from_slug(&format!("company-{index}"));
        let site = callflow_cache::Site { company, branch: company.branch("mitte") };
        holds.hold(site, &owner("a"), &sofia("10:00", "10:45")).await.unwrap();
        snapshots.get(site, &days(7), window()).await.unwrap();
        let tag = company.uuid().simple().to_string();
        let slots: Vec<_> = cluster.keys().await.into_iter().filter(|(key, _)| key.contains(&tag)).collect();
        assert_eq!(slots.len(), 5 + 1 + 7, "holds, epoch, leases: {slots:?}");
        assert!(slots.iter().all(|(_, slot)| *slot == slots[0].1), "{slots:?}");
        nodes_used.insert(slots[0].1 / 5_461);
    }
    assert_eq!(nodes_used.len(), 3);
}

#[tokio::test]
async fn one_seed_node_is_enough_and_a_single_node_client_is_not_confused() {
    let cluster = Cluster::start().await;
    let seed = callflow_cache::Config { cluster: true, ..config(cluster.nodes[0].url()) };
    let holds = Holds::new(&Cache::new(&seed).unwrap(), Policy::default()).unwrap();
    for index in 0..8 {
        let company = CompanyId::from_slug(&format!("company-{index}"));
        let site = callflow_cache::Site { company, branch: company.branch("mitte") };
        assert!(holds.hold(site, &owner("a"), &sofia("10:00", "10:45")).await.unwrap().granted().is_some());
    }
}
