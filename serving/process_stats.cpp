#include "serving/process_stats.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

#include "serving/metric_family.hpp"

namespace snaptrail::serving {
namespace {

// Numbers of the fields behind the command's closing parenthesis; the state, field 3 of proc(5), is 0 here.
constexpr std::size_t kUserTicks = 11, kSystemTicks = 12, kStartTicks = 19, kVirtualBytes = 20, kResidentPages = 21;

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (std::size_t start = text.find_first_not_of(" \n"); start != std::string_view::npos;
       start = text.find_first_not_of(" \n", start)) {
    const std::size_t end = std::min(text.find_first_of(" \n", start), text.size());
    found.push_back(text.substr(start, end - start));
    start = end;
  }
  return found;
}

std::optional<double> number(std::string_view text) {
  unsigned long long value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> boot_time(std::string_view system_stat) {
  constexpr std::string_view kName = "btime ";
  for (auto at = system_stat.find(kName); at != std::string_view::npos; at = system_stat.find(kName, at + 1)) {
    if (at != 0 && system_stat[at - 1] != '\n') continue;
    const std::string_view rest = system_stat.substr(at + kName.size());
    return number(rest.substr(0, rest.find('\n')));
  }
  return std::nullopt;
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<double> count_entries(const std::filesystem::path& folder) {
  std::error_code ec;
  double entries = 0;
  std::filesystem::directory_iterator at(folder, ec);
  for (; !ec && at != std::filesystem::directory_iterator(); at.increment(ec)) ++entries;
  if (ec) return std::nullopt;
  return entries - 1;  // the one that reads the folder
}

std::optional<double> fd_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

void add(std::vector<prometheus::MetricFamily>& out, std::string_view name, std::string_view help,
         prometheus::MetricType type, std::optional<double> value) {
  if (value) out.push_back(single(name, help, type, *value));
}

}  // namespace

ProcessStats parse_process_stat(std::string_view pid_stat, std::string_view system_stat, KernelUnits units) {
  ProcessStats stats;
  // The command may hold spaces and parentheses; only the last one ends it.
  const auto command_end = pid_stat.rfind(')');
  if (command_end == std::string_view::npos) return stats;
  const auto fields = words(pid_stat.substr(command_end + 1));
  if (fields.size() <= kResidentPages) return stats;
  const auto user = number(fields[kUserTicks]), system = number(fields[kSystemTicks]);
  if (user && system) stats.cpu_seconds = (*user + *system) / units.ticks_per_second;
  stats.virtual_bytes = number(fields[kVirtualBytes]);
  if (const auto pages = number(fields[kResidentPages])) stats.resident_bytes = *pages * units.page_bytes;
  const auto boot = boot_time(system_stat), start = number(fields[kStartTicks]);
  if (boot && start) stats.start_seconds = *boot + *start / units.ticks_per_second;
  return stats;
}

ProcessStats read_process_stats(const std::filesystem::path& proc) {
  const KernelUnits units{static_cast<double>(sysconf(_SC_CLK_TCK)), static_cast<double>(sysconf(_SC_PAGESIZE))};
  ProcessStats stats = parse_process_stat(contents(proc / "self/stat"), contents(proc / "stat"), units);
  stats.open_fds = count_entries(proc / "self/fd");
  stats.max_fds = fd_limit();
  return stats;
}

std::vector<prometheus::MetricFamily> process_families(const ProcessStats& stats) {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> out;
  add(out, "process_cpu_seconds_total", "User and system CPU time spent, in seconds.", MetricType::Counter,
      stats.cpu_seconds);
  add(out, "process_resident_memory_bytes", "Resident memory.", MetricType::Gauge, stats.resident_bytes);
  add(out, "process_virtual_memory_bytes", "Virtual memory.", MetricType::Gauge, stats.virtual_bytes);
  add(out, "process_start_time_seconds", "Start of the process, Unix time.", MetricType::Gauge, stats.start_seconds);
  add(out, "process_open_fds", "Open file descriptors.", MetricType::Gauge, stats.open_fds);
  add(out, "process_max_fds", "Limit of open file descriptors.", MetricType::Gauge, stats.max_fds);
  return out;
}

}  // namespace snaptrail::serving
