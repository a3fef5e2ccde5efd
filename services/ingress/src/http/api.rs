//! The description of the routes for programs: OpenAPI 3.1.

use callflow_retell::function::Function;
use serde_json::{Map, Value, json};

/// Returns the description.
pub(super) fn description(public_url: &str) -> Value {
    let mut paths = Map::new();
    paths.insert(
        "/retell/{company}/inbound".into(),
        json!({ "post": operation("inbound", "Answers an inbound question", &["200"]), "parameters": [company()] }),
    );
    paths.insert(
        "/retell/{company}/events".into(),
        json!({ "post": operation("event", "Keeps an event", &["204", "503"]), "parameters": [company()] }),
    );
    paths.insert("/retell/{company}/functions".into(), json!({ "post": operation("function", "Answers the function named in the body", &["200"]), "parameters": [company()] }));
    paths.insert("/retell/{company}/functions/{name}".into(), named());
    let servers: Vec<Value> = (!public_url.is_empty()).then(|| json!({ "url": public_url })).into_iter().collect();
    json!({
        "openapi": "3.1.0",
        "info": { "title": "callflow ingress", "version": env!("CARGO_PKG_VERSION") },
        "servers": servers,
        "security": [{ "signature": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "signature": {
                "type": "apiKey", "in": "header", "name": "x-retell-signature",
                "description": "v=<unix ms>,d=<hex of HMAC-SHA256 over body and digits of v>"
            } },
            "schemas": { "Answer": answer(), "Problem": problem() }
        }
    })
}

fn company() -> Value {
    json!({ "name": "company", "in": "path", "required": true, "schema": { "type": "string" }, "description": "Slug of the company" })
}

fn named() -> Value {
    let names: Vec<&str> = Function::ALL.into_iter().map(Function::as_str).collect();
    let name = json!({ "name": "name", "in": "path", "required": true, "schema": { "type": "string", "enum": names } });
    let mut path = Map::new();
    path.insert("parameters".into(), json!([company(), name]));
    for method in ["get", "post", "put", "patch", "delete"] {
        path.insert(method.into(), operation(&format!("{method}Function"), "Answers a function", &["200"]));
    }
    Value::Object(path)
}

fn operation(id: &str, summary: &str, good: &[&str]) -> Value {
    let mut responses = Map::new();
    for code in ["400", "401", "404", "413"].iter().chain(good) {
        let content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
        let answer = match *code {
            "200" => {
                json!({ "description": "Answered", "content": { "application/json": { "schema": { "type": "object" } } } })
            }
            "204" => json!({ "description": "Kept" }),
            _ => json!({ "description": meaning(code), "content": content }),
        };
        responses.insert((*code).to_owned(), answer);
    }
    let body = json!({ "content": { "application/json": { "schema": { "type": "object" } } } });
    json!({ "operationId": id, "summary": summary, "requestBody": body, "responses": responses })
}

fn meaning(code: &str) -> &'static str {
    match code {
        "400" => "The body is no JSON object, nests too deep, or lacks what it is about",
        "401" => "The signature is missing, malformed, expired or does not match",
        "404" => "No company has keys under this name",
        "413" => "The body is too large",
        _ => "Neither broker nor database took the event; send it again",
    }
}

fn answer() -> Value {
    json!({
        "type": "object", "required": ["ok", "result", "message"], "additionalProperties": true,
        "properties": { "ok": { "type": "boolean" }, "result": { "type": "string" }, "message": { "type": "string" } }
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "properties": {
            "title": { "type": "string" }, "status": { "type": "integer" }, "kind": { "type": "string" },
            "detail": { "type": "string" }, "request_id": { "type": ["string", "null"] }
        }
    })
}
