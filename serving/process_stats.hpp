#pragma once

#include <prometheus/metric_family.h>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace snaptrail::serving {

/// What the kernel tells about this process; a field is empty where it could not be read.
struct ProcessStats {
  std::optional<double> cpu_seconds;
  std::optional<double> resident_bytes;
  std::optional<double> virtual_bytes;
  std::optional<double> start_seconds;  ///< Unix time
  std::optional<double> open_fds;
  std::optional<double> max_fds;
};

/// Units that the kernel counts in.
struct KernelUnits {
  double ticks_per_second = 100;
  double page_bytes = 4096;
};

/// Reads the fields of /proc/PID/stat (proc(5)) and `btime` of /proc/stat into all but the fds. Pure.
ProcessStats parse_process_stat(std::string_view pid_stat, std::string_view system_stat, KernelUnits units);

/// Reads `proc`/self and `proc`/stat.
ProcessStats read_process_stats(const std::filesystem::path& proc = "/proc");

/// The families `process_*` under the names that every Prometheus client library uses.
std::vector<prometheus::MetricFamily> process_families(const ProcessStats& stats);

}  // namespace snaptrail::serving
