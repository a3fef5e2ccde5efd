//! Who may come in: a company that has keys, with a body of bounded size, signed just now with one of them.
//!
//! What can be decided without the body is decided before it is read: an unknown company, a header of the wrong form or
//! from another time, an announced size beyond the limit. The rest is hashed while it arrives.

use std::time::{Duration, Instant};

use actix_web::{
    HttpRequest,
    http::{StatusCode, header::CONTENT_LENGTH},
    web::{Bytes, BytesMut, Payload},
};
use callflow_domain::ErrorKind;
use callflow_retell::signature::{self, Proof, Rejection, Signer};
use callflow_runtime::http::Problem;
use futures::StreamExt as _;
use jiff::Timestamp;

use crate::{
    app::App,
    crowd::{Place, Room, Wait},
    metrics,
};

/// A request that is believed.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Slug of the company whose key signed it.
    pub(super) company: String,
    /// The body, byte for byte.
    pub(super) body: Bytes,
    /// The right to be worked on; `None` when there is too much to do.
    pub(super) place: Option<Place>,
    _room: Room,
}

/// Lets a request in, or says why not.
pub(super) async fn admit(
    app: &App,
    request: &HttpRequest,
    payload: &mut Payload,
    most: usize,
    wait: Wait,
) -> Result<Admitted, Problem> {
    let unknown = || Problem::new(ErrorKind::NotFound, "There is no such company.");
    let named = request.match_info().get("company").map(str::to_owned);
    let company = named.or_else(|| app.deps.keys.only()).ok_or_else(unknown)?;
    let keys = app.deps.keys.of(&company).ok_or_else(unknown)?;
    let refused = |rejection| refused(&company, rejection);
    let mut headers = request.headers().get_all(signature::HEADER);
    // Two headers would leave open which of them was meant.
    let header = headers.next().filter(|_| headers.next().is_none()).map(|value| value.as_bytes());
    let mut proof = keys.begin(header, Timestamp::now()).map_err(refused)?;
    let reading = read(app, request, payload, most, &mut proof);
    let late = || too_slow("The body did not arrive in time.");
    let (body, room) =
        tokio::time::timeout(Duration::from_millis(app.limit.body_ms), reading).await.map_err(|_| late())??;
    let signer = proof.finish().map_err(refused)?;
    metrics::signature(match signer {
        Signer::Current => "current",
        Signer::Previous => "previous",
    });
    let place = app.crowd.enter(&company, wait, Instant::now());
    if place.is_none() {
        metrics::shed(wait);
    }
    Ok(Admitted { company, body, place, _room: room })
}

fn refused(company: &str, rejection: Rejection) -> Problem {
    metrics::signature(rejection.as_str());
    // Forgeries come by the thousand: counted always, told only to those who look for them.
    tracing::debug!(company.slug = company, reason = rejection.as_str(), "signature refused");
    Problem::new(rejection.kind(), "The signature is missing or not valid.")
}

/// Reads the body, and hashes each piece as it comes.
async fn read(
    app: &App,
    request: &HttpRequest,
    payload: &mut Payload,
    most: usize,
    proof: &mut Proof,
) -> Result<(Bytes, Room), Problem> {
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let (mut room, mut whole) = (Room::default(), Bytes::new());
    let mut pieces = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| Problem::new(ErrorKind::Invalid, "The body was cut off."))?;
        let length = whole.len() + pieces.len() + piece.len();
        if length > most {
            return Err(too_large(most));
        }
        if !app.crowd.grow(&mut room, length) {
            return Err(Problem::new(ErrorKind::Unavailable, "There is no room for a body of this size just now."));
        }
        proof.update(&piece);
        // Most bodies come in one piece, which is then the body without a copy.
        if length == piece.len() {
            whole = piece;
            continue;
        }
        if !whole.is_empty() {
            pieces.reserve(announced.unwrap_or(length).min(app.limit.inbound_bytes).max(length));
            pieces.extend_from_slice(&std::mem::take(&mut whole));
        }
        pieces.extend_from_slice(&piece);
    }
    Ok((if pieces.is_empty() { whole } else { pieces.freeze() }, room))
}

fn too_large(most: usize) -> Problem {
    let text = format!("The body is larger than {most} bytes.");
    Problem::new(ErrorKind::Invalid, text).with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

fn too_slow(text: &str) -> Problem {
    Problem::new(ErrorKind::Invalid, text).with_status(StatusCode::REQUEST_TIMEOUT)
}
