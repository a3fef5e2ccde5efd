//! gRPC: the same figures for programs.

use callflow_contract::{
    convert::{FieldError, optional_id, to_wire_time},
    metrics::v1::{self as wire, metrics_server, snapshot_response::Minute},
};
use callflow_domain::id::{CompanyId, is_slug};
use callflow_rpc::Failure;
use jiff::Timestamp;
use tonic::{Request, Response, Status};

use crate::{
    app::minute_of,
    board::{Board, Scope, WINDOW},
    error::Error,
    latency::quantile_ms,
    sampler::Samples,
};

/// Minutes when no number is given.
const MINUTES: i64 = 5;

/// The service as tonic serves it.
#[derive(Clone)]
pub struct Metrics {
    samples: Samples,
}

impl Metrics {
    /// Serves the latest sample.
    #[must_use]
    pub const fn new(samples: Samples) -> Self {
        Self { samples }
    }

    fn answer(&self, request: &wire::SnapshotRequest) -> Result<wire::SnapshotResponse, Error> {
        let scope =
            Scope { company: company(&request.company)?, branch: optional_id("branch_id", &request.branch_id)? };
        let minutes = if request.minutes == 0 { MINUTES } else { i64::from(request.minutes).min(WINDOW) };
        let sample = self.samples.borrow().clone();
        if !sample.is_fresh(Timestamp::now()) {
            return Err(Error::Stale);
        }
        Ok(snapshot(&sample.board, scope, minutes))
    }
}

fn company(slug: &str) -> Result<Option<CompanyId>, FieldError> {
    match slug {
        "" => Ok(None),
        slug if is_slug(slug) => Ok(Some(CompanyId::from_slug(slug))),
        _ => Err(FieldError::new("company", "is no company's slug")),
    }
}

/// Returns the last minutes of a board, oldest first.
fn snapshot(board: &Board, scope: Scope, minutes: i64) -> wire::SnapshotResponse {
    let last = minute_of(board.at);
    let describe = |minute: i64| {
        let (counts, times) = board.minute(scope, minute);
        let at = |quantile| quantile_ms(&times, quantile).unwrap_or_default();
        let start = Timestamp::from_second(minute * 60).ok().map(to_wire_time);
        Minute { start, counts: counts.into_iter().collect(), p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) }
    };
    let (live_calls, phases) = board.live(scope);
    wire::SnapshotResponse {
        minutes: (last + 1 - minutes..=last).map(describe).collect(),
        live_calls,
        live_by_phase: phases.into_iter().collect(),
        at: Some(to_wire_time(board.at)),
    }
}

#[tonic::async_trait]
impl metrics_server::Metrics for Metrics {
    async fn snapshot(
        &self,
        request: Request<wire::SnapshotRequest>,
    ) -> Result<Response<wire::SnapshotResponse>, Status> {
        self.answer(request.get_ref()).map(Response::new).map_err(|error| {
            let failure = match &error {
                Error::Field(field) => {
                    Failure::new(error.kind(), field.to_string()).with_field(field.field, field.problem)
                }
                _ => Failure::new(error.kind(), "the live figures cannot be read right now"),
            };
            failure.because(&error)
        })
    }
}
