//! The voice platform's side of a call: signed requests, byte for byte what is signed.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use callflow_retell::signature::{HEADER, Key, sign};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::endpoints::Company;

/// Sends what the platform would send.
pub(super) struct Platform {
    client: reqwest::Client,
    key: Key,
}

impl Platform {
    pub(super) fn new(company: &Company) -> anyhow::Result<Self> {
        let key = Key::new(&company.signing_key).context("reading the signing key")?;
        Ok(Self { client: reqwest::Client::new(), key })
    }

    /// Posts a body with its signature and returns the JSON answer and how long it took.
    pub(super) async fn post(&self, url: &str, body: &Value) -> anyhow::Result<(Value, Duration)> {
        let (text, took) = self.send(url, body).await?;
        let answer = serde_json::from_str(&text).with_context(|| format!("{url} answered no JSON: {text}"))?;
        Ok((answer, took))
    }

    /// Calls a function as the agent does: the pending invocation stands at the end of the transcript.
    pub(super) async fn function(
        &self,
        url: &str,
        name: &str,
        call: &mut Value,
        args: &Value,
    ) -> anyhow::Result<(Value, Duration)> {
        let invocation = json!({
            "role": "tool_call_invocation", "tool_call_id": format!("tool_call_{}", Uuid::new_v4().simple()),
            "name": name, "arguments": args.to_string(), "type": "custom",
        });
        let fields = call.as_object_mut().context("the call is an object")?;
        let turns = fields.entry("transcript_with_tool_calls").or_insert_with(|| json!([]));
        turns.as_array_mut().context("the turns are a list")?.push(invocation.clone());
        let answer = self.post(url, &json!({ "name": name, "call": call, "args": args })).await?;
        let result = json!({
            "role": "tool_call_result", "tool_call_id": invocation["tool_call_id"], "content": answer.0.to_string(), "successful": true,
        });
        let turns = call.get_mut("transcript_with_tool_calls").and_then(Value::as_array_mut);
        turns.context("the turns are a list")?.push(result);
        Ok(answer)
    }

    /// Reports an event; any 2xx is an acknowledgement.
    pub(super) async fn event(&self, url: &str, name: &str, call: &Value) -> anyhow::Result<()> {
        let body = json!({ "event": name, "event_timestamp": Timestamp::now().as_millisecond(), "call": call });
        self.send(url, &body).await.map(|_| ())
    }

    async fn send(&self, url: &str, body: &Value) -> anyhow::Result<(String, Duration)> {
        let bytes = body.to_string().into_bytes();
        let signature = sign(&self.key, &bytes, Timestamp::now());
        let begun = Instant::now();
        let request = self.client.post(url).header(HEADER, signature).header("content-type", "application/json");
        let response = request.body(bytes).send().await.with_context(|| format!("asking {url}"))?;
        let status = response.status();
        let text = response.text().await.with_context(|| format!("reading the answer of {url}"))?;
        ensure!(status.is_success(), "{url} answered {status}: {text}");
        Ok((text, begun.elapsed()))
    }
}
