//! What nobody may do: send too much, too deep, too slowly; and what every answer wears.

use std::time::{Duration, Instant};

use callflow_retell::signature::HEADER;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::platform::{Call, Platform};

pub(crate) async fn sizes_and_depth_have_bounds(salon: &Platform) {
    let padded = |bytes: usize| format!("{{\"event\":\"call_started\",\"x\":\"{}\"}}", "y".repeat(bytes)).into_bytes();
    assert_eq!(salon.post_bytes("events", &padded(7 << 20)).await.status, 204, "a long call's events are large");
    for (surface, bytes) in [("inbound", 65 << 10), ("events", 8 << 20), ("functions", 8 << 20)] {
        assert_eq!(salon.post_bytes(surface, &padded(bytes)).await.status, 413, "{surface}");
    }
    let deep = format!("{{\"event\":\"call_started\",\"x\":{}{}}}", "[".repeat(70), "]".repeat(70));
    for (surface, body) in
        [("events", deep.as_str()), ("events", "{\"event\":"), ("inbound", "[]"), ("functions", "null")]
    {
        let got = salon.post_bytes(surface, body.as_bytes()).await;
        assert_eq!(got.status, 400, "{surface}: {}", got.text);
        assert_eq!(got.json()["kind"], "invalid", "{surface}");
    }
    assert_eq!(salon.post_bytes("events", b"\xff\xfe{}").await.status, 400, "no UTF-8");
    // Without a length, the bound holds for what arrives.
    let head = format!("POST /retell/haarwerk/inbound HTTP/1.1\r\nhost: x\r\n{HEADER}: {}\r\n", salon.signature(b""));
    let chunk = format!("400\r\n{}\r\n", " ".repeat(1_024));
    let (answer, _) =
        begin(salon, &format!("{head}transfer-encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(70))).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(hangs_up_on_endless(salon, &head, &chunk).await, "who goes on sending after a refusal is cut off");
}

/// Sends chunk after chunk without end; returns whether the other side ends the connection.
async fn hangs_up_on_endless(salon: &Platform, head: &str, chunk: &str) -> bool {
    let address = salon.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await.unwrap();
    let endless = async { while stream.write_all(chunk.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(30), endless).await.is_ok()
}

/// Opens a connection, sends the beginning of a request, and returns what is answered and after how long.
async fn begin(salon: &Platform, text: &str) -> (String, Duration) {
    let address = salon.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let begun = Instant::now();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "still connected after 20 s");
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

pub(crate) async fn slow_senders_are_let_go(salon: &Platform) {
    let signature = salon.signature(b"");
    let head = format!(
        "POST /retell/haarwerk/inbound HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{HEADER}: {signature}\r\ncontent-length: 100\r\n\r\n{{"
    );
    let unsigned = "POST /retell/haarwerk/events HTTP/1.1\r\nhost: x\r\ncontent-length: 8000000\r\n\r\n{";
    let (body, head, forged) =
        tokio::join!(begin(salon, &head), begin(salon, "POST /retell/haarwerk/inbound HTT"), begin(salon, unsigned));
    assert!(body.0.starts_with("HTTP/1.1 408"), "{}", body.0);
    assert!(head.0.is_empty() || head.0.starts_with("HTTP/1.1 408"), "{}", head.0);
    assert!(forged.0.starts_with("HTTP/1.1 401"), "{}", forged.0);
    assert!(forged.1 < body.1, "what is not signed is refused before its body is waited for");
}

pub(crate) async fn every_answer_is_dressed(salon: &Platform) {
    let question = Call::new("+491713920051", "+493023125100").question();
    let (body, id) = (question.to_string(), question["call_inbound"]["call_id"].as_str().unwrap());
    let signature = salon.signature(body.as_bytes());
    let good = salon.send(Method::POST, &salon.url("inbound"), body.as_bytes(), &[(HEADER, &signature)]).await;
    assert_eq!(good.headers()["x-correlation-id"], id, "the call's id");
    let bad = salon.send(Method::POST, &salon.url("inbound"), b"{}", &[("x-correlation-id", "my-own.id")]).await;
    assert_eq!((bad.status().as_u16(), &bad.headers()["x-correlation-id"]), (401, &"my-own.id".parse().unwrap()));
    let lost =
        salon.send(Method::GET, &format!("{}/nowhere", salon.base), b"", &[("x-correlation-id", "<script>")]).await;
    assert_eq!(lost.status(), 404);
    assert_ne!(lost.headers()["x-correlation-id"], "<script>");
    for answer in [&good, &bad, &lost] {
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"));
        assert!(header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert!(header("strict-transport-security").unwrap().contains("max-age="));
        assert!(header("x-correlation-id").is_some_and(|id| id.len() >= 9) && header("x-request-id").is_some());
        assert!(header("server").is_none() && header("x-powered-by").is_none());
    }
}

pub(crate) async fn every_address_is_described(salon: &Platform) {
    let response = salon.client.get(format!("{}/openapi.json", salon.base)).send().await.unwrap();
    let described: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    for (path, operations) in described["paths"].as_object().unwrap() {
        let url = format!("{}{}", salon.base, path.replace("{company}", "haarwerk").replace("{name}", "get_customer"));
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let described = operations.get(method.to_lowercase());
            let status = salon.send(method.parse().unwrap(), &url, b"", &[]).await.status().as_u16();
            // Unsigned: a served address says 401, or 404 where it would need a company; any other method 405.
            let expected = if described.is_none() {
                405
            } else if path == "/openapi.json" {
                200
            } else if path.contains("{company}") {
                401
            } else {
                404
            };
            assert_eq!(status, expected, "{method} {path}");
            let codes = described.map_or_else(|| json!({}), |operation| operation["responses"].clone());
            assert!(
                described.is_none() || codes.get(status.to_string()).is_some(),
                "{method} {path} does not tell of {status}"
            );
        }
    }
}
