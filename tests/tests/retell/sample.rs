//! Every recorded sample, replayed byte for byte.

use std::{fs, path::PathBuf};

use callflow_retell::signature::HEADER;
use reqwest::Method;
use serde_json::Value;

use crate::platform::Platform;

pub(crate) async fn every_sample_is_accepted(salon: &Platform, practice: &Platform) {
    let recorded = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/retell/samples");
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut replayed = 0;
    for folder in [own, recorded] {
        let Ok(entries) = fs::read_dir(&folder) else {
            eprintln!("skipped: no recorded samples beside the repository");
            continue;
        };
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if name.contains("response") || name.starts_with("90") || !name.ends_with(".json") {
                continue;
            }
            replay(&name, &fs::read(&file).unwrap(), salon, practice).await;
            replayed += 1;
        }
    }
    assert!(replayed >= 8, "only {replayed} samples");
}

async fn replay(name: &str, body: &[u8], salon: &Platform, practice: &Platform) {
    let sent: Value = serde_json::from_slice(body).unwrap();
    let text = String::from_utf8_lossy(body);
    let platform = if text.contains("suedpark") || text.contains("+492214710200") { practice } else { salon };
    let Some(event) = sent["event"].as_str() else { return function(name, body, &sent, platform).await };
    // Twice, because everything is delivered at least once.
    for _ in 0..2 {
        let surface = if event.ends_with("_inbound") { "inbound" } else { "events" };
        let got = platform.post_bytes(surface, body).await;
        match surface {
            "events" => assert_eq!((got.status, got.text.as_str()), (204, ""), "{name}"),
            _ => {
                let answer = got.json();
                let variables =
                    answer[event]["dynamic_variables"].as_object().unwrap_or_else(|| panic!("{name}: {answer}"));
                assert!(got.status == 200 && variables.values().all(Value::is_string), "{name}: {answer}");
            }
        }
    }
}

async fn function(name: &str, body: &[u8], sent: &Value, platform: &Platform) {
    let answer = match sent["name"].as_str() {
        Some(_) => platform.post_bytes("functions", body).await,
        // Arguments alone: the address names the function, the headers the caller.
        None => {
            let signature = platform.signature(body);
            let headers = [
                (HEADER, signature.as_str()),
                ("x-call-id", "call_args_only"),
                ("x-caller-number", "+491713920017"),
                ("x-dialled-number", "+493023125100"),
                ("x-language", "de-DE"),
            ];
            let url = platform.url("functions/check_availability");
            let response = platform.send(Method::POST, &url, body, &headers).await;
            crate::platform::Got { status: response.status().as_u16(), text: response.text().await.unwrap() }
        }
    };
    assert_eq!(answer.status, 200, "{name}: {}", answer.text);
    let told = answer.json();
    assert!(told["ok"].is_boolean() && told["message"].as_str().is_some_and(|text| !text.is_empty()), "{name}: {told}");
    assert!(told["result"] != "unknown_function" && told["result"] != "temporarily_unavailable", "{name}: {told}");
    if name.contains("junk") {
        assert_eq!(told["result"], "invalid_date", "{name}: {told}");
    }
}
