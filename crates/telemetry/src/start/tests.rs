//! Logs, traces and carriers working together, on a subscriber of the test's own.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::{info, info_span};

use super::*;
use crate::{LogFormat, carrier, current_trace_id, current_traceparent, set_parent};

/// A writer whose lines the test reads back.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Runs `work` with logging to a buffer and no exporter; returns what was logged.
fn logged(config: &Config, work: impl FnOnce()) -> Lines {
    let lines = Lines::default();
    let writer = lines.clone();
    let (dispatch, _handle, _guard) = build("booking", config, move || writer.clone()).unwrap();
    tracing::dispatcher::with_default(&dispatch, work);
    lines
}

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn a_json_line_carries_service_trace_and_the_fields_of_all_enclosing_spans() {
    let lines = logged(&Config::default(), || {
        let outer = info_span!("handle", company.id = 7, outcome = tracing::field::Empty);
        set_parent(&outer, PARENT);
        outer.in_scope(|| {
            outer.record("outcome", "booked");
            info_span!("commit", attempt = 2).in_scope(|| info!(rows = 3, "stored"));
        });
    });
    let line = &lines.json()[0];
    assert_eq!(line["service"], "booking");
    assert_eq!(line["message"], "stored");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!((&line["company.id"], &line["attempt"], &line["rows"]), (&7.into(), &2.into(), &3.into()));
    assert_eq!((&line["outcome"], &line["span"]), (&"booked".into(), &"commit".into()));
}

#[test]
fn trace_ids_exist_and_are_carried_without_an_exporter() {
    logged(&Config::default(), || {
        assert_eq!(current_traceparent(), None);
        info_span!("work").in_scope(|| {
            let parent = current_traceparent().unwrap();
            let id = current_trace_id().unwrap();
            assert_eq!((parent.len(), &parent[3..35]), (55, id.as_str()));
            let child = info_span!(parent: None, "elsewhere");
            assert!(set_parent(&child, &parent));
            child.in_scope(|| assert_eq!(current_trace_id(), Some(id)));
        });
    });
}

#[test]
fn every_carrier_takes_the_trace_across() {
    logged(&Config::default(), || {
        let (mut headers, mut metadata) = (http::HeaderMap::new(), tonic::metadata::MetadataMap::new());
        let mut pairs = std::collections::BTreeMap::new();
        let sender = info_span!("sender");
        assert!(set_parent(&sender, PARENT));
        sender.in_scope(|| {
            carrier::inject_http(&mut headers);
            carrier::inject_grpc(&mut metadata);
            carrier::inject_with(|key, value| _ = pairs.insert(key.to_owned(), value));
        });
        assert_eq!(pairs.keys().collect::<Vec<_>>(), ["traceparent"]);
        let receivers = [info_span!("http"), info_span!("grpc"), info_span!("amqp")];
        assert!(carrier::set_parent_http(&receivers[0], &headers));
        assert!(carrier::set_parent_grpc(&receivers[1], &metadata));
        assert!(set_parent(&receivers[2], &pairs["traceparent"]));
        for receiver in receivers {
            let id = receiver.in_scope(current_trace_id);
            assert_eq!(id.as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        }
    });
}

#[test]
fn a_malformed_parent_begins_a_new_trace() {
    logged(&Config::default(), || {
        for bad in ["", "00-zz", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "99", &"x".repeat(10_000)] {
            let span = info_span!("receiver");
            assert!(!set_parent(&span, bad), "{bad}");
            assert!(span.in_scope(current_trace_id).is_some());
        }
    });
}

/// Takes the time out of each line, which has any three digits now and then.
fn timeless(text: &str) -> String {
    let line = |line: &str| {
        let time = line.find(|letter: char| letter.is_ascii_digit()).unwrap();
        let rest = line[time..].find('Z').unwrap() + time;
        assert_eq!(rest - time, "2026-11-26T03:00:58.119256".len(), "a line begins with its time: {line}");
        format!("{}{}\n", &line[..time], &line[rest..])
    };
    text.lines().map(line).collect()
}

#[test]
fn nothing_personal_reaches_a_line() {
    for log_format in [LogFormat::Json, LogFormat::Text] {
        let lines = logged(&Config { log_format, ..Config::default() }, || {
            let refused = std::io::Error::other("Key (phone)=(+49 171 392-0017) already exists");
            let span = info_span!("handle", from_number = "01713920017", sip = "sip:+491713920017@trunk.example");
            // A trace id of chance has any three digits now and then.
            assert!(set_parent(&span, PARENT));
            span.in_scope(|| {
                info!(
                    error = &refused as &(dyn std::error::Error + 'static),
                    "caller {} wrote to anna@example.org", "+491713920017"
                );
                info!(transcript = "ich heiße Jörg", customer.phone = 491_713_920_017_u64, "heard");
            });
        });
        let text = timeless(&lines.text());
        for leak in ["171", "392", "anna", "Jörg", "trunk"] {
            assert!(!text.contains(leak), "{leak} in {text}");
        }
        assert_eq!(text.lines().count(), 2);
    }
}

#[test]
fn a_field_cannot_forge_a_line_or_overwrite_the_line_s_own_keys() {
    let forge = || info!(level = "NONE", reason = "x\n2026 ERROR fake", "seen");
    let text = logged(&Config { log_format: LogFormat::Text, ..Config::default() }, forge).text();
    assert_eq!(text.lines().count(), 1, "{text}");
    let json = logged(&Config::default(), forge).json();
    assert_eq!((&json[0]["level"], &json[0]["field.level"]), (&"INFO".into(), &"NONE".into()));
}

#[test]
fn spans_filtered_from_the_log_keep_their_trace() {
    let config = Config { log_filter: "warn".into(), ..Config::default() };
    let lines = logged(&config, || {
        info_span!("quiet").in_scope(|| {
            info!("not shown");
            tracing::warn!("shown");
        });
    });
    let json = lines.json();
    assert_eq!(json.len(), 1);
    assert_eq!(json[0]["trace_id"].as_str().map(str::len), Some(32));
}
