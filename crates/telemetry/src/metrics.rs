//! The process's metrics: one Prometheus recorder, buckets that fit, and bounded labels.
//!
//! Instruments are made with the `metrics` macros anywhere; this renders them. A label value must come
//! from a set known at build time. [`known`] turns anything else into `other`, because one label
//! filled from outside (a number, a path, an id) grows until the process or Prometheus dies.

use std::{sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::{Error, process};

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Buckets for `*_seconds`: from a cached look-up to the longest drain.
const SECONDS: [f64; 17] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0];
/// Buckets for `*_bytes`: from an empty body to the largest accepted one.
const BYTES: [f64; 9] =
    [256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 4_194_304.0, 16_777_216.0];
/// Buckets for everything that is counted: attempts, candidates, rows.
const COUNTS: [f64; 11] = [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0, 1_000.0];
/// How often histograms are folded into their buckets when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Installs the recorder for this process; a second call changes nothing.
///
/// # Errors
/// Fails when another recorder than ours is installed.
pub fn install() -> Result<(), Error> {
    // One thread installs; tests that start several services in one process all come by here.
    static INSTALLING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = INSTALLING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if HANDLE.get().is_none() {
        let handle = PrometheusBuilder::new()
            .set_buckets(&COUNTS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS))
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_bytes".into()), &BYTES))
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(Error::Recorder)?;
        HANDLE.get_or_init(|| handle);
        process::describe();
    }
    Ok(())
}

/// Returns all metrics in Prometheus's text format, those of the process measured now; empty before [`install`].
#[must_use]
pub fn render() -> String {
    let Some(handle) = HANDLE.get() else { return String::new() };
    process::record();
    handle.render()
}

/// Folds histograms into their buckets for as long as the runtime lives.
pub(crate) async fn upkeep() {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        if let Some(handle) = HANDLE.get() {
            handle.run_upkeep();
        }
    }
}

/// Returns the member of `allowed` that equals `value`, or `other`: the way any outside text becomes a label.
#[must_use]
pub fn known(value: &str, allowed: &[&'static str]) -> &'static str {
    allowed.iter().find(|&&member| member == value).copied().unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_becomes_one_of_a_few_labels() {
        assert_eq!(known("call_started", &["call_started", "call_ended"]), "call_started");
        assert_eq!(known("+491713920017", &["call_started", "call_ended"]), "other");
    }

    #[test]
    fn durations_fall_into_buckets_of_seconds() {
        install().unwrap();
        install().unwrap();
        metrics::histogram!("probe_seconds").record(0.004);
        metrics::histogram!("probe_body_bytes").record(2_000.0);
        let text = render();
        assert!(text.contains("probe_seconds_bucket{le=\"0.0025\"} 0"), "{text}");
        assert!(text.contains("probe_seconds_bucket{le=\"0.005\"} 1"), "{text}");
        assert!(text.contains("probe_body_bytes_bucket{le=\"4096\"} 1"), "{text}");
    }

    #[test]
    fn the_process_measures_itself_at_each_scrape() {
        install().unwrap();
        let text = render();
        let value = |name: &str| -> f64 {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_default();
            line.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(-1.0)
        };
        assert!(value("process_resident_memory_bytes") > 100_000.0, "{text}");
        assert!(value("process_open_fds") >= 3.0, "{text}");
        assert!(value("process_threads") >= 1.0, "{text}");
        assert!(value("process_uptime_seconds") >= 0.0, "{text}");
        assert!(value("process_start_time_seconds") > 1.7e9, "{text}");
    }
}
