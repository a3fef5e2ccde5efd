//! gRPC: request in, one use case, reply or status out.

use std::future::Future;

use callflow_contract::{
    common::v1::{CountRequest, CountResponse},
    convert::{FieldError, counted_range, optional_call_id, optional_id, optional_time},
    resolver::v1::{self as wire, resolver_server},
};
use callflow_domain::{
    call_state::Phase,
    id::{CallId, is_slug},
};
use callflow_rpc::Failure;
use jiff::Timestamp;
use tonic::{Request, Response, Status};

use crate::{
    app::{App, Result, customer::Asked, ring::Ring},
    error::Error,
};

/// Calls listed when no number is given, and at most.
const LISTED: (u32, u32) = (50, 500);

/// The service as tonic serves it.
#[derive(Clone)]
pub struct Resolver {
    app: App,
}

impl Resolver {
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
        Error::NotFound(_) => Failure::new(error.kind(), error.to_string()),
        _ => Failure::new(error.kind(), "the catalog cannot be reached right now"),
    };
    failure.because(error)
}

type Reply<T> = std::result::Result<Response<T>, Status>;

async fn answer<T>(work: impl Future<Output = Result<T>>) -> Reply<T> {
    work.await.map(Response::new).map_err(|error| status(&error))
}

fn slug(text: &str) -> Result<&str> {
    if is_slug(text) { Ok(text) } else { Err(FieldError::new("company", "is no company's slug").into()) }
}

fn call_id(text: &str) -> Result<CallId> {
    Ok(CallId::parse(text).ok_or(FieldError::new("call_id", "is missing or no call id"))?)
}

fn phase(text: &str) -> Result<Option<Phase>> {
    if text.is_empty() {
        return Ok(None);
    }
    let found = Phase::ALL.into_iter().find(|phase| phase.as_str() == text);
    Ok(Some(found.ok_or(FieldError::new("phase", "is no phase: ringing, ongoing, ended, analyzed"))?))
}

#[tonic::async_trait]
impl resolver_server::Resolver for Resolver {
    async fn resolve_call(&self, request: Request<wire::ResolveCallRequest>) -> Reply<wire::ResolveCallResponse> {
        let request = request.into_inner();
        let work = async {
            let call = optional_call_id("call_id", &request.call_id)?.filter(|_| request.record);
            let ring = Ring {
                slug: slug(&request.company)?.to_owned(),
                from: request.from_number,
                to: request.to_number,
                agent: request.agent_id,
                headers: request.sip_headers,
                metadata: request.metadata_json,
                detected: request.detected_language,
                at: optional_time("at", request.at.as_ref())?.unwrap_or_else(Timestamp::now),
            };
            self.app.resolve(&ring, call.as_ref()).await
        };
        answer(work).await
    }

    async fn find_customer(&self, request: Request<wire::FindCustomerRequest>) -> Reply<wire::FindCustomerResponse> {
        let request = request.into_inner();
        let work = async {
            let id = optional_id("customer_id", &request.customer_id)?;
            let call = optional_call_id("call_id", &request.call_id)?;
            let asked = Asked {
                company: slug(&request.company)?,
                phone: &request.phone,
                id,
                name: &request.name,
                code: &request.confirmation_code,
                call: call.as_ref(),
            };
            let caller = self.app.find_customer(&asked).await?;
            Ok(wire::FindCustomerResponse { caller: Some(caller) })
        };
        answer(work).await
    }

    async fn get_branch(&self, request: Request<wire::GetBranchRequest>) -> Reply<wire::GetBranchResponse> {
        let request = request.into_inner();
        answer(async { self.app.get_branch(slug(&request.company)?, &request.branch).await }).await
    }

    async fn apply_catalog(&self, request: Request<wire::ApplyCatalogRequest>) -> Reply<wire::ApplyCatalogResponse> {
        let request = request.into_inner();
        answer(self.app.apply(request.document_json, request.dry_run)).await
    }

    async fn export_catalog(&self, request: Request<wire::ExportCatalogRequest>) -> Reply<wire::ExportCatalogResponse> {
        let request = request.into_inner();
        answer(self.app.export(&request.company)).await
    }

    async fn get_call(&self, request: Request<wire::GetCallRequest>) -> Reply<wire::GetCallResponse> {
        let request = request.into_inner();
        answer(async { self.app.get_call(slug(&request.company)?, &call_id(&request.call_id)?).await }).await
    }

    async fn count_events(&self, request: Request<CountRequest>) -> Reply<CountResponse> {
        let request = request.into_inner();
        let work = async {
            let (from, until) = counted_range(request.range.as_ref())?;
            self.app.count_events(from, until).await
        };
        answer(work).await
    }

    async fn list_calls(&self, request: Request<wire::ListCallsRequest>) -> Reply<wire::ListCallsResponse> {
        let request = request.into_inner();
        let work = async {
            let limit = if request.limit == 0 { LISTED.0 } else { request.limit.min(LISTED.1) };
            let before = optional_time("before", request.before.as_ref())?;
            self.app.list_calls(slug(&request.company)?, phase(&request.phase)?, before, limit.into()).await
        };
        answer(work).await
    }
}
