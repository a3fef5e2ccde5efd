//! A stand-in for the voice platform's API.

use std::{collections::HashMap, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc,
};

/// Answers `GET /v2/get-call/{id}` as the platform does: 401 without the right key, 404 for ids it does not know.
pub(crate) async fn platform(calls: HashMap<&'static str, String>) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, heard) = mpsc::unbounded_channel();
    let calls = Arc::new(calls);
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let (calls, asked) = (Arc::clone(&calls), asked.clone());
            tokio::spawn(async move {
                let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
                while let Ok(count @ 1..) = socket.read(&mut buffer).await {
                    head.extend_from_slice(&buffer[..count]);
                    if !head.ends_with(b"\r\n\r\n") {
                        continue;
                    }
                    let text = String::from_utf8(std::mem::take(&mut head)).unwrap();
                    let id = text.strip_prefix("GET /v2/get-call/").and_then(|rest| rest.split(' ').next());
                    let has_key = text.to_ascii_lowercase().contains("authorization: bearer key_of_the_platform");
                    let (status, body) = match id.and_then(|id| calls.get(id)) {
                        _ if !has_key => ("401 Unauthorized", "{}"),
                        Some(body) if body == "500" => ("500 Internal Server Error", "{}"),
                        Some(body) => ("200 OK", body.as_str()),
                        None => ("404 Not Found", "{}"),
                    };
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    asked.send(id.unwrap_or_default().to_owned()).unwrap();
                    socket.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, heard)
}
