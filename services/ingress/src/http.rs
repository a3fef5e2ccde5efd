//! HTTP request in, one use case, answer out. The order of checks is always: company, size, signature, body.

mod api;
mod dress;
mod gate;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError, guard,
    middleware::from_fn,
    web::{self, Data, Payload, ServiceConfig},
};
use callflow_domain::{ErrorKind, id::CallId};
use callflow_retell::{
    Error as Unread,
    answer::{Answer, Outcome},
    event::Event,
    function::{Identity, Request as FunctionRequest},
    inbound,
    spoken::{Line, Phrasebook, Speech},
};
use callflow_runtime::http::Problem;
use jiff::Zoned;
use sha2::{Digest, Sha256};

use self::gate::Admitted;
use crate::{app::App, config::Config};

/// Returns the routes; called once per worker.
pub fn routes(app: &App, config: &Config) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (app, description) = (app.clone(), api::description(&config.public_url).to_string());
    move |service| {
        let methods = || {
            let method = guard::Any(guard::Get()).or(guard::Post()).or(guard::Put()).or(guard::Patch());
            method.or(guard::Delete())
        };
        let scope = web::scope("")
            .wrap(from_fn(dress::dress))
            .app_data(Data::new(app.clone()))
            .app_data(Data::new(description.clone()))
            .route("/openapi.json", web::get().to(describe))
            .route("/retell/inbound", web::post().to(answer_inbound))
            .route("/retell/events", web::post().to(take_event))
            .route("/retell/functions", web::post().to(answer_function))
            .route("/retell/functions/{name}", web::route().guard(methods()).to(answer_function))
            .route("/retell/{company}/inbound", web::post().to(answer_inbound))
            .route("/retell/{company}/events", web::post().to(take_event))
            .route("/retell/{company}/functions", web::post().to(answer_function))
            .route("/retell/{company}/functions/{name}", web::route().guard(methods()).to(answer_function))
            .default_service(web::to(nothing_here));
        service.service(scope);
    }
}

async fn nothing_here() -> HttpResponse {
    Problem::new(ErrorKind::NotFound, "There is nothing at this path.").error_response()
}

async fn describe(description: Data<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(description.get_ref().clone())
}

async fn answer_inbound(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let admitted = match gate::admit(&app, &request, payload, app.limit.inbound_bytes).await {
        Ok(admitted) => admitted,
        Err(problem) => return problem.error_response(),
    };
    let question = match inbound::Request::parse(&admitted.body) {
        Ok(question) => question,
        Err(error) => return unread(error),
    };
    let answered = app.answer_inbound(&admitted.company, &question).await;
    let body = answered.answer.to_json(question.medium).to_string();
    correlated(HttpResponse::Ok(), question.call_id.as_ref()).content_type("application/json").body(body)
}

async fn take_event(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let admitted = match gate::admit(&app, &request, payload, app.limit.body_bytes).await {
        Ok(admitted) => admitted,
        Err(problem) => return problem.error_response(),
    };
    let event = match Event::parse(&admitted.body) {
        Ok(event) => event,
        Err(error) => return unread(error),
    };
    match app.take_event(&admitted.company, &event).await {
        Ok(_) => correlated(HttpResponse::NoContent(), event.call_id()).finish(),
        Err(error) => Problem::of(error.kind(), "The event could not be kept; send it again.", &error).error_response(),
    }
}

async fn answer_function(app: Data<App>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let admitted = match gate::admit(&app, &request, payload, app.limit.body_bytes).await {
        Ok(admitted) => admitted,
        Err(problem) => return problem.error_response(),
    };
    let hash = hex::encode(Sha256::digest(&admitted.body));
    let asked = match read_function(&request, &admitted) {
        Ok(asked) => asked,
        Err(Unread::UnknownFunction) => return told(&unknown_function(&request), None),
        Err(error) => return unread(error),
    };
    // A query has no body to tell one request from another.
    let hash = if admitted.body.is_empty() { hex::encode(Sha256::digest(request.query_string())) } else { hash };
    let answer = app.answer_function(&admitted.company, &asked, hash).await;
    told(&answer, asked.identity.call_id.as_ref())
}

fn read_function<'a>(request: &HttpRequest, admitted: &'a Admitted) -> Result<FunctionRequest<'a>, Unread> {
    let headers = identity(request);
    let name = request.match_info().get("name");
    if admitted.body.is_empty() && !request.query_string().is_empty() {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let pairs = pairs.map_err(|_| Unread::Missing { field: "query" })?.into_inner();
        return FunctionRequest::from_query(pairs, name, headers);
    }
    FunctionRequest::parse(&admitted.body, name, headers)
}

fn identity(request: &HttpRequest) -> Identity {
    Identity::from_headers(|name| request.headers().get(name)?.to_str().ok())
}

/// A tool under a name callflow does not have is a mistake in the agent; the caller is told that it is not possible.
fn unknown_function(request: &HttpRequest) -> Answer {
    let speech = Speech::choose(identity(request).language.as_deref());
    Answer::new(Outcome::UnknownFunction, Phrasebook::new(speech, Zoned::now().date()).say(Line::NotPossible))
}

fn told(answer: &Answer, call: Option<&CallId>) -> HttpResponse {
    correlated(HttpResponse::Ok(), call).content_type("application/json").body(answer.to_json())
}

fn unread(error: Unread) -> HttpResponse {
    Problem::of(error.kind(), error.to_string(), &error).error_response()
}

/// Names the call in the answer, where its id can stand in a header.
fn correlated(mut response: actix_web::HttpResponseBuilder, call: Option<&CallId>) -> actix_web::HttpResponseBuilder {
    if let Some(call) = call.filter(|call| dress::is_plain(call.as_str())) {
        response.insert_header((dress::CORRELATION, call.as_str()));
    }
    response
}
