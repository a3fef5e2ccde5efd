//! Turning somebody away whose body nobody is going to read.
//!
//! The server swallows a chunked body that was let go of, for as long as its sender cares to send. Held on to until the
//! answer is out, the same body makes it hang up instead.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpResponse, ResponseError as _,
    body::{BodySize, BoxBody, MessageBody},
    http::ConnectionType,
    web::{Bytes, Payload},
};
use callflow_runtime::http::Problem;

/// An answer that keeps the rest of the question unread until it is sent.
struct Parting {
    answer: BoxBody,
    _unread: Payload,
}

impl MessageBody for Parting {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}

/// Answers who was not let in, and hangs up.
pub(super) fn turned_away(problem: &Problem, unread: Payload) -> HttpResponse {
    let mut response = problem.error_response();
    response.head_mut().set_connection_type(ConnectionType::Close);
    response.map_body(|_, answer| BoxBody::new(Parting { answer, _unread: unread }))
}
