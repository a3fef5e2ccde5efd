//! What every answer wears: a correlation id, and headers that keep browsers and caches from doing anything with it.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use uuid::Uuid;

/// The header that joins an answer to a call in everybody's logs.
pub(super) const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

const ALWAYS: [(HeaderName, &str); 5] = [
    (HeaderName::from_static("cache-control"), "no-store"),
    (HeaderName::from_static("content-security-policy"), "default-src 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("strict-transport-security"), "max-age=31536000; includeSubDomains"),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
];

/// Adds them. The correlation id is the call's, else the sender's own, else a new one.
pub(super) async fn dress<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody + use<B>>, Error> {
    let own = request.headers().get(CORRELATION).filter(|id| id.to_str().is_ok_and(is_plain)).cloned();
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CORRELATION) {
        let made = || HeaderValue::from_str(&Uuid::now_v7().to_string()).ok();
        if let Some(id) = own.or_else(made) {
            headers.insert(CORRELATION, id);
        }
    }
    Ok(response)
}

/// Returns whether an id can be repeated without harm.
pub(super) fn is_plain(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn only_plain_ids_are_repeated() {
        assert!(is_plain("call_d0f631ca1ddba8db3bcfcb9e057"));
        for bad in ["", "a b", "a\r\nb", "<script>", &"x".repeat(129)] {
            assert!(!is_plain(bad), "{bad:?}");
        }
    }
}
