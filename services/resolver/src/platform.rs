//! The voice platform's own record of a call, asked for when its events were lost: `GET /v2/get-call/{id}`.

use std::{path::PathBuf, time::Duration};

use callflow_domain::id::CallId;
use callflow_runtime::{Check, Secret, Validate};
use reqwest::{Client, StatusCode, redirect::Policy};
use serde::{Deserialize, Serialize};

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
        let url = self.url.starts_with("https://") || self.url.starts_with("http://");
        check.that("url", url && reqwest::Url::parse(&self.url).is_ok(), "https://host or http://host:port");
        check.that("api_key", true, "the platform's key of all companies, or nothing");
        let folder = self.key_dir.as_os_str().is_empty() || self.key_dir.is_dir();
        check.that("key_dir", folder, "a folder with one file of a key per company, or nothing");
    }
}

/// Why the platform's record could not be had; it may be had another time.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client cannot be made.
    #[error("preparing to ask the platform")]
    Client(#[source] reqwest::Error),
    /// No answer, or half of one.
    #[error("asking the platform about a call")]
    Away(#[source] reqwest::Error),
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

/// Asks the platform; clones share the connections.
#[derive(Debug, Clone)]
pub struct Platform {
    client: Client,
    config: Config,
}

impl Platform {
    /// Prepares to ask; connects to nothing.
    ///
    /// # Errors
    /// When the system lacks what secure connections need.
    pub fn new(config: &Config) -> Result<Self, Error> {
        // One provider for the whole process; whoever came first has made the same choice.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The key goes to the platform and nowhere the platform points to.
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).build().map_err(Error::Client)?;
        Ok(Self { client, config: config.clone() })
    }

    /// Returns what the platform knows of a company's call.
    ///
    /// # Errors
    /// When it does not say, which does not mean that there is no such call.
    pub async fn call(&self, company: &str, id: &CallId) -> Result<Answer, Error> {
        let Some(key) = self.key(company).await else { return Ok(Answer::NotAsked) };
        let mut url = reqwest::Url::parse(&self.config.url).expect("the URL was checked with the settings");
        // As one segment: whatever is in an id, it leads to no other resource.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["v2", "get-call", id.as_str()]);
        }
        let mut response = self.client.get(url).bearer_auth(key).send().await.map_err(Error::Away)?;
        match response.status() {
            StatusCode::OK => {}
            // Seen for ids it does not know: 404, and 422 when the id has a form it never gives.
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => return Ok(Answer::Unknown),
            other => return Err(Error::Refused(other)),
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(Error::Away)? {
            if body.len() + part.len() > MOST_BYTES {
                return Err(Error::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer::Call(body))
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
