//! One line of output, which bench/lab/subjects.py reads: since the start in seconds, CPU time of the process in seconds, memory in
//! KiB, and the objects in the stores by resource. Lap 1 is the first sync.
use std::fs;
use std::time::Duration;

use serde_json::{Map, json};

pub fn print<'a>(lap: usize, since_start: Duration, objects: impl Iterator<Item = (&'a str, usize)>) {
    let objects: Map<_, _> = objects.map(|(resource, count)| (resource.to_owned(), json!(count))).collect();
    println!(
        "{}",
        json!({"lap": lap, "seconds": since_start.as_secs_f64(), "cpu": cpu_seconds(), "rssKiB": status_kib("VmRSS:"),
               "peakKiB": status_kib("VmHWM:"), "objects": objects})
    );
}

/// Linux counts in hundredths of a second here, whatever the machine (`USER_HZ`).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn status_kib(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
