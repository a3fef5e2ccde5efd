//! gRPC: request in, one use case, reply or status out.

mod read;

use std::future::Future;

use callflow_contract::{
    booking::v1::{self as wire, booking_server},
    common::v1::{CountRequest, CountResponse},
    convert::counted_range,
};
use callflow_rpc::Failure;
use prost::Message;
use sha2::{Digest as _, Sha256};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, Result, find::Caller},
    error::Error,
    metrics,
};

/// The service as tonic serves it.
#[derive(Debug, Clone)]
pub struct Booking {
    app: App,
}

impl Booking {
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
        Error::Series(series) => {
            Failure::new(error.kind(), series.to_string()).with_field(series.field(), series.to_string())
        }
        Error::NotFound(_) | Error::KeyReused => Failure::new(error.kind(), error.to_string()),
        _ => Failure::new(error.kind(), "the calendar cannot be reached right now"),
    };
    failure.because(error)
}

/// Runs a use case and counts how it ended.
async fn answer<T>(
    operation: &'static str,
    outcome: impl FnOnce(&T) -> &'static str,
    work: impl Future<Output = Result<T>>,
) -> std::result::Result<Response<T>, Status> {
    match work.await {
        Ok(reply) => {
            metrics::outcome(operation, outcome(&reply));
            Ok(Response::new(reply))
        }
        Err(error) => {
            metrics::outcome(operation, error.kind().as_str());
            Err(status(&error))
        }
    }
}

/// Hash of all that was asked, in the one encoding prost gives it; the clock of the request is left out by the caller.
fn hash(message: &impl Message) -> Vec<u8> {
    Sha256::digest(message.encode_to_vec()).to_vec()
}

type Reply<T> = std::result::Result<Response<T>, Status>;

#[tonic::async_trait]
impl booking_server::Booking for Booking {
    async fn book(&self, request: Request<wire::BookRequest>) -> Reply<wire::BookResponse> {
        let work = async { self.app.book(&read::book(request.into_inner())?).await };
        answer("book", |reply: &wire::BookResponse| reply.outcome().as_str_name(), work).await
    }

    async fn book_services(&self, request: Request<wire::BookServicesRequest>) -> Reply<wire::BookResponse> {
        let work = async { self.app.book_services(&read::book_services(request.into_inner())?).await };
        answer("book_services", |reply: &wire::BookResponse| reply.outcome().as_str_name(), work).await
    }

    async fn preview_series(&self, request: Request<wire::SeriesRequest>) -> Reply<wire::SeriesResponse> {
        let work = async { self.app.preview_series(&read::series_preview(request.into_inner())?).await };
        answer("preview_series", |reply: &wire::SeriesResponse| reply.outcome().as_str_name(), work).await
    }

    async fn book_series(&self, request: Request<wire::SeriesRequest>) -> Reply<wire::SeriesResponse> {
        let work = async { self.app.book_series(&read::series(request.into_inner())?).await };
        answer("book_series", |reply: &wire::SeriesResponse| reply.outcome().as_str_name(), work).await
    }

    async fn reschedule(&self, request: Request<wire::RescheduleRequest>) -> Reply<wire::BookResponse> {
        let work = async { self.app.reschedule(&read::reschedule(request.into_inner())?).await };
        answer("reschedule", |reply: &wire::BookResponse| reply.outcome().as_str_name(), work).await
    }

    async fn cancel(&self, request: Request<wire::CancelRequest>) -> Reply<wire::CancelResponse> {
        let work = async { self.app.cancel(&read::cancel(request.into_inner())?).await };
        answer("cancel", |reply: &wire::CancelResponse| reply.outcome().as_str_name(), work).await
    }

    async fn cancel_series_from(&self, request: Request<wire::CancelSeriesFromRequest>) -> Reply<wire::CancelResponse> {
        let work = async { self.app.cancel(&read::cancel_series_from(request.into_inner())?).await };
        answer("cancel_series_from", |reply: &wire::CancelResponse| reply.outcome().as_str_name(), work).await
    }

    async fn get(&self, request: Request<wire::GetRequest>) -> Reply<wire::GetResponse> {
        let request = request.into_inner();
        let work = async { self.app.get(read::company(&request.company_id)?, &request.appointment).await };
        answer("get", |_| "ok", work).await
    }

    async fn list(&self, request: Request<wire::ListRequest>) -> Reply<wire::ListResponse> {
        let request = request.into_inner();
        let work = async { self.app.list(read::company(&request.company_id)?, &read::filter(&request)?).await };
        answer("list", |_| "ok", work).await
    }

    async fn find_for_caller(&self, request: Request<wire::FindForCallerRequest>) -> Reply<wire::ListResponse> {
        let request = request.into_inner();
        let work = async {
            let (company, now) = (read::company(&request.company_id)?, read::now(request.now.as_ref())?);
            let identity = read::identity(request.identity.unwrap_or_default());
            let wanted = Caller { company, identity, owner: request.owner, name: request.name };
            self.app.find_for_caller(&wanted, request.with_past, now).await
        };
        answer("find_for_caller", |reply: &wire::ListResponse| reply.outcome().as_str_name(), work).await
    }

    async fn request_callback(
        &self,
        request: Request<wire::RequestCallbackRequest>,
    ) -> Reply<wire::RequestCallbackResponse> {
        let work = async { self.app.request_callback(&read::callback(request.into_inner())?).await };
        answer("request_callback", |_| "noted", work).await
    }

    async fn count_changes(&self, request: Request<CountRequest>) -> Reply<CountResponse> {
        let request = request.into_inner();
        let work = async {
            let (from, until) = counted_range(request.range.as_ref())?;
            self.app.count_changes(from, until).await
        };
        answer("count_changes", |_| "ok", work).await
    }

    async fn list_callbacks(&self, request: Request<wire::ListCallbacksRequest>) -> Reply<wire::ListCallbacksResponse> {
        let request = request.into_inner();
        let work = async {
            let company = read::company(&request.company_id)?;
            self.app.list_callbacks(company, read::callback_status(&request.status)?, request.limit.into()).await
        };
        answer("list_callbacks", |_| "ok", work).await
    }
}
