//! What operators see of the caches: hits, misses and ages, tier by tier.

use callflow_telemetry::metrics;

use crate::{
    fixture::{TestResolver, call},
    ladder::known,
};

/// Returns the sum of a metric's values over the lines that carry all of these labels.
fn sum(text: &str, name: &str, labels: &[&str]) -> f64 {
    let fits = |line: &&str| line.starts_with(name) && labels.iter().all(|label| line.contains(label));
    text.lines().filter(fits).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tier_tells_of_its_hits_misses_and_ages() {
    metrics::install().unwrap();
    let test = TestResolver::start().await;
    known(&test).await;
    let look_ups = [
        ("hot", "kind=\"busy\""),
        ("warm", "kind=\"number\""),
        ("warm", "kind=\"agent\""),
        ("cold", "kind=\"caller\""),
    ];
    let count = |outcomes: &[&str], tier: &str, kind: &str| -> f64 {
        let text = metrics::render();
        let tier = format!("tier=\"{tier}\"");
        let of = |outcome: &&str| {
            let outcome = format!("outcome=\"{outcome}\"");
            sum(&text, "cache_lookups_total", &[&tier, kind, &outcome])
        };
        outcomes.iter().map(of).sum()
    };
    let mut request = call("+493023125100", "+491713920001");
    request.agent_id = "agent_potsdam".into();
    test.resolve(request.clone()).await;
    for (tier, kind) in look_ups {
        assert_eq!((count(&["loaded"], tier, kind), count(&["hit", "negative"], tier, kind)), (1.0, 0.0), "{kind}");
    }
    test.resolve(request.clone()).await;
    test.resolve(request).await;
    for (tier, kind) in look_ups {
        assert_eq!((count(&["loaded"], tier, kind), count(&["hit", "negative"], tier, kind)), (1.0, 2.0), "{kind}");
    }
    let text = metrics::render();
    for tier in ["hot", "warm", "cold"] {
        let tier = format!("tier=\"{tier}\"");
        assert!(sum(&text, "cache_age_seconds_count", &[&tier]) >= 2.0, "{tier}");
    }
    assert_eq!(sum(&text, "resolver_resolutions_total", &["outcome=\"resolved\"", "method=\"number\""]), 3.0);
    test.stop().await;
}
