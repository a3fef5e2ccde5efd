//! The voice platform's own record of a call, asked for when its events were lost: `GET /v2/get-call/{id}`.

use std::{path::PathBuf, time::Duration};

use bytes::Bytes;
use callflow_domain::id::CallId;
use callflow_runtime::{Check, Secret, Validate};
use http::{Request, StatusCode, Uri, header::AUTHORIZATION};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use tokio::time::{error::Elapsed, timeout};

/// Longest wait for an answer; nobody waits for it but the sweeper.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer read: the limit of events, which carry the same object.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Where the platform is and what opens it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// URL of the platform's API.
    pub url: String,
    /// The key of all companies that have none of their own; without any, nothing is asked.
    pub api_key: Secret,
    /// A folder with one file per company, named after its slug, that holds its key in the first line.
    pub key_dir: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self { url: "https://api.retellai.com".into(), api_key: Secret::default(), key_dir: PathBuf::new() }
    }
}

impl Validate for Config {
    fn validate(&self, check: &mut Check<'_>) {
        let url = self.url.parse::<Uri>().ok().filter(|url| url.authority().is_some() && url.query().is_none());
        let scheme = url.as_ref().and_then(Uri::scheme_str);
        check.that("url", matches!(scheme, Some("https" | "http")), "https://host or http://host:port");
        check.that("api_key", true, "the platform's key of all companies, or nothing");
        let folder = self.key_dir.as_os_str().is_empty() || self.key_dir.is_dir();
        check.that("key_dir", folder, "a folder with one file of a key per company, or nothing");
    }
}

/// Why the platform's record could not be had; it may be had another time.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system has no certificates that connections could be checked against.
    #[error("preparing to ask the platform")]
    Certificates(#[source] std::io::Error),
    /// The key is no text that a header can carry.
    #[error("writing the question to the platform")]
    Question(#[source] http::Error),
    /// No answer.
    #[error("asking the platform about a call")]
    Away(#[source] legacy::Error),
    /// Half of one.
    #[error("reading the platform's answer")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// None in time.
    #[error("waiting for the platform")]
    Slow(#[source] Elapsed),
    /// The platform does not answer this question.
    #[error("the platform answers {0}")]
    Refused(StatusCode),
    /// More than any call is.
    #[error("the platform's answer is larger than {MOST_BYTES} bytes")]
    TooLarge,
}

/// What the platform knows of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The call, as JSON text.
    Call(Vec<u8>),
    /// It never heard of it, or has forgotten it.
    Unknown,
    /// There is no key to ask with.
    NotAsked,
}

type Https = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// Asks the platform; clones share the connections.
#[derive(Debug, Clone)]
pub struct Platform {
    /// Nothing where there is no key to ask with.
    client: Option<Https>,
    config: Config,
}

impl Platform {
    /// Prepares to ask; connects to nothing.
    ///
    /// # Errors
    /// When there is a key, and the system lacks what secure connections need.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let is_asked = !config.api_key.expose().is_empty() || !config.key_dir.as_os_str().is_empty();
        let client = if is_asked { Some(client(config)?) } else { None };
        Ok(Self { client, config: config.clone() })
    }

    /// Returns what the platform knows of a company's call.
    ///
    /// # Errors
    /// When it does not say, which does not mean that there is no such call.
    pub async fn call(&self, company: &str, id: &CallId) -> Result<Answer, Error> {
        let (Some(client), Some(key)) = (&self.client, self.key(company).await) else { return Ok(Answer::NotAsked) };
        let url = format!("{}/v2/get-call/{}", self.config.url.trim_end_matches('/'), segment(id.as_str()));
        let question = Request::get(url).header(AUTHORIZATION, format!("Bearer {key}")).body(Empty::new());
        let answer = ask(client, question.map_err(Error::Question)?);
        timeout(PATIENCE, answer).await.map_err(Error::Slow)?
    }

    /// Returns the company's key, read anew each time, so that it can be changed while the service runs.
    async fn key(&self, company: &str) -> Option<String> {
        let shared = || Some(self.config.api_key.expose().to_owned());
        let own = match self.config.key_dir.as_os_str().is_empty() {
            true => None,
            false => tokio::fs::read_to_string(self.config.key_dir.join(company)).await.ok(),
        };
        let own = own.and_then(|text| text.lines().next().map(|line| line.trim().to_owned()));
        own.or_else(shared).filter(|key| !key.is_empty())
    }
}

/// Returns a client that believes the system's certificates, where there is anything to believe: over plain HTTP a machine
/// without certificates will do.
fn client(config: &Config) -> Result<Https, Error> {
    if !config.url.starts_with("https://") {
        return trusting(RootCertStore::empty());
    }
    let provider = rustls::crypto::ring::default_provider();
    let native = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider).map_err(Error::Certificates)?;
    Ok(over(native.https_or_http().enable_http1().build()))
}

/// Returns a client that believes these authorities.
fn trusting(authorities: RootCertStore) -> Result<Https, Error> {
    let provider = rustls::crypto::ring::default_provider();
    let versions = ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
    let trust = versions.map_err(|cause| Error::Certificates(std::io::Error::other(cause)))?;
    let trust = trust.with_root_certificates(authorities).with_no_client_auth();
    Ok(over(HttpsConnectorBuilder::new().with_tls_config(trust).https_or_http().enable_http1().build()))
}

fn over(connector: HttpsConnector<HttpConnector>) -> Https {
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Asks once. The key goes to the platform and nowhere the platform points to: a redirection is a refusal.
async fn ask(client: &Https, question: Request<Empty<Bytes>>) -> Result<Answer, Error> {
    let response = client.request(question).await.map_err(Error::Away)?;
    match response.status() {
        StatusCode::OK => {}
        // Seen for ids it does not know: 404, and 422 when the id has a form it never gives.
        StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => return Ok(Answer::Unknown),
        other => return Err(Error::Refused(other)),
    }
    let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
    let body =
        body.map_err(|cause| if cause.is::<LengthLimitError>() { Error::TooLarge } else { Error::Broken(cause) })?;
    Ok(Answer::Call(body.to_bytes().to_vec()))
}

/// Writes an id as one segment of a path: whatever is in it, it leads to no other resource.
fn segment(id: &str) -> String {
    let mut segment = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

#[cfg(test)]
mod tests;
