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

/// Returns the shortest of a few runs: what else the machine does can only make one longer.
fn shortest(run: impl Fn()) -> Duration {
    let timed = |_| {
        let begin = Instant::now();
        run();
        begin.elapsed()
    };
    (0..3).map(timed).min().unwrap()
}

/// Eight megabytes are the limit for events and functions. Measured against a parser that copies
/// everything, in the same run, so that the speed of the machine does not matter.
#[test]
fn the_largest_bodies_cost_a_fraction_of_copying_them() {
    let mut turns = turns(7_900_000);
    turns.push(
        json!({"role": "tool_call_invocation", "tool_call_id": "tc_1", "name": "get_customer", "arguments": "{}"}),
    );
    let call = json!({"call_id": "call_1", "transcript_with_tool_calls": turns});
    let event = json!({"event": "call_analyzed", "call": call}).to_string();
    let function = json!({"name": "get_customer", "call": call, "args": {}}).to_string();

    let copied = shortest(|| drop(serde_json::from_str::<Value>(&event).unwrap()));
    let of_event = shortest(|| {
        let read = Event::parse(event.as_bytes()).unwrap();
        assert_eq!(read.call_id().unwrap().as_str(), "call_1");
    });
    let of_function = shortest(|| {
        let read = Request::parse(function.as_bytes(), None, Identity::default()).unwrap();
        assert_eq!(read.tool_call_id.as_deref(), Some("tc_1"));
    });
    eprintln!("{} bytes: copied {copied:?}, event {of_event:?}, function {of_function:?}", event.len());
    assert!(of_event * 3 < copied * 2 && of_function < copied, "{copied:?} {of_event:?} {of_function:?}");
}
