//! Two thousand callers at once.

use std::collections::{BTreeMap, BTreeSet};

use callflow_cache::{
    Cache, Site,
    hold::{Holds, Policy},
};
use callflow_contract::availability::v1::HoldRequest;
use callflow_domain::id::StaffId;
use futures::{StreamExt as _, stream};

use crate::{
    fixture::{TestAvailability, segment},
    salon::{self, at},
};

const CALLERS: u64 = 2_000;

impl TestAvailability {
    pub(crate) fn site(&self) -> Site {
        Site { company: salon::id(), branch: salon::id().branch("mitte") }
    }

    /// The same holds, seen from beside the service.
    pub(crate) fn holds(&self) -> Holds {
        let config = callflow_cache::Config {
            url: self.cache.url().to_owned(),
            prefix: self.cache.prefix().to_owned(),
            ..callflow_cache::Config::default()
        };
        Holds::new(&Cache::new(&config).unwrap(), Policy::default()).unwrap()
    }
}

/// Mixes a number into others that look like chance but are the same each time.
fn mixed(number: u64) -> u64 {
    let mut state = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

fn assert_disjoint(of: &BTreeMap<StaffId, BTreeSet<(i64, i64)>>) {
    for (staff, spans) in of {
        let spans: Vec<_> = spans.iter().collect();
        for pair in spans.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "{staff} was given twice: {pair:?}");
        }
    }
}

#[tokio::test]
async fn two_thousand_holds_of_mixed_durations_never_overlap() {
    // All at once is the point: nobody is to be turned away at the door.
    let service = TestAvailability::start_with(|config| config.grpc.max_active = CALLERS as usize).await;
    let company = salon::id();
    let wishes = (0..CALLERS).map(|caller| {
        let chance = mixed(caller);
        let staff = company.staff(["sofia", "emre", "lea"][usize::try_from(chance % 3).unwrap()]);
        let from = at("02 09:00") + jiff::SignedDuration::from_mins(i64::try_from(chance / 3 % 96).unwrap() * 5);
        let minutes = [10, 15, 30, 45, 60, 90][usize::try_from(chance / 300 % 6).unwrap()];
        (caller, staff, from, minutes)
    });
    // As from many instances of the callers: one connection alone has too many small frames to be trusted.
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(service.another_client().await);
    }
    let answers: Vec<_> = stream::iter(wishes)
        .map(|(caller, staff, from, minutes)| {
            let mut client = clients[usize::try_from(caller).unwrap() % clients.len()].clone();
            async move {
                let request = HoldRequest {
                    company_id: company.to_string(),
                    branch_id: company.branch("mitte").to_string(),
                    owner: format!("call_{caller}"),
                    segments: vec![segment(staff, from, minutes)],
                    ..HoldRequest::default()
                };
                let answer = client.hold(request).await.unwrap().into_inner();
                assert!(!answer.unavailable);
                let start = from.as_second() / 60;
                (answer.held, staff, (start, start + minutes))
            }
        })
        .buffer_unordered(CALLERS as usize)
        .collect()
        .await;
    let mut told: BTreeMap<StaffId, BTreeSet<(i64, i64)>> = BTreeMap::new();
    for (_, staff, span) in answers.iter().filter(|(held, ..)| *held) {
        assert!(told.entry(*staff).or_default().insert(*span), "{span:?} was granted twice");
    }
    assert!(told.values().map(BTreeSet::len).sum::<usize>() > 20, "{told:?}");
    assert_disjoint(&told);

    let mut kept: BTreeMap<StaffId, BTreeSet<(i64, i64)>> = BTreeMap::new();
    for hold in service.holds().list(service.site(), 0, i64::MAX / 4).await.unwrap() {
        for segment in hold.segments.as_slice() {
            kept.entry(StaffId(segment.resource().uuid())).or_default().insert((segment.start(), segment.end()));
        }
    }
    assert_eq!(kept, told, "Redis holds what was answered, and nothing else");
    service.stop().await;
}
