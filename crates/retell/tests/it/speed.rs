//! The largest bodies stay cheap: a transcript is skipped, not copied.

use std::time::{Duration, Instant};

use callflow_retell::{
    event::Event,
    function::{Identity, Request},
};
use serde_json::{Value, json};

/// Returns a transcript of about this many bytes, with word timings as the platform sends them.
fn turns(bytes: usize) -> Vec<Value> {
    let words: Vec<Value> =
        (0..40).map(|at| json!({"word": "Donnerstagnachmittag", "start": 0.6 + f64::from(at), "end": 0.89})).collect();
    let turn = json!({"role": "user", "content": "Grüß Gott, \"am liebsten\" Donnerstag.\n", "words": words});
    let count = bytes / turn.to_string().len() + 1;
    vec![turn; count]
}

/// Eight megabytes, the limit for events and functions. Debug builds on a busy machine are slow;
/// the bound is there to notice a copy per word, which takes many times as long.
#[test]
fn eight_megabytes_are_read_in_a_fraction_of_a_second() {
    let mut turns = turns(7_900_000);
    turns.push(
        json!({"role": "tool_call_invocation", "tool_call_id": "tc_1", "name": "get_customer", "arguments": "{}"}),
    );
    let event =
        json!({"event": "call_analyzed", "call": {"call_id": "call_1", "transcript_object": turns}}).to_string();
    let function =
        json!({"name": "get_customer", "call": {"call_id": "call_1", "transcript_with_tool_calls": turns}, "args": {}})
            .to_string();
    drop(turns);

    let begin = Instant::now();
    let read = Event::parse(event.as_bytes()).unwrap();
    let of_event = begin.elapsed();
    assert_eq!(read.call_id().unwrap().as_str(), "call_1");

    let begin = Instant::now();
    let read = Request::parse(function.as_bytes(), None, Identity::default()).unwrap();
    let of_function = begin.elapsed();
    assert_eq!(read.tool_call_id.as_deref(), Some("tc_1"));

    eprintln!("{} bytes: event {of_event:?}, function {of_function:?}", event.len());
    assert!(of_event < Duration::from_secs(2) && of_function < Duration::from_secs(4), "{of_event:?} {of_function:?}");
}
