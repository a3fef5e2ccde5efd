//! gRPC: request in, one use case, reply or status out.

mod read;

use std::future::Future;

use callflow_contract::{
    availability::v1::{self as wire, availability_server},
    convert::id,
};
use callflow_rpc::Failure;
use tonic::{Request, Response, Status};

use crate::{
    app::{App, Result},
    error::Error,
};

/// The service as tonic serves it.
#[derive(Clone)]
pub struct Availability {
    app: App,
}

impl Availability {
    /// Serves these use cases.
    #[must_use]
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

/// Turns an error into what the caller reads; the operator finds the causes in the log.
fn status(error: &Error) -> Status {
    let failure = match error {
        Error::Field(field) => Failure::new(error.kind(), field.to_string()).with_field(field.field, field.problem),
        Error::Search(cause) => {
            Failure::new(error.kind(), cause.to_string()).with_field(cause.field(), cause.to_string())
        }
        Error::Sequence(cause) => {
            let field = if cause.field() == "services" { "service_ids" } else { cause.field() };
            let failure = Failure::new(error.kind(), cause.to_string()).with_field(field, cause.to_string());
            match cause.code() {
                Some(code) => failure.with_code(code),
                None => failure,
            }
        }
        Error::Segment(cause) => {
            Failure::new(error.kind(), cause.to_string()).with_field("segments", cause.to_string())
        }
        Error::NotFound(_) => Failure::new(error.kind(), error.to_string()),
        _ => Failure::new(error.kind(), "the calendar cannot be reached right now"),
    };
    failure.because(error)
}

type Reply<T> = std::result::Result<Response<T>, Status>;

async fn answer<T>(work: impl Future<Output = Result<T>>) -> Reply<T> {
    work.await.map(Response::new).map_err(|error| status(&error))
}

#[tonic::async_trait]
impl availability_server::Availability for Availability {
    async fn search_slots(&self, request: Request<wire::SearchSlotsRequest>) -> Reply<wire::SearchSlotsResponse> {
        answer(async { Box::pin(self.app.search(&read::query(&request.into_inner())?)).await }).await
    }

    async fn find_alternatives(
        &self,
        request: Request<wire::FindAlternativesRequest>,
    ) -> Reply<wire::FindAlternativesResponse> {
        let work = async {
            let (query, start, limit) = read::alternatives(request.into_inner())?;
            Box::pin(self.app.alternatives(&query, start, limit)).await
        };
        answer(work).await
    }

    async fn search_sequences(
        &self,
        request: Request<wire::SearchSequencesRequest>,
    ) -> Reply<wire::SearchSequencesResponse> {
        answer(async { Box::pin(self.app.sequences(&read::sequence(&request.into_inner())?)).await }).await
    }

    async fn plan_series(&self, request: Request<wire::PlanSeriesRequest>) -> Reply<wire::PlanSeriesResponse> {
        answer(async { Box::pin(self.app.plan_series(&read::series(&request.into_inner())?)).await }).await
    }

    async fn hold(&self, request: Request<wire::HoldRequest>) -> Reply<wire::HoldResponse> {
        let request = request.into_inner();
        let work = async {
            let owned = read::owned(&request.company_id, &request.branch_id, &request.owner)?;
            self.app.hold(&owned, &request.segments, read::lasting(request.ttl_secs)?).await
        };
        answer(work).await
    }

    async fn release(&self, request: Request<wire::ReleaseRequest>) -> Reply<wire::ReleaseResponse> {
        let request = request.into_inner();
        let work = async {
            let owned = read::owned(&request.company_id, &request.branch_id, &request.owner)?;
            self.app.release(&owned, read::slot("hold_id", &request.hold_id)?).await
        };
        answer(work).await
    }

    async fn confirm(&self, request: Request<wire::ConfirmRequest>) -> Reply<wire::ConfirmResponse> {
        let request = request.into_inner();
        let work = async {
            let owned = read::owned(&request.company_id, &request.branch_id, &request.owner)?;
            self.app.confirm(&owned, &request.segments).await
        };
        answer(work).await
    }

    async fn free(&self, request: Request<wire::FreeRequest>) -> Reply<wire::FreeResponse> {
        let request = request.into_inner();
        let work = async {
            let (company, branch) = (id("company_id", &request.company_id)?, id("branch_id", &request.branch_id)?);
            self.app.free(company, branch, &request.segments).await
        };
        answer(work).await
    }

    async fn extend(&self, request: Request<wire::ExtendRequest>) -> Reply<wire::ExtendResponse> {
        let request = request.into_inner();
        let work = async {
            let owned = read::owned(&request.company_id, &request.branch_id, &request.owner)?;
            self.app.extend(&owned, read::lasting(request.ttl_secs)?).await
        };
        answer(work).await
    }

    async fn day_view(&self, request: Request<wire::DayViewRequest>) -> Reply<wire::DayViewResponse> {
        let request = request.into_inner();
        let work = async {
            let (company, branch, date) = read::day(&request)?;
            self.app.day_view(company, branch, date).await
        };
        answer(work).await
    }
}
