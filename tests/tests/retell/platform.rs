//! The voice platform as the fleet sees it: signed requests, byte for byte, and calls with their transcripts.

use std::time::Duration;

use callflow_fleet::Fleet;
use callflow_retell::signature::{HEADER, Key, sign};
use jiff::{Timestamp, ToSpan as _, Zoned, tz::TimeZone};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

/// One company's side of the platform.
#[derive(Clone)]
pub(crate) struct Platform {
    pub(crate) client: Client,
    pub(crate) base: String,
    pub(crate) company: String,
    pub(crate) key: String,
}

/// A call under way.
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) fields: Value,
    tools: u32,
}

/// An answer with its status.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }
}

impl Platform {
    pub(crate) fn of(fleet: &Fleet, company: &str) -> Self {
        let endpoints = fleet.endpoints();
        let client = Client::builder().timeout(Duration::from_secs(15)).build().unwrap();
        let base = endpoints.services["ingress"].http.clone().unwrap();
        Self { client, base, company: company.to_owned(), key: endpoints.companies[company].signing_key.clone() }
    }

    pub(crate) fn url(&self, surface: &str) -> String {
        format!("{}/retell/{}/{surface}", self.base, self.company)
    }

    pub(crate) fn signature(&self, body: &[u8]) -> String {
        sign(&Key::new(&self.key).unwrap(), body, Timestamp::now())
    }

    /// Sends a body as it is, under this signature.
    pub(crate) async fn send(&self, method: Method, url: &str, body: &[u8], headers: &[(&str, &str)]) -> Response {
        let request = self.client.request(method, url).header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(body.to_vec()).send().await.unwrap()
    }

    /// Posts a signed body to a surface.
    pub(crate) async fn post_bytes(&self, surface: &str, body: &[u8]) -> Got {
        let signature = self.signature(body);
        let response = self.send(Method::POST, &self.url(surface), body, &[(HEADER, &signature)]).await;
        Got { status: response.status().as_u16(), text: response.text().await.unwrap() }
    }

    pub(crate) async fn post(&self, surface: &str, body: &Value) -> Got {
        self.post_bytes(surface, body.to_string().as_bytes()).await
    }

    /// Rings as `from` at the company's number and returns the variables and the call that follows.
    pub(crate) async fn ring(&self, from: &str, to: &str) -> (Value, Call) {
        let call = Call::new(from, to);
        let answer = self.post("inbound", &call.question()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json()["call_inbound"].clone();
        (answer["dynamic_variables"].clone(), call.answered(&answer))
    }

    /// Calls a function in the middle of a call, as the next tool call of the agent.
    pub(crate) async fn ask(&self, call: &mut Call, name: &str, args: Value) -> Value {
        let body = call.next_tool(name, &args);
        self.tell(&body).await
    }

    /// Sends a function request as it is; business outcomes are always status 200.
    pub(crate) async fn tell(&self, body: &Value) -> Value {
        let answer = self.post("functions", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        assert!(answer["ok"].is_boolean() && answer["result"].is_string(), "{answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(!message.trim().is_empty() && message.len() < 1_500, "{message}");
        answer
    }

    /// Reports an event of a call and returns the status.
    pub(crate) async fn event(&self, call: &Call, name: &str) -> u16 {
        let at = Timestamp::now().as_millisecond();
        self.post("events", &json!({ "event": name, "event_timestamp": at, "call": call.fields })).await.status
    }

    /// Finds free times, which are held for the call, in the next two weeks.
    pub(crate) async fn free(&self, call: &mut Call, service: &str) -> Value {
        let day = |days: i64| local_day(days).strftime("%Y-%m-%d").to_string();
        self.ask(call, "check_availability", json!({ "service": service, "date": day(1), "date_to": day(14) })).await
    }
}

/// Returns the date so many days from today, where the demo companies are.
pub(crate) fn local_day(days: i64) -> Zoned {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    Timestamp::now().to_zoned(zone).checked_add(days.days()).unwrap()
}

impl Call {
    pub(crate) fn new(from: &str, to: &str) -> Self {
        let id = format!("call_{}", uuid());
        let fields = json!({
            "call_type": "phone_call", "call_id": id, "agent_id": "agent_d5a452934e80ebcca36f0c4656", "agent_version": 7,
            "call_status": "ongoing", "direction": "inbound", "from_number": from, "to_number": to,
            "start_timestamp": Timestamp::now().as_millisecond(), "transcript": "User: Halb vier ist super.\n",
            "transcript_with_tool_calls": [],
        });
        Self { id, fields, tools: 0 }
    }

    /// Returns the inbound question of this call.
    pub(crate) fn question(&self) -> Value {
        json!({ "event": "call_inbound", "event_timestamp": Timestamp::now().as_millisecond(), "call_inbound": {
            "call_id": self.id, "agent_id": self.fields["agent_id"], "agent_version": 7,
            "from_number": self.fields["from_number"], "to_number": self.fields["to_number"], "custom_sip_headers": {},
        }})
    }

    /// Takes over what the inbound answer attached.
    pub(crate) fn answered(mut self, answer: &Value) -> Self {
        self.fields["metadata"] = answer["metadata"].clone();
        self.fields["retell_llm_dynamic_variables"] = answer["dynamic_variables"].clone();
        self
    }

    /// Speaks another language from now on.
    pub(crate) fn speaking(mut self, language: &str) -> Self {
        self.fields["metadata"]["language"] = json!(language);
        self.fields["retell_llm_dynamic_variables"]["language"] = json!(language);
        self
    }

    /// Returns the request of the agent's next tool call.
    pub(crate) fn next_tool(&mut self, name: &str, args: &Value) -> Value {
        self.tools += 1;
        let id = format!("tool_call_{}_{}", self.id, self.tools);
        let turns = self.fields["transcript_with_tool_calls"].as_array_mut().unwrap();
        turns.push(json!({
            "role": "tool_call_invocation", "tool_call_id": id, "name": name, "arguments": args.to_string(), "type": "custom",
        }));
        json!({ "name": name, "call": self.fields, "args": args })
    }
}

/// Returns 32 hex digits nobody else has.
pub(crate) fn uuid() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    format!("{:016x}{:016x}", RandomState::new().hash_one(1_u8), RandomState::new().hash_one(2_u8))
}
