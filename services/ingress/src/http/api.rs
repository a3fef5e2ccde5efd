//! The description of the addresses for programs: OpenAPI 3.1, made of the list the server registers.

use callflow_retell::{answer::Outcome, function::Function, tools};
use serde_json::{Map, Value, json};

use super::route::{ALL, Purpose, Route};

/// Returns the description.
pub(super) fn description(public_url: &str) -> Value {
    let paths: Map<String, Value> = ALL.iter().map(|route| (route.path.to_owned(), path(route))).collect();
    let servers: Vec<Value> = (!public_url.is_empty()).then(|| json!({ "url": public_url })).into_iter().collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "callflow ingress", "version": env!("CARGO_PKG_VERSION"),
            "description": "What a voice platform calls: inbound questions, events, functions."
        },
        "servers": servers,
        "security": [{ "signature": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "signature": {
                "type": "apiKey", "in": "header", "name": "x-retell-signature",
                "description": "v=<unix ms>,d=<hex of HMAC-SHA256 over the body followed by the digits of v>"
            } },
            "headers": { "CorrelationId": {
                "schema": { "type": "string" },
                "description": "The call's id where there is a call, else the sender's own x-correlation-id, else a new one"
            } },
            "schemas": schemas(),
        }
    })
}

fn path(route: &Route) -> Value {
    let mut path: Map<String, Value> =
        route.methods.iter().map(|method| ((*method).to_owned(), operation(route, method))).collect();
    let variables: Vec<Value> = route.variables().map(variable).collect();
    if !variables.is_empty() {
        path.insert("parameters".into(), json!(variables));
    }
    Value::Object(path)
}

fn variable(name: &str) -> Value {
    let (schema, description) = match name {
        "company" => (json!({ "type": "string" }), "Slug of the company"),
        _ => (json!({ "type": "string", "enum": names() }), "Name of the function"),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema, "description": description })
}

fn names() -> Vec<&'static str> {
    Function::ALL.into_iter().map(Function::as_str).collect()
}

fn operation(route: &Route, method: &str) -> Value {
    let form = if route.path.contains("{company}") { "OfCompany" } else { "" };
    let id = |what: &str| format!("{what}{form}");
    let named = route.path.ends_with("{name}");
    let (id, summary, good, schema) = match route.purpose {
        Purpose::Description => {
            let ok = json!({ "200": { "description": "This", "content": { "application/json": {} } } });
            return json!({ "operationId": "describe", "summary": "Returns this description", "security": [], "responses": ok });
        }
        Purpose::Inbound => (id("answerInbound"), "Answers while the phone rings", "200", "InboundAnswer"),
        Purpose::Event => (id("keepEvent"), "Keeps an event", "204", ""),
        Purpose::Function if named => (id(&format!("{method}NamedFunction")), "Answers a function", "200", "Answer"),
        Purpose::Function => (id("answerFunction"), "Answers the function named in the body", "200", "Answer"),
    };
    let mut operation = json!({ "operationId": id, "summary": summary, "responses": responses(good, schema) });
    if matches!(method, "post" | "put" | "patch") {
        let body = match route.purpose {
            Purpose::Inbound => "InboundQuestion",
            Purpose::Event => "Event",
            _ => "FunctionRequest",
        };
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": reference(body) } } });
    }
    operation
}

fn responses(good: &str, schema: &str) -> Value {
    let correlation = json!({ "x-correlation-id": { "$ref": "#/components/headers/CorrelationId" } });
    let mut all = Map::new();
    let mut fine = json!({ "description": "Done", "headers": correlation });
    if !schema.is_empty() {
        fine["content"] = json!({ "application/json": { "schema": reference(schema) } });
    }
    all.insert(good.to_owned(), fine);
    let never_503 = good == "200";
    for (code, meaning) in PROBLEMS.iter().filter(|(code, _)| !(never_503 && *code == "503")) {
        let content = json!({ "application/problem+json": { "schema": reference("Problem") } });
        all.insert((*code).to_owned(), json!({ "description": meaning, "headers": correlation, "content": content }));
    }
    Value::Object(all)
}

const PROBLEMS: [(&str, &str); 7] = [
    ("400", "The body is no JSON object, nests too deep, or lacks what it is about"),
    ("401", "The signature is missing, malformed, expired or does not match"),
    ("404", "No company has keys under this name"),
    ("405", "The path does not answer this method"),
    ("408", "The body did not arrive in time"),
    ("413", "The body is too large"),
    ("503", "Neither broker nor database took the event, or there is too much to do; send it again"),
];

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "object", "additionalProperties": text });
    let open = json!({ "type": "object", "additionalProperties": true });
    let inner = json!({
        "type": "object", "additionalProperties": true,
        "properties": { "call_id": text, "chat_id": text, "agent_id": text, "from_number": text, "to_number": text, "custom_sip_headers": texts }
    });
    let connect = json!({
        "type": "object",
        "properties": {
            "reject": { "const": true }, "override_agent_id": text, "override_agent_version": { "type": ["integer", "string"] },
            "agent_override": open, "dynamic_variables": texts, "metadata": open
        }
    });
    let slot = json!({
        "type": "object", "required": ["slot_id", "start"],
        "properties": { "slot_id": text, "start": { "type": "string", "format": "date-time" }, "end": text, "staff": text, "branch": text, "spoken": text }
    });
    let outcomes: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
    let arguments: Map<String, Value> =
        Function::ALL.into_iter().map(|function| (function.as_str().to_owned(), tools::parameters(function))).collect();
    json!({
        "InboundQuestion": { "type": "object", "required": ["event"], "properties": { "event": { "enum": ["call_inbound", "chat_inbound"] }, "event_timestamp": { "type": "integer" }, "call_inbound": inner, "chat_inbound": inner } },
        "InboundAnswer": { "type": "object", "properties": { "call_inbound": connect, "chat_inbound": connect } },
        "Event": { "type": "object", "required": ["event"], "additionalProperties": true, "properties": { "event": text, "call": open, "chat": open } },
        "FunctionRequest": {
            "type": "object", "additionalProperties": true,
            "description": "The whole request, or the arguments alone; whose they are is then said by the headers x-call-id, x-caller-number, x-dialled-number, x-language",
            "properties": { "name": { "type": "string", "enum": names() }, "call": open, "chat": open, "args": { "type": "object", "oneOf": arguments.values().collect::<Vec<_>>() } }
        },
        "Answer": {
            "type": "object", "required": ["ok", "result", "message"], "additionalProperties": true,
            "properties": {
                "ok": { "type": "boolean" }, "result": { "type": "string", "enum": outcomes }, "message": { "type": "string", "description": "One sentence to say, in the call's language" },
                "slots": { "type": "array", "items": slot }, "alternatives": { "type": "array", "items": slot }
            }
        },
        "Problem": {
            "type": "object",
            "properties": {
                "type": text, "title": text, "status": { "type": "integer" }, "kind": text, "detail": text,
                "field": { "type": ["string", "null"] }, "request_id": { "type": ["string", "null"] }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_address_and_method_is_described_under_an_id_of_its_own() {
        let described = description("https://calls.example.com");
        let mut ids = BTreeSet::new();
        for route in ALL {
            for method in route.methods {
                let operation = &described["paths"][route.path][*method];
                let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {}", route.path));
                assert!(ids.insert(id.to_owned()), "{id} twice");
            }
        }
        assert_eq!(described["servers"][0]["url"], "https://calls.example.com");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let described = description("");
        let text = described.to_string();
        for found in text.split("\"$ref\":\"#").skip(1) {
            let pointer = found.split('"').next().unwrap();
            assert!(described.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
