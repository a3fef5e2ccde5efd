//! Whose requests are believed.

use std::{fs, path::Path};

use callflow_fleet::Fleet;
use callflow_retell::signature::HEADER;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use crate::platform::Platform;

const RING: &[u8] = "{\"event\":\"call_inbound\",\"call_inbound\":{\"from_number\":\"anonymous\",\"to_number\":\"+493023125100\",\"x\":\"Grüße\"}}\n".as_bytes();

async fn status(platform: &Platform, body: &[u8], header: Option<&str>) -> u16 {
    let headers: Vec<(&str, &str)> = header.map(|value| (HEADER, value)).into_iter().collect();
    platform.send(Method::POST, &platform.url("inbound"), body, &headers).await.status().as_u16()
}

fn signed_at(platform: &Platform, body: &[u8], ms_ago: i64) -> String {
    let key = callflow_retell::signature::Key::new(&platform.key).unwrap();
    callflow_retell::signature::sign(&key, body, Timestamp::now() - SignedDuration::from_millis(ms_ago))
}

/// The shapes of the recorded vectors, signed just now, because a running fleet knows what time it is.
pub(crate) async fn forged_and_misshapen_signatures_are_refused(salon: &Platform) {
    let good = salon.signature(RING);
    let (v, d) = good.split_once(',').unwrap();
    let (v, d) = (v.strip_prefix("v=").unwrap(), d.strip_prefix("d=").unwrap());
    assert_eq!(status(salon, RING, Some(&good)).await, 200);
    // Two minutes of drift either way are within the window, though the machine may be slow.
    assert_eq!(status(salon, RING, Some(&signed_at(salon, RING, 120_000))).await, 200);
    assert_eq!(status(salon, RING, Some(&signed_at(salon, RING, -120_000))).await, 200);
    let later = v.parse::<i64>().unwrap() + 1;
    let refused = [
        ("empty", String::new()),
        ("None", "None".into()),
        ("swapped", format!("d={d},v={v}")),
        ("space", format!("v={v}, d={d}")),
        ("no d", format!("v={v}")),
        ("63 hex", format!("v={v},d={}", &d[1..])),
        ("65 hex", format!("v={v},d={d}0")),
        ("non-hex", format!("v={v},d={}g", &d[1..])),
        ("sha256=", format!("sha256={d}")),
        ("two values", format!("{good}, {good}")),
        ("trailing", format!("{good},x=1")),
        ("seconds", format!("v={},d={d}", &v[..10])),
        ("negative", format!("v=-{v},d={d}")),
        ("leading zero", format!("v=0{v},d={d}")),
        ("huge", format!("v={}{v},d={d}", "9".repeat(10))),
        ("other time", format!("v={later},d={d}")),
        ("expired", signed_at(salon, RING, 301_000)),
        ("future", signed_at(salon, RING, -303_000)),
    ];
    for (what, header) in refused {
        assert_eq!(status(salon, RING, Some(&header)).await, 401, "{what}");
    }
    assert_eq!(status(salon, RING, None).await, 401, "unsigned");
    let other = Platform { key: "key_of_somebody_else_0123456789".into(), ..salon.clone() };
    assert_eq!(status(salon, RING, Some(&other.signature(RING))).await, 401, "other key");
    for (what, body) in [
        ("byte changed", String::from_utf8_lossy(RING).replace("Grüße", "Grüsse").into_bytes()),
        ("line feed stripped", RING[..RING.len() - 1].to_vec()),
        ("byte order mark", ["\u{feff}".as_bytes(), RING].concat()),
        ("decomposed", String::from_utf8_lossy(RING).replace('ü', "u\u{308}").into_bytes()),
    ] {
        assert_eq!(status(salon, &body, Some(&good)).await, 401, "{what}");
    }
    let both = salon.send(Method::POST, &salon.url("inbound"), RING, &[(HEADER, &good), (HEADER, &good)]).await;
    assert_eq!(both.status(), 401, "two headers");
}

pub(crate) async fn two_keys_are_believed_while_they_are_changed(fleet: &Fleet, salon: &Platform) {
    let stack = Path::new(&fleet.endpoints().services["ingress"].log).ancestors().nth(2).unwrap();
    let file = stack.join("signing").join(&salon.company);
    let new = Platform { key: "key_that_comes_next_0123456789".into(), ..salon.clone() };
    assert_eq!(status(salon, RING, Some(&new.signature(RING))).await, 401);
    fs::write(&file, format!("{}\n{}\n", new.key, salon.key)).unwrap();
    assert_eq!(status(salon, RING, Some(&new.signature(RING))).await, 200, "the new one");
    assert_eq!(status(salon, RING, Some(&salon.signature(RING))).await, 200, "and still the old one");
    fs::write(&file, format!("{}\n", new.key)).unwrap();
    assert_eq!(status(salon, RING, Some(&salon.signature(RING))).await, 401, "the old one is gone");
    fs::write(&file, format!("{}\n", salon.key)).unwrap();
    assert_eq!(status(salon, RING, Some(&salon.signature(RING))).await, 200);
}

pub(crate) async fn one_company_cannot_speak_for_another(salon: &Platform, practice: &Platform) {
    let stranger = Platform { company: "suedpark".into(), ..salon.clone() };
    assert_eq!(status(&stranger, RING, Some(&stranger.signature(RING))).await, 401);
    let nobody = Platform { company: "nobody".into(), ..salon.clone() };
    assert_eq!(status(&nobody, RING, Some(&nobody.signature(RING))).await, 404);
    // The path says which company, so the salon's number leads nowhere here, least of all to the salon.
    let ring = json!({ "event": "call_inbound", "call_inbound": { "from_number": "+491713920098", "to_number": "+493023125100" } });
    let answer = practice.post("inbound", &ring).await.text;
    assert!(!answer.to_lowercase().contains("haarwerk"), "{answer}");
    // Two companies have keys: an address without one could mean either.
    let pathless = format!("{}/retell/inbound", salon.base);
    let response = salon.send(Method::POST, &pathless, RING, &[(HEADER, &salon.signature(RING))]).await;
    assert_eq!(response.status(), 404);
}
