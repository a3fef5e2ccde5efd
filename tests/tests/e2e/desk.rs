//! The verbs of the reception desk on the running fleet: what is free, booking, moving, cancelling, series, callbacks.

use std::{path::PathBuf, process::Output, time::Duration};

use callflow_fleet::Endpoints;
use callflow_retell::signature::{HEADER, Key, sign};
use callflow_testkit::wait_for;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};
use tokio::process::Command;

/// Longest wait for anything to come true.
const PATIENCE: Duration = Duration::from_secs(20);
const PLACE: [&str; 6] = ["--branch", "berlin-mitte", "--service", "herrenhaarschnitt", "--staff", "mehmet"];

/// Everything an operator does in a day.
pub(crate) async fn check(endpoints: &Endpoints, file: PathBuf) {
    let desk = Desk { file };
    let booked = desk.books().await;
    desk.moves_and_cancels(&booked).await;
    desk.books_series().await;
    desk.calls_back(endpoints).await;
    desk.is_told_what_is_wrong().await;
}

struct Desk {
    file: PathBuf,
}

/// A day so many days from today, in the salon's zone.
fn day(ahead: i64) -> String {
    let today = Timestamp::now().to_zoned(TimeZone::get("Europe/Berlin").unwrap()).date();
    today.checked_add(ahead.days()).unwrap().to_string()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Desk {
    async fn run(&self, args: &[&str]) -> Output {
        let here = std::env::current_exe().unwrap();
        let program = here.parent().and_then(|deps| deps.parent()).unwrap().join("callflowctl");
        Command::new(program)
            .arg("--endpoints")
            .arg(&self.file)
            .args(["--company", "haarwerk"])
            .args(args)
            .output()
            .await
            .unwrap()
    }

    /// Returns what a command prints for people.
    async fn reads(&self, args: &[&str]) -> String {
        String::from_utf8(self.run(args).await.stdout).unwrap()
    }

    /// Returns what a command prints for scripts, after it has ended with this code.
    async fn json(&self, code: i32, args: &[&str]) -> Value {
        let output = self.run(&[&["-o", "json"], args].concat()).await;
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Returns the ids of the slots that are free in a week from now on.
    async fn slots(&self) -> Vec<String> {
        let from = day(7);
        let args = [&["slots"], PLACE.as_slice(), &["--from", &from, "--days", "7", "--limit", "200"]].concat();
        let found = self.json(0, &args).await;
        assert_eq!(found["days"].as_array().unwrap().len(), 7);
        found["slots"].as_array().unwrap().iter().map(|slot| text(&slot["slot_id"])).collect()
    }

    async fn books(&self) -> Value {
        let from = day(7);
        let seen = self.reads(&[&["slots"], PLACE.as_slice(), &["--from", &from, "--days", "7"]].concat()).await;
        let picture: Vec<_> = seen.lines().filter(|line| line.contains('·')).collect();
        assert_eq!(picture.len(), 7, "one line for each day\n{seen}");
        assert!(picture.iter().any(|line| line.contains('█')), "{seen}");
        assert!(seen.lines().any(|line| line.starts_with("sl_")), "{seen}");

        let slot = self.slots().await.remove(0);
        let book = ["book", "--slot", &slot, "--name", "Erika Muster", "--phone", "+491713920088", "--key", "desk/1"];
        let booked = self.json(0, &book).await;
        assert_eq!((&booked["outcome"], booked["appointments"].as_array().unwrap().len()), (&json!("booked"), 1));
        let again = self.json(0, &book).await;
        assert_eq!((&again["outcome"], &again["appointments"]), (&json!("replayed"), &booked["appointments"]));
        let rival = ["book", "--slot", &slot, "--name", "Otto Normal"];
        let taken = self.json(1, &rival).await;
        assert_eq!((&taken["outcome"], &taken["reason"]), (&json!("taken"), &json!("fully_booked")));
        assert!(!taken["alternatives"].as_array().unwrap().is_empty(), "{taken}");
        let seen = self.reads(&rival).await;
        assert!(seen.starts_with("taken: fully booked") && seen.contains("closest"), "{seen}");
        booked["appointments"][0].clone()
    }

    /// What is given up can be had again at once; the list tells what became of it.
    async fn moves_and_cancels(&self, booked: &Value) {
        let (id, code) = (text(&booked["appointment_id"]), text(&booked["confirmation_code"]));
        let free = self.slots().await;
        let to = free.iter().rev().find(|slot| !slot.is_empty()).unwrap();
        let moved = self.json(0, &["reschedule", &id, "--slot", to]).await;
        assert_eq!(
            (&moved["outcome"], text(&moved["appointments"][0]["confirmation_code"])),
            (&json!("rescheduled"), code.clone())
        );
        // Who books without holding is seen by others a moment later; who gives up, at once.
        wait_for("the new time to be taken", PATIENCE, async || {
            let free = self.slots().await;
            if free.contains(to) { Err(format!("{} are free", free.len())) } else { Ok(()) }
        })
        .await;
        let seen = self.reads(&["cancel", &code, "--reason", "krank"]).await;
        assert!(seen.starts_with("cancelled\n") && seen.contains("Erika Muster"), "{seen}");
        assert!(self.slots().await.contains(to), "and free again at once");
        let gone = self.json(1, &["cancel", "KKKK2"]).await;
        assert_eq!(gone["outcome"], "not_found");

        let from = day(0);
        let list = ["appointments", "--branch", "berlin-mitte", "--from", &from, "--days", "30", "--cancelled"];
        let all = self.json(0, &list).await;
        let ours = all.as_array().unwrap().iter().filter(|one| one["customer"] == "Erika Muster");
        let mut states: Vec<_> = ours.map(|one| text(&one["status"])).collect();
        states.sort_unstable();
        assert_eq!(states, ["cancelled", "rescheduled"]);
        let active = self.reads(&list[..list.len() - 1]).await;
        assert!(active.starts_with("start") && !active.contains("Erika Muster"), "{active}");
    }

    async fn books_series(&self) {
        let from = day(21);
        let pattern =
            ["--pattern", "weekly:tu", "--from", &from, "--time", "11:00", "--count", "6", "--strategy", "skip"];
        let series = [&["series"], PLACE.as_slice(), &pattern].concat();
        let plan = self.json(0, &[series.as_slice(), &["--dry-run"]].concat()).await;
        assert_eq!((&plan["outcome"], plan["occurrences"].as_array().unwrap().len()), (&json!("preview"), 6));
        let booked = self.json(0, &[series.as_slice(), &["--name", "Serie Muster"]].concat()).await;
        let count = booked["booked"].as_u64().unwrap();
        assert!(booked["outcome"] == "booked" && count >= 4, "{booked}");
        let ids: Vec<_> =
            booked["occurrences"].as_array().unwrap().iter().map(|one| text(&one["appointment_id"])).collect();
        let ids: Vec<_> = ids.into_iter().filter(|id| !id.is_empty()).collect();
        let cut = self.json(0, &["cancel", &ids[2], "--from-here"]).await;
        assert_eq!(cut["appointments"].as_array().unwrap().len() as u64, count - 2, "{cut}");
        let rest = self.json(0, &["cancel", &ids[0], "--whole-series"]).await;
        assert_eq!(rest["appointments"].as_array().unwrap().len(), 2, "{rest}");
        let seen = self.reads(&[series.as_slice(), &["--dry-run"]].concat()).await;
        assert!(seen.starts_with("preview\nnumber"), "{seen}");
    }

    /// Who wants to be called back after a call is on the list.
    async fn calls_back(&self, endpoints: &Endpoints) {
        let company = &endpoints.companies["haarwerk"];
        let now = Timestamp::now().as_millisecond();
        let call = format!("call_desk_{now}");
        let findings = json!({ "intent": "question", "callback_requested": true, "reason": "Gutschein", "customer_name": "Otto Normal" });
        let body = json!({ "event": "call_analyzed", "event_timestamp": now, "call": {
            "call_type": "phone_call", "call_id": call, "call_status": "ended", "direction": "inbound",
            "from_number": "+491713920077", "to_number": "+493023125100", "start_timestamp": now - 1_000, "end_timestamp": now,
            "call_analysis": { "custom_analysis_data": findings },
        }});
        let body = body.to_string().into_bytes();
        let signature = sign(&Key::new(&company.signing_key).unwrap(), &body, Timestamp::now());
        let answer =
            reqwest::Client::new().post(&company.events).header(HEADER, signature).body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 204);
        let task = wait_for("the callback to be listed", PATIENCE, async || {
            let all = self.json(0, &["callbacks"]).await;
            let found = all.as_array().unwrap().iter().find(|one| one["call_id"] == call.as_str()).cloned();
            found.ok_or(all)
        })
        .await;
        assert_eq!(
            (&task["status"], &task["customer"], &task["reason"]),
            (&json!("open"), &json!("Otto Normal"), &json!("Gutschein"))
        );
        let seen = self.reads(&["callbacks"]).await;
        assert!(seen.contains("Gutschein") && seen.contains("+491713920077"), "{seen}");
    }

    /// 1 is a no, 2 a question nobody understands; each says what is accepted.
    async fn is_told_what_is_wrong(&self) {
        let from = day(7);
        let series =
            [&["series"], PLACE.as_slice(), &["--from", &from, "--time", "11:00", "--count", "4", "--dry-run"]]
                .concat();
        for (code, args, says) in [
            (2, [series.as_slice(), &["--pattern", "weekly:xx"]].concat(), "accepted are"),
            (2, [series.as_slice(), &["--pattern", "monthly:32"]].concat(), "accepted are"),
            (1, vec!["slots", "--branch", "nowhere", "--service", "herrenhaarschnitt"], "no such"),
            (1, vec!["slots", "--branch", "berlin-mitte", "--service", "zahnreinigung"], "zahnreinigung"),
            (2, vec!["book", "--slot", "sl_nonsense", "--name", "x"], "slot"),
            (2, vec!["slots", "--branch", "berlin-mitte", "--service", "herrenhaarschnitt", "--days", "10000"], "90"),
        ] {
            let output = self.run(&args).await;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
            assert!(said.contains(says), "{args:?}: {said}");
        }
    }
}
