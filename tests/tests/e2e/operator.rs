//! The catalog and the calls in an operator's hand: `callflowctl` against the running fleet.

use std::{path::PathBuf, process::Output};

use serde_json::{Value, json};
use tokio::process::Command;

struct Operator {
    endpoints: PathBuf,
    folder: PathBuf,
}

/// Everything an operator does with catalog and calls, in an order that leaves nothing behind.
pub(crate) async fn check(folder: PathBuf) {
    let operator = Operator { endpoints: folder.join("endpoints.json"), folder };
    operator.asks_why().await;
    operator.keeps_the_catalog_in_a_file().await;
    operator.is_told_all_mistakes_at_once().await;
    operator.follows_a_call().await;
}

impl Operator {
    async fn run(&self, args: &[&str]) -> Output {
        let here = std::env::current_exe().unwrap();
        let program = here.parent().and_then(|deps| deps.parent()).unwrap().join("callflowctl");
        let mut command = Command::new(program);
        command.arg("--endpoints").arg(&self.endpoints).args(["-o", "json", "-c", "haarwerk"]).args(args);
        command.output().await.unwrap()
    }

    /// Returns what a command prints, after it has ended with this code.
    async fn ends(&self, code: i32, args: &[&str]) -> Value {
        let output = self.run(args).await;
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    async fn asks_why(&self) {
        let ladder = self.ends(0, &["resolve", "--to", "+493023125101", "--from", "+491713920098"]).await;
        let told = [&ladder["branch"], &ladder["method"], &ladder["language"], &ladder["language_reason"]];
        assert_eq!(told, [&json!("berlin-mitte"), &json!("number"), &json!("tr"), &json!("number")], "{ladder}");
        let signals = ladder["signals"].as_array().unwrap();
        assert!(signals.len() == 6 && signals.iter().all(|signal| signal["reason"] != ""), "{ladder}");
        // Another company's number leads nowhere but home.
        let foreign = self.ends(0, &["resolve", "--to", "+492214710200"]).await;
        assert_eq!((&foreign["branch"], &foreign["method"]), (&json!("berlin-mitte"), &json!("default")), "{foreign}");
    }

    async fn keeps_the_catalog_in_a_file(&self) {
        let file = self.folder.join("catalog.json").display().to_string();
        self.ends(0, &["export", "-f", &file]).await;
        let same = self.ends(0, &["apply", "-f", &file]).await;
        assert_eq!(same, json!({"dry_run": false, "changes": []}), "an export applies to itself without a change");
        let text = std::fs::read_to_string(&file).unwrap();
        let other = self.file("other.json", &text.replace("\"name\": \"Sofia\"", "\"name\": \"Sofía\""));
        let path = |answer: &Value| answer["changes"][0]["path"].clone();
        for _ in 0..2 {
            let preview = self.ends(0, &["apply", "-f", &other, "--dry-run"]).await;
            assert_eq!(path(&preview), "companies.haarwerk.staff.sofia.name", "a dry run changes nothing: {preview}");
        }
        assert_eq!(path(&self.ends(0, &["apply", "-f", &other]).await), "companies.haarwerk.staff.sofia.name");
        let again = self.ends(0, &["apply", "-f", &other]).await;
        assert_eq!(again["changes"], json!([]), "the second time there is nothing to do");
        let back = self.ends(0, &["apply", "-f", &file]).await;
        assert_eq!(back["changes"].as_array().unwrap().len(), 1);
    }

    async fn is_told_all_mistakes_at_once(&self) {
        let yaml = "companies:\n- slug: haarwerk\n  nam: Haarwerk\n  default_language: de\n  time_zone: Mars\n  \
                    default_branch: nowhere\n";
        let wrong = self.file("wrong.yaml", yaml);
        let told = self.ends(1, &["apply", "-f", &wrong]).await;
        let place = |one: &Value| (one["line"].as_u64(), one["field"].as_str().unwrap().to_owned());
        let places: Vec<_> = told.as_array().unwrap().iter().map(place).collect();
        let at = |line, field: &str| (Some(line), format!("companies[0].{field}"));
        assert_eq!(places, [at(2, "name"), at(3, "nam"), at(5, "time_zone"), at(6, "default_branch")], "{told}");
        assert!(told.as_array().unwrap().iter().all(|one| one["file"] == wrong.as_str()), "{told}");
    }

    async fn follows_a_call(&self) {
        let calls = self.ends(0, &["calls", "list", "--phase", "analyzed"]).await;
        let id = calls[0]["call_id"].as_str().expect("the sample calls are over and analysed");
        let call = self.ends(0, &["calls", "show", id]).await;
        assert_eq!((&call["complete"], &call["resolution"]["method"]), (&json!(true), &json!("number")), "{call}");
        let line = call["timeline"].as_array().unwrap();
        assert!(line.len() >= 3, "{call}");
        let ended = line.iter().find(|entry| entry["event"] == "call_ended").unwrap();
        assert!(ended["note"].as_str().unwrap().starts_with("after "), "{call}");
        self.ends(1, &["calls", "show", "call_nobody_has_heard_of"]).await;
    }
}
