//! What the process says about itself: memory, file descriptors, threads, CPU time, uptime.
//!
//! Read from `/proc` at each scrape; where there is no `/proc` the gauges stay absent.

use std::{
    fs,
    sync::LazyLock,
    time::{Instant, UNIX_EPOCH},
};

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

/// When this process began, as far as it can tell: the first use of telemetry.
static STARTED: LazyLock<(Instant, f64)> = LazyLock::new(|| {
    let wall = UNIX_EPOCH.elapsed().map_or(0.0, |since| since.as_secs_f64());
    (Instant::now(), wall)
});

/// Clock ticks a second in `/proc/self/stat`: fixed at 100 for all of Linux's user space.
const TICKS_PER_SECOND: u64 = 100;

/// Describes the instruments and notes the start.
pub(crate) fn describe() {
    LazyLock::force(&STARTED);
    describe_gauge!("process_resident_memory_bytes", Unit::Bytes, "Resident memory.");
    describe_gauge!("process_open_fds", Unit::Count, "Open file descriptors.");
    describe_gauge!("process_threads", Unit::Count, "Threads.");
    describe_counter!("process_cpu_seconds_total", Unit::Seconds, "CPU time used, whole seconds.");
    describe_gauge!("process_start_time_seconds", Unit::Seconds, "Start, as Unix time.");
    describe_gauge!("process_uptime_seconds", Unit::Seconds, "Time since start.");
    describe_gauge!("runtime_tasks", Unit::Count, "Tasks alive on the async runtime.");
}

/// Measures the process now.
pub(crate) fn record() {
    gauge!("process_start_time_seconds").set(STARTED.1);
    gauge!("process_uptime_seconds").set(STARTED.0.elapsed().as_secs_f64());
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        if let Some(kilobytes) = status_number(&status, "VmRSS:") {
            gauge!("process_resident_memory_bytes").set(kilobytes * 1024.0);
        }
        if let Some(threads) = status_number(&status, "Threads:") {
            gauge!("process_threads").set(threads);
        }
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // The listing itself is open while it is counted.
        gauge!("process_open_fds").set(open.count().saturating_sub(1) as f64);
    }
    if let Some(ticks) = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(cpu_ticks) {
        counter!("process_cpu_seconds_total").absolute(ticks / TICKS_PER_SECOND);
    }
    if let Some(runtime) = crate::start::RUNTIME.get() {
        gauge!("runtime_tasks").set(runtime.metrics().num_alive_tasks() as f64);
    }
}

/// Returns the number that follows `key` in the form of `/proc/self/status`.
fn status_number(status: &str, key: &str) -> Option<f64> {
    status.lines().find_map(|line| line.strip_prefix(key))?.split_whitespace().next()?.parse().ok()
}

/// Returns user plus system time of a `/proc/<pid>/stat` line.
fn cpu_ticks(stat: &str) -> Option<u64> {
    // The command name stands in brackets and may hold spaces, so counting begins behind it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_found_behind_a_command_name_with_spaces_and_brackets() {
        let stat = "42 (a b) c) S 1 42 42 0 -1 4194560 900 0 0 0 250 50 0 0 20 0 9 0 1234 1 2";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("nonsense"), None);
    }

    #[test]
    fn numbers_of_the_status_file_are_found_by_their_key() {
        assert_eq!(status_number("Name:\tx\nVmRSS:\t  1234 kB\n", "VmRSS:"), Some(1234.0));
    }
}
