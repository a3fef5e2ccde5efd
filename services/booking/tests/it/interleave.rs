//! Whatever happens at the same time and in whatever order: a checker that reads the tables finds nothing wrong.

use callflow_contract::{
    availability::v1::ReleaseRequest,
    booking::v1::{BookRequest, CancelRequest, RescheduleRequest},
    convert::to_wire_time,
};
use callflow_testkit::wait_for;
use futures::StreamExt as _;
use jiff::ToSpan as _;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{
    checker,
    salon::{at, branch, company, service, staff},
    series::weekly,
    shop::{PATIENCE, Shop, ayse, call, haircut, is_busy, operator},
};

/// Interleavings tried; each is a few dozen steps, eight at a time.
const ROUNDS: usize = 12;
const PEOPLE: [&str; 3] = ["sofia", "emre", "ada"];

/// One thing somebody does. Few people, few times and few keys, so that they meet.
#[derive(Debug, Clone)]
enum Step {
    Book { caller: u8, tool: u8, who: usize, quarter: i64, any: bool, colour: bool, held: bool },
    Series { key: u8, who: usize, quarter: i64, strategy: &'static str },
    Move { nth: usize, quarter: i64 },
    Cancel { nth: usize, whole: bool },
    Expire { caller: u8 },
    Flush,
}

fn step() -> impl Strategy<Value = Step> {
    let strategies = prop::sample::select(vec!["fail", "skip", "shift", "other_staff,skip", "other_branch"]);
    prop_oneof![
        8 => (0..6_u8, 0..3_u8, 0..3_usize, 0..12_i64, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(caller, tool, who, quarter, any, colour, held)| Step::Book { caller, tool, who, quarter, any, colour, held }
        ),
        2 => (0..4_u8, 0..3_usize, 0..12_i64, strategies)
            .prop_map(|(key, who, quarter, strategy)| Step::Series { key, who, quarter, strategy }),
        3 => (0..16_usize, 0..12_i64).prop_map(|(nth, quarter)| Step::Move { nth, quarter }),
        3 => (0..16_usize, any::<bool>()).prop_map(|(nth, whole)| Step::Cancel { nth, whole }),
        2 => (0..6_u8).prop_map(|caller| Step::Expire { caller }),
        1 => Just(Step::Flush),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_interleaving_leaves_the_tables_wrong() {
    let shop = Shop::open().await;
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    for round in 0..ROUNDS {
        let steps = prop::collection::vec(step(), 30..60).new_tree(&mut runner).unwrap().current();
        let done = steps.iter().enumerate().map(|(nth, step)| carry_out(&shop, round, nth, step));
        futures::stream::iter(done).buffer_unordered(8).collect::<Vec<()>>().await;
        let faults = checker::faults(&shop).await;
        assert!(faults.is_empty(), "round {round}: {faults:#?}\nafter {steps:#?}");
    }
    wait_for("each change to be told", PATIENCE, async || {
        let differing = checker::unheard(&shop).await;
        if differing.is_empty() { Ok(()) } else { Err(differing) }
    })
    .await;
    let kinds = "SELECT count(*) > 80, count(*) FILTER (WHERE status = 'cancelled') > 5,
        count(*) FILTER (WHERE status = 'rescheduled') > 5, count(*) FILTER (WHERE series_id IS NOT NULL) > 20
        FROM booking.appointment";
    assert_eq!(shop.sql(kinds).await, "t|t|t|t", "the interleavings reach too little");
    shop.close().await;
}

/// Does one step; refusals are answers, and everything else than an answer or a refused key is a failure.
async fn carry_out(shop: &Shop, round: usize, nth: usize, step: &Step) {
    let day = i64::try_from(round).unwrap() % 5;
    let time = |quarter: i64| at(day, "10:00") + (quarter * 15).minutes();
    let mut booking = shop.booking.clone();
    let outcome = match step {
        Step::Book { caller, tool, who, quarter, any, colour, held } => {
            let owner = format!("call_{round}_{caller}");
            let mut context = call(&owner, &format!("tool_{tool}"));
            context.intent_key = format!("{owner}/{quarter}");
            if !held {
                context.owner = String::new();
            }
            let what = if *colour { "farbe" } else { "schnitt" };
            let request = BookRequest {
                service_id: service(what).to_string(),
                staff_id: staff(PEOPLE[*who]).to_string(),
                any_staff: *any,
                ..haircut(context, time(*quarter))
            };
            booking.book(request).await.map(|_| ())
        }
        Step::Series { key, who, quarter, strategy } => {
            let request = callflow_contract::booking::v1::SeriesRequest {
                staff_id: staff(PEOPLE[*who]).to_string(),
                start_date: at(day, "00:00")
                    .to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap())
                    .date()
                    .to_string(),
                time: time(*quarter)
                    .to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap())
                    .strftime("%H:%M")
                    .to_string(),
                strategy: (*strategy).into(),
                ..weekly(&format!("series_{round}_{key}"), "weekly", 4)
            };
            booking.book_series(request).await.map(|_| ())
        }
        Step::Move { nth: which, quarter } => {
            let Some(appointment) = some(shop, *which, "status = 'active'").await else { return };
            let request = RescheduleRequest {
                context: Some(operator(&format!("move_{round}_{nth}"))),
                appointment,
                identity: ayse(),
                start: Some(to_wire_time(time(*quarter))),
                ..RescheduleRequest::default()
            };
            booking.reschedule(request).await.map(|_| ())
        }
        Step::Cancel { nth: which, whole } => {
            let Some(appointment) = some(shop, *which, "true").await else { return };
            let request = CancelRequest {
                context: Some(operator(&format!("cancel_{round}_{nth}"))),
                appointment,
                identity: ayse(),
                whole_series: *whole,
                ..CancelRequest::default()
            };
            booking.cancel(request).await.map(|_| ())
        }
        Step::Expire { caller } => {
            let request = ReleaseRequest {
                company_id: company().to_string(),
                branch_id: branch("mitte").to_string(),
                owner: format!("call_{round}_{caller}"),
                hold_id: String::new(),
            };
            shop.availability.clone().release(request).await.map(|_| ())
        }
        Step::Flush => {
            shop.forget_days().await;
            Ok(())
        }
    };
    if let Err(status) = outcome {
        // Whether a request without an answer did anything is for the checker to find consistent.
        let expected = status.code() == tonic::Code::FailedPrecondition || is_busy(&status);
        assert!(expected, "{step:?}: {status:?}");
    }
}

/// Returns one of the latest appointments.
async fn some(shop: &Shop, nth: usize, which: &str) -> Option<String> {
    let query = format!("SELECT id FROM booking.appointment WHERE {which} ORDER BY id DESC OFFSET {nth} LIMIT 1");
    let id = shop.sql(&query).await;
    (!id.is_empty()).then_some(id)
}
