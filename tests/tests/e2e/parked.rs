//! Parked messages in an operator's hand: `callflowctl parked list|show|redrive|drop` against the running fleet, one
//! consumer at a time and all at once.

mod parcel;

use std::{path::PathBuf, process::Output, time::Duration};

use callflow_fleet::Endpoints;
use callflow_testkit::wait_for;
use lapin::BasicProperties;
use serde_json::{Value, json};
use tokio::process::Command;

use self::parcel::{CALLER, Parcel, Post};

/// Longest wait for anything to come true.
const PATIENCE: Duration = Duration::from_secs(20);
/// Every consumer of the fleet.
const QUEUES: [&str; 5] =
    ["resolver.call.v1", "resolver.appointment.v1", "booking.wish.v1", "availability.change.v1", "metrics.all.v1"];

/// Everything about parked messages, in an order that leaves nothing behind.
pub(crate) async fn check(endpoints: &Endpoints, file: PathBuf) {
    let post = Post::open(endpoints).await;
    let operator = Operator { file };
    operator.is_told_what_is_wrong().await;
    operator.finds_nothing("nothing is parked", &[]).await;
    for queue in QUEUES {
        post.put("", queue, b"rubbish", BasicProperties::default()).await;
        operator.sees(queue, "it is parked", |one| one["reason"] == "undecodable" && one["attempt"] == 1).await;
    }
    let parcel = post.park_twice(endpoints).await;
    operator.filters(&parcel).await;
    operator.shows_what_is_asked_for(&parcel).await;
    operator.shows_what_has_no_id().await;
    operator.redrives_once(endpoints, &parcel).await;
    operator.redrives_what_is_parked_again().await;
    operator.drops().await;
    post.close().await;
}

