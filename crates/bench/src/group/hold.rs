//! Holding over gRPC: each caller another time, at a rate.

use std::time::Duration;

use anyhow::ensure;
use callflow_contract::{
    availability::v1::{HoldRequest, Segment},
    convert::to_wire_range,
};
use jiff::{Timestamp, ToSpan as _};

use crate::{figure::Figure, pace::pace, salon, world::World};

const RATE: u64 = 500;

/// Returns the latencies of holding at 500 times a second.
pub(crate) async fn measure(world: &World) -> anyhow::Result<Vec<Figure>> {
    salon::open(world).await?;
    let client = salon::client(world).await?;
    let from = salon::midnight(60)?;
    // The runs must not get into each other's way, and neither must runs within the life of a hold.
    let run = Timestamp::now().as_second();
    let hold = move |number: u64| {
        let mut client = client.clone();
        async move {
            let request = request(from, run, number)?;
            let answer = client.hold(request).await?.into_inner();
            ensure!(!answer.unavailable, "Redis is away");
            Ok(())
        }
    };
    pace(RATE, Duration::from_secs(2), hold.clone()).await?;
    let report = pace(RATE, Duration::from_secs(10), hold).await?;
    Ok(vec![Figure::known("hold.p50_ms", report.p50_ms), Figure::under("hold.p99_ms", report.p99_ms, 3.0)])
}

fn request(from: Timestamp, run: i64, number: u64) -> anyhow::Result<HoldRequest> {
    let (person, nth) = (usize::try_from(number)?, i64::try_from(number)?);
    let start = from + (nth / i64::try_from(salon::STAFF)? * 30).minutes();
    let segment = Segment {
        resource_id: salon::staff(person).to_string(),
        range: Some(to_wire_range(start, start + 30.minutes())),
        room: false,
    };
    Ok(HoldRequest {
        company_id: salon::id().to_string(),
        branch_id: salon::id().branch("mitte").to_string(),
        owner: format!("call_bench_{run}_{number}"),
        segments: vec![segment],
        ttl_secs: 30,
        ..HoldRequest::default()
    })
}
