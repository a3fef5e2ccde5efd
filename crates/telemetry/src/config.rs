//! Settings of logs and traces, with defaults that suit a laptop and a cluster alike.

use serde::{Deserialize, Serialize};

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line, for collectors.
    #[default]
    Json,
    /// One readable line, for people.
    Text,
}

/// Settings of logs and traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// `json` or `text`.
    pub log_format: LogFormat,
    /// Directives as in `RUST_LOG`: `info`, or `info,callflow_booking=debug`.
    pub log_filter: String,
    /// OTLP gRPC collector, such as `http://collector:4317`; absent or empty means spans are not exported.
    pub otlp_endpoint: Option<String>,
    /// Share of new traces that is exported, 0 to 1. A trace begun elsewhere keeps the decision made there.
    pub trace_sample_ratio: f64,
    /// Which spans belong to traces, as directives. Libraries are off: theirs would outnumber ours.
    pub trace_filter: String,
    /// How long flushing may hold up the end of the process.
    pub flush_timeout_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            log_format: LogFormat::Json,
            log_filter: "info".into(),
            otlp_endpoint: None,
            trace_sample_ratio: 1.0,
            trace_filter: "info,h2=off,hyper=off,tonic=off,tower=off,lapin=off,sqlx=off,sea_orm=off".into(),
            flush_timeout_ms: 2_000,
        }
    }
}

impl Config {
    /// Reports every setting to `report` as (field, whether it is fine, what is accepted).
    pub fn check(&self, report: &mut dyn FnMut(&str, bool, &str)) {
        report("log_format", true, "json or text");
        let directives = "directives such as `info` or `info,callflow_booking=debug`";
        report("log_filter", parses(&self.log_filter), directives);
        report("trace_filter", parses(&self.trace_filter), directives);
        let endpoint = self.endpoint();
        let url = endpoint.is_none_or(|url| url.starts_with("http://") || url.starts_with("https://"));
        report("otlp_endpoint", url, "http://host:port or https://host:port, or nothing");
        report("trace_sample_ratio", (0.0..=1.0).contains(&self.trace_sample_ratio), "0.0 to 1.0");
        report("flush_timeout_ms", (100..=3_000).contains(&self.flush_timeout_ms), "100 to 3000");
    }

    /// Returns the collector's address, if spans are to be exported.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.otlp_endpoint.as_deref().map(str::trim).filter(|endpoint| !endpoint.is_empty())
    }
}

/// Returns whether `directives` is a filter that leaves something to be said: empty text is a slip, not a wish.
fn parses(directives: &str) -> bool {
    !directives.trim().is_empty() && tracing_subscriber::EnvFilter::builder().parse(directives).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(config: &Config) -> Vec<String> {
        let mut fields = Vec::new();
        config.check(&mut |field, fine, _| {
            if !fine {
                fields.push(field.to_owned());
            }
        });
        fields
    }

    #[test]
    fn defaults_are_accepted() {
        assert_eq!(refused(&Config::default()), Vec::<String>::new());
    }

    #[test]
    fn each_nonsensical_setting_is_reported_by_its_name() {
        let config = Config {
            log_filter: "info,=".into(),
            otlp_endpoint: Some("collector:4317".into()),
            trace_sample_ratio: f64::NAN,
            flush_timeout_ms: 0,
            trace_filter: " ".into(),
            ..Config::default()
        };
        let expected = ["log_filter", "trace_filter", "otlp_endpoint", "trace_sample_ratio", "flush_timeout_ms"];
        assert_eq!(refused(&config), expected);
    }
}
