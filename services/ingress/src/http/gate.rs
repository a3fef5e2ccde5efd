//! Who may come in: a company that has keys, with a body of bounded size, signed just now with one of them.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::{StatusCode, header::CONTENT_LENGTH},
    web::{Bytes, Payload},
};
use callflow_domain::ErrorKind;
use callflow_retell::signature::{self, Signer};
use callflow_runtime::http::Problem;
use jiff::Timestamp;

use crate::{app::App, metrics};

/// A request that is believed.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Slug of the company whose key signed it.
    pub(super) company: String,
    /// The body, byte for byte.
    pub(super) body: Bytes,
}

/// Lets a request in, or says why not.
pub(super) async fn admit(
    app: &App,
    request: &HttpRequest,
    payload: Payload,
    most: usize,
) -> Result<Admitted, Problem> {
    let unknown = || Problem::new(ErrorKind::NotFound, "There is no such company.");
    let named = request.match_info().get("company").map(str::to_owned);
    let company = named.or_else(|| app.deps.keys.only()).ok_or_else(unknown)?;
    let keys = app.deps.keys.of(&company).ok_or_else(unknown)?;
    let body = read(request, payload, most, Duration::from_millis(app.limit.body_ms)).await?;
    let header = request.headers().get(signature::HEADER).map(|value| value.as_bytes());
    // Two headers would leave open which of them was meant.
    let header = header.filter(|_| request.headers().get_all(signature::HEADER).count() == 1);
    match keys.verify(header, &body, Timestamp::now()) {
        Ok(signer) => {
            metrics::signature(match signer {
                Signer::Current => "current",
                Signer::Previous => "previous",
            });
            Ok(Admitted { company, body })
        }
        Err(rejection) => {
            metrics::signature(rejection.as_str());
            tracing::info!(company.slug = company, reason = rejection.as_str(), "signature refused");
            Err(Problem::new(rejection.kind(), "The signature is missing or not valid."))
        }
    }
}

async fn read(request: &HttpRequest, payload: Payload, most: usize, within: Duration) -> Result<Bytes, Problem> {
    let too_large = || {
        let text = format!("The body is larger than {most} bytes.");
        Problem::new(ErrorKind::Invalid, text).with_status(StatusCode::PAYLOAD_TOO_LARGE)
    };
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large());
    }
    match tokio::time::timeout(within, payload.to_bytes_limited(most)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(Problem::new(ErrorKind::Invalid, "The body was cut off.")),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => {
            let late = Problem::new(ErrorKind::Invalid, "The body did not arrive in time.");
            Err(late.with_status(StatusCode::REQUEST_TIMEOUT))
        }
    }
}
