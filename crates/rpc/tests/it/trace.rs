//! One trace from the caller into the server.

use callflow_rpc::server::Config;
use callflow_telemetry::{current_trace_id, start};
use tracing::{Instrument, info_span};

use crate::probe::{Running, ask};

#[tokio::test(flavor = "multi_thread")]
async fn the_server_works_in_the_caller_s_trace_and_failures_name_it() {
    let telemetry = callflow_telemetry::Config { log_filter: "off".into(), ..Default::default() };
    let _guard = start("probe", &telemetry).unwrap();
    let server = Running::start(&Config::default());
    let channel = server.channel();
    let work = async {
        let ours = current_trace_id().unwrap();
        assert_eq!(ask(&channel, "Trace", "").await.unwrap(), ours);
        let failure = ask(&channel, "Refuse", "taken").await.unwrap_err();
        assert_eq!(failure.request_id.as_deref(), Some(ours.as_str()));
    };
    work.instrument(info_span!("webhook")).await;
    assert_eq!(ask(&channel, "Trace", "").await.unwrap().len(), 32, "a call from nowhere begins a trace");
}