/// Runs `callflowctl` as an operator would.
struct Operator {
    file: PathBuf,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Operator {
    async fn run(&self, args: &[&str]) -> Output {
        let here = std::env::current_exe().unwrap();
        let program = here.parent().and_then(|deps| deps.parent()).unwrap().join("callflowctl");
        let mut command = Command::new(program);
        command.arg("--endpoints").arg(&self.file).args(["--company", "haarwerk"]).args(args);
        command.output().await.unwrap()
    }

    /// Returns the messages a command names, after it has ended with this code.
    async fn messages(&self, code: i32, args: &[&str]) -> Vec<Value> {
        let output = self.run(&[&["-o", "json", "parked"], args].concat()).await;
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Asserts that `list` with these filters succeeds and says this sentence, and names nothing to a script.
    async fn finds_nothing(&self, sentence: &str, filters: &[&str]) {
        let output = self.run(&[&["parked", "list"], filters].concat()).await;
        assert_eq!((output.status.code(), text(&output.stdout).trim()), (Some(0), sentence), "{filters:?}");
        assert!(self.messages(0, &[&["list"], filters].concat()).await.is_empty(), "{filters:?}");
    }

    /// Asserts that a command ends with this code and says all of these words on standard error.
    async fn fails(&self, code: i32, args: &[&str], words: &[&str]) {
        let output = self.run(&[&["parked"], args].concat()).await;
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        assert!(words.iter().all(|word| told.contains(word)), "{args:?} says none of {words:?}: {told}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
    }

    /// Waits until exactly one message is parked in a queue, and it is as it should be.
    async fn sees(&self, queue: &str, what: &str, is: impl Fn(&Value) -> bool) {
        wait_for(what, PATIENCE, async || {
            let found = self.messages(0, &["list", "--queue", queue]).await;
            if found.len() == 1 && is(&found[0]) { Ok(()) } else { Err(format!("{queue}: {found:?}")) }
        })
        .await;
    }

    async fn is_told_what_is_wrong(&self) {
        self.fails(2, &["list", "--older-than", "15"], &["--older-than", "'15'", "15m"]).await;
        self.fails(2, &["list", "--younger-than", "soon"], &["--younger-than", "'soon'", "s, m, h or d"]).await;
        self.fails(2, &["list", "--older-than", "2h", "--younger-than", "1h"], &["--older-than", "--younger-than"])
            .await;
        self.fails(2, &["list", "--queue", "nobody.v1"], &["--queue", "'nobody.v1'", "booking.wish.v1"]).await;
        self.fails(2, &["show"], &["which message?"]).await;
        self.fails(2, &["drop"], &["which messages?", "--all"]).await;
        self.fails(2, &["redrive", "--queue", "booking.wish.v1"], &["which messages?"]).await;
        for command in ["show", "redrive", "drop"] {
            self.fails(1, &[command, "no-such-id"], &["no such message is parked"]).await;
        }
    }

    /// Each part of a filter alone and with others; two hours ago lie two copies of one message, the rest is new.
    async fn filters(&self, parcel: &Parcel) {
        for filters in [
            &["--reason", "refused"][..],
            &["--reason", "no such branch"],
            &["--older-than", "1h"],
            &["--reason", "refused", "--older-than", "90m", "--younger-than", "3h"],
            &["--queue", "resolver.call.v1", "--older-than", "1h"],
        ] {
            let found = self.messages(0, &[&["list"], filters].concat()).await;
            let ids: Vec<_> = found.iter().map(|one| &one["id"]).collect();
            assert_eq!(ids, [&json!(parcel.id), &json!(parcel.id)], "{filters:?}");
        }
        let new = self.messages(0, &["list", "--younger-than", "1h"]).await;
        assert_eq!(new.iter().map(|one| &one["queue"]).collect::<Vec<_>>(), QUEUES, "one each");
        assert_eq!(self.messages(0, &["list", "--reason", "refused", "--limit", "1"]).await.len(), 1);
        for filters in [
            &["--reason", "refused", "--younger-than", "1h"][..],
            &["--reason", "undecodable", "--older-than", "1h"],
            &["--queue", "booking.wish.v1", "--reason", "refused"],
            &["--older-than", "3d"],
        ] {
            self.finds_nothing("nothing that is parked fits", filters).await;
        }
    }

    /// Nothing personal unless it is asked for, neither to people nor to scripts.
    async fn shows_what_is_asked_for(&self, parcel: &Parcel) {
        let found = self.messages(0, &["show", &parcel.id]).await;
        let one = &found[0];
        assert_eq!((&one["reason"], &one["detail"]), (&json!("refused"), &json!("no such branch")), "{one}");
        assert_eq!((&one["call_id"], &one["trace_id"]), (&json!(parcel.call), &json!(parcel.trace)), "{one}");
        assert_eq!((&one["attempt"], &one["first_seen"]), (&json!(3), &json!(parcel.first_seen)), "{one}");
        assert!(one.get("payload").is_none(), "{one}");
        let card = text(&self.run(&["parked", "show", &parcel.id]).await.stdout);
        for word in [&*parcel.id, "resolver.call.v1", "no such branch", &*parcel.call, &*parcel.trace, "2 h ago"] {
            assert!(card.contains(word), "{word} is not told: {card}");
        }
        assert!(!card.contains(CALLER) && !one.to_string().contains(CALLER), "the caller's number is personal");
        let revealed = self.messages(0, &["show", &parcel.id, "--payload"]).await;
        assert_eq!(revealed[0]["payload"]["call"]["from_number"], CALLER);
    }

    /// What came without an id is named by its body, and shown per consumer.
    async fn shows_what_has_no_id(&self) {
        let listed = self.messages(0, &["list", "--queue", "booking.wish.v1"]).await;
        let id = listed[0]["id"].as_str().unwrap();
        assert!(id.starts_with("body-"), "{listed:?}");
        assert_eq!(self.messages(0, &["show", id]).await.len(), QUEUES.len(), "the same rubbish lies in each");
        let shown = self.messages(0, &["show", id, "--queue", "booking.wish.v1"]).await;
        assert!(shown.len() == 1 && shown[0].get("payload").is_none() && shown[0]["body_bytes"] == 7, "{shown:?}");
        self.fails(1, &["show", id, "--older-than", "1h"], &["no such message is parked"]).await;
    }

    /// Both copies go back, as after a redrive that broke off half-way; what they do happens once. A second redrive says
    /// that there is nothing left.
    async fn redrives_once(&self, endpoints: &Endpoints, parcel: &Parcel) {
        let before = parcel::handled(endpoints, "resolver").await;
        assert_eq!(self.messages(0, &["redrive", &parcel.id]).await.len(), 2);
        wait_for("both copies are handled", PATIENCE, async || {
            let handled = parcel::handled(endpoints, "resolver").await - before;
            if handled == 2.0 { Ok(()) } else { Err(handled) }
        })
        .await;
        let again = self.messages(1, &["redrive", &parcel.id]).await;
        assert!(again.is_empty(), "{again:?}");
        self.fails(1, &["redrive", &parcel.id], &["no such message is parked", "sent back or dropped before"]).await;
        let call = self.run(&["-o", "json", "calls", "show", &parcel.call]).await;
        let call: Value = serde_json::from_slice(&call.stdout).unwrap();
        let events: Vec<_> = call["timeline"].as_array().unwrap().iter().map(|entry| &entry["event"]).collect();
        assert_eq!(events, ["call_ended"], "{call}");
        self.finds_nothing("nothing that is parked fits", &["--reason", "refused"]).await;
    }

    /// Sent back it is what it was, and is parked again, while the next redrive may be under way already: it is never two
    /// messages, never none, and knows how often it was sent back.
    async fn redrives_what_is_parked_again(&self) {
        let all = ["redrive", "--queue", "booking.wish.v1", "--all"];
        let mut sent = 0;
        for _ in 0..3 {
            let (one, other) = tokio::join!(self.messages(0, &all), self.messages(0, &all));
            sent += one.len() + other.len();
        }
        assert!(sent >= 1, "the first of them finds it");
        self.sees("booking.wish.v1", "it is parked again", |one| one["redriven"] == sent).await;
    }

    async fn drops(&self) {
        let of_one = ["drop", "--queue", "metrics.all.v1", "--reason", "undecodable"];
        assert_eq!(self.messages(0, &of_one).await.len(), 1);
        assert!(self.messages(0, &of_one).await.is_empty(), "the second time there is nothing to drop");
        assert_eq!(self.messages(0, &["list"]).await.len(), QUEUES.len() - 1, "other consumers keep theirs");
        assert_eq!(self.messages(0, &["drop", "--all"]).await.len(), QUEUES.len() - 1);
        self.finds_nothing("nothing is parked", &[]).await;
    }
}
