//! HTTP request in, one use case, answer out. The order of checks is always: company, size, signature, body.

mod api;
mod dress;
mod gate;
mod parting;
mod route;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::StatusCode,
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
use crate::{app::App, config::Config, crowd::Wait};

/// Returns the routes; called once per worker.
pub fn routes(app: &App, config: &Config) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (app, description) = (app.clone(), api::description(&config.public_url).to_string());
    move |service| {
        let scope = web::scope("")
            .wrap(from_fn(dress::dress))
            .app_data(Data::new(app.clone()))
            .app_data(Data::new(description.clone()));
        let scope = route::ALL.iter().fold(scope, |scope, route| scope.service(route.resource()));
        service.service(scope.default_service(web::to(nothing_here)));
    }
}

async fn nothing_here(payload: Payload) -> HttpResponse {
    parting::turned_away(&Problem::new(ErrorKind::NotFound, "There is nothing at this path."), payload)
}

async fn other_method(payload: Payload) -> HttpResponse {
    let problem = Problem::new(ErrorKind::Invalid, "This path does not answer this method.");
    parting::turned_away(&problem.with_status(StatusCode::METHOD_NOT_ALLOWED), payload)
}

async fn describe(description: Data<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(description.get_ref().clone())
}

async fn answer_inbound(app: Data<App>, request: HttpRequest, mut payload: Payload) -> HttpResponse {
    let admitted = match gate::admit(&app, &request, &mut payload, app.limit.inbound_bytes, Wait::Live).await {
        Ok(admitted) => admitted,
        Err(problem) => return parting::turned_away(&problem, payload),
    };
    let question = match inbound::Request::parse(&admitted.body) {
        Ok(question) => question,
        Err(error) => return unread(error),
    };
    let answered = match &admitted.place {
        Some(_) => app.answer_inbound(&admitted.company, &question).await,
        None => Arc::new(app.shed_inbound(&admitted.company, &question)),
    };
    let body = answered.body.to_string();
    correlated(HttpResponse::Ok(), question.call_id.as_ref()).content_type("application/json").body(body)
}

async fn take_event(app: Data<App>, request: HttpRequest, mut payload: Payload) -> HttpResponse {
    let admitted = match gate::admit(&app, &request, &mut payload, app.limit.body_bytes, Wait::Later).await {
        Ok(admitted) => admitted,
        Err(problem) => return parting::turned_away(&problem, payload),
    };
    if admitted.place.is_none() {
        let text = "There is too much to do just now; send the event again.";
        return Problem::new(ErrorKind::Unavailable, text).error_response();
    }
    let event = match Event::parse(&admitted.body) {
        Ok(event) => event,
        Err(error) => return unread(error),
    };
    match app.take_event(&admitted.company, &event).await {
        Ok(_) => correlated(HttpResponse::NoContent(), event.call_id()).finish(),
        Err(error) => Problem::of(error.kind(), "The event could not be kept; send it again.", &error).error_response(),
    }
}

async fn answer_function(app: Data<App>, request: HttpRequest, mut payload: Payload) -> HttpResponse {
    let admitted = match gate::admit(&app, &request, &mut payload, app.limit.body_bytes, Wait::Live).await {
        Ok(admitted) => admitted,
        Err(problem) => return parting::turned_away(&problem, payload),
    };
    let asked = match read_function(&request, &admitted) {
        Ok(asked) => asked,
        Err(Unread::UnknownFunction) => return told(&unknown_function(&request), None),
        Err(error) => return unread(error),
    };
    if admitted.place.is_none() {
        return told(&app.shed_function(&asked), asked.identity.call_id.as_ref());
    }
    let hash = match &asked.tool_call_id {
        Some(_) => String::new(),
        // A query has no body to tell one request from another.
        None if admitted.body.is_empty() => hex::encode(Sha256::digest(request.query_string())),
        None => hex::encode(Sha256::digest(&admitted.body)),
    };
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
