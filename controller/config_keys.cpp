#include "controller/config_keys.hpp"

#include "controller/label_selector.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <numeric>
#include <sstream>
#include <utility>
#include <vector>

namespace snaptrail::controller {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::size_t kNameBytes = 253;    // the API's limit for names
constexpr std::size_t kPathBytes = 4'095;  // Linux's PATH_MAX without its NUL

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
constexpr std::array<std::string_view, 2> kVeleroModes{"auto", "false"};

std::string path_text(const RawValue& raw, bool may_be_empty) { return text_value(raw, kPathBytes, may_be_empty); }

template <class Enum>
std::string name_of(std::span<const std::string_view> names, Enum value) {
  return std::string(names[static_cast<std::size_t>(value)]);
}

std::chrono::hours whole_hours(const RawValue& raw) {
  const auto duration = duration_between(raw, 1h, 36'500 * 24h, true);
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(duration);
  if (hours != duration) throw ValueError(in_quotes(raw.text) + " is no whole number of hours");
  return hours;
}

// ---- diagnosis.stuckAfter ----

using reconcilers::Phase;

milliseconds phase_limit(const RawValue& raw) { return duration_between(raw, 1s, 30 * 24h); }

template <Phase phase>
void set_limit(Config& c, const RawValue& raw) {
  // What is written out and is the default stays what it is where nothing is written.
  const milliseconds limit = phase_limit(raw);
  auto& place = c.diagnosis.global.at(static_cast<std::size_t>(phase));
  place = limit == reconcilers::default_limit(phase) ? std::nullopt : std::optional(limit);
}

template <Phase phase>
std::string limit_text(const Config& c) {
  const auto& limit = c.diagnosis.global.at(static_cast<std::size_t>(phase));
  return format_duration(limit.value_or(reconcilers::default_limit(phase)));
}

template <Phase phase>
constexpr ConfigKey limit_key(std::string_view path) {
  return {path, "duration", set_limit<phase>, limit_text<phase>};
}

using LimitsByName = std::map<std::string, reconcilers::PhaseLimits, std::less<>>;

/// Items `NAME PHASE DURATION`.
LimitsByName limits_by_name(const RawValue& raw) {
  LimitsByName limits;
  for (const std::string& item : list_value(raw)) {
    std::istringstream words(item);
    std::string name, phase_name, duration, more;
    words >> name >> phase_name >> duration;
    const auto phase = reconcilers::phase_of(phase_name);
    if (duration.empty() || words >> more || name.size() > kNameBytes) {
      throw ValueError(in_quotes(item) +
                       " is not of the form NAME PHASE DURATION, such as \"ebs.csi.aws.com uploading 2h\"");
    }
    if (!phase) throw ValueError(in_quotes(phase_name) + " is no phase; they are the keys of diagnosis.stuckAfter");
    auto& limit = limits[name].at(static_cast<std::size_t>(*phase));
    if (limit) throw ValueError(fmt::format("{} {} is there twice", in_quotes(name), phase_name));
    limit = phase_limit({duration, std::nullopt});
  }
  return limits;
}

std::string limits_text(const LimitsByName& limits) {
  std::vector<std::string> items;
  for (const auto& [name, phases] : limits) {
    for (std::size_t i = 0; i < phases.size(); ++i) {
      if (!phases.at(i)) continue;
      items.push_back(fmt::format("{} {} {}", name, to_string(static_cast<Phase>(i)), format_duration(*phases.at(i))));
    }
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

// ---- coverage ----

using reconcilers::RpoLimit;
using RpoByName = std::map<std::string, RpoLimit, std::less<>>;

RpoLimit rpo_limit(const RawValue& raw) {
  if (raw.text == "none") return std::nullopt;
  return duration_between(raw, 1min, 365 * 24h);
}

std::string rpo_text(const RpoLimit& limit) { return limit ? format_duration(*limit) : "none"; }

/// Items `NAME DURATION`, or `NAME none`.
RpoByName rpo_by_name(const RawValue& raw) {
  RpoByName limits;
  for (const std::string& item : list_value(raw)) {
    std::istringstream words(item);
    std::string name, limit, more;
    words >> name >> limit;
    if (limit.empty() || words >> more || name.size() > kNameBytes) {
      throw ValueError(in_quotes(item) +
                       R"( is not of the form NAME DURATION, such as "payments 4h" or "scratch none")");
    }
    if (!limits.emplace(name, rpo_limit({limit, std::nullopt})).second) {
      throw ValueError(in_quotes(name) + " is there twice");
    }
  }
  return limits;
}

std::string rpo_list_text(const RpoByName& limits) {
  std::vector<std::string> items;
  for (const auto& [name, limit] : limits) items.push_back(fmt::format("{} {}", name, rpo_text(limit)));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

const std::array<ConfigKey, 41> kKeys{{
    {"cluster", "text", [](Config& c, const RawValue& v) { c.cluster = text_value(v, kNameBytes, true); },
     [](const Config& c) { return c.cluster; }},
    {"kubeconfig", "path", [](Config& c, const RawValue& v) { c.kubeconfig = path_text(v, true); },
     [](const Config& c) { return c.kubeconfig.string(); }},
    {"context", "text", [](Config& c, const RawValue& v) { c.context = text_value(v, kPathBytes, true); },
     [](const Config& c) { return c.context; }},
    {"ledger.path", "path", [](Config& c, const RawValue& v) { c.ledger.path = path_text(v, false); },
     [](const Config& c) { return c.ledger.path.string(); }},
    {"ledger.retention", "duration", [](Config& c, const RawValue& v) { c.ledger.retention = whole_hours(v); },
     [](const Config& c) { return format_duration(c.ledger.retention); }},
    {"ledger.commitDelay", "duration",
     [](Config& c, const RawValue& v) { c.ledger.commit_delay = duration_between(v, 0ms, 10s); },
     [](const Config& c) { return format_duration(c.ledger.commit_delay); }},
    {"ledger.maxQueuedRows", "number",
     [](Config& c, const RawValue& v) { c.ledger.max_queued_rows = number_between(v, 1'000, 100'000'000); },
     [](const Config& c) { return std::to_string(c.ledger.max_queued_rows); }},
    {"listen", "address", [](Config& c, const RawValue& v) { c.listen = listen_address(v); },
     [](const Config& c) { return format_listen(c.listen); }},
    {"tls.certFile", "path", [](Config& c, const RawValue& v) { c.tls.cert_file = path_text(v, true); },
     [](const Config& c) { return c.tls.cert_file.string(); }},
    {"tls.keyFile", "path", [](Config& c, const RawValue& v) { c.tls.key_file = path_text(v, true); },
     [](const Config& c) { return c.tls.key_file.string(); }},
    {"auth.enabled", "true, false", [](Config& c, const RawValue& v) { c.auth.enabled = boolean(v); },
     [](const Config& c) { return std::string(c.auth.enabled ? "true" : "false"); }},
    {"auth.openHealth", "true, false", [](Config& c, const RawValue& v) { c.auth.open_health = boolean(v); },
     [](const Config& c) { return std::string(c.auth.open_health ? "true" : "false"); }},
    {"log.level", "debug, info, warn, error",
     [](Config& c, const RawValue& v) { c.log.level = static_cast<LogLevel>(choice(v, kLevels)); },
     [](const Config& c) { return name_of(kLevels, c.log.level); }},
    {"log.format", "text, json",
     [](Config& c, const RawValue& v) { c.log.format = static_cast<LogFormat>(choice(v, kFormats)); },
     [](const Config& c) { return name_of(kFormats, c.log.format); }},
    {"objectMetrics.enabled", "true, false",
     [](Config& c, const RawValue& v) { c.object_metrics.enabled = boolean(v); },
     [](const Config& c) { return std::string(c.object_metrics.enabled ? "true" : "false"); }},
    {"objectMetrics.maxObjects", "number",
     [](Config& c, const RawValue& v) { c.object_metrics.max_objects = number_between(v, 0, 100'000'000); },
     [](const Config& c) { return std::to_string(c.object_metrics.max_objects); }},
    {"objectMetrics.namespaces", "list",
     [](Config& c, const RawValue& v) { c.object_metrics.namespaces = namespace_list(v); },
     [](const Config& c) { return fmt::format("[{}]", fmt::join(c.object_metrics.namespaces, ", ")); }},
    limit_key<Phase::Binding>("diagnosis.stuckAfter.binding"),
    limit_key<Phase::Calling>("diagnosis.stuckAfter.calling"),
    limit_key<Phase::Creating>("diagnosis.stuckAfter.creating"),
    limit_key<Phase::Uploading>("diagnosis.stuckAfter.uploading"),
    limit_key<Phase::Mirroring>("diagnosis.stuckAfter.mirroring"),
    limit_key<Phase::Deleting>("diagnosis.stuckAfter.deleting"),
    limit_key<Phase::Waiting>("diagnosis.stuckAfter.waiting"),
    limit_key<Phase::Provisioning>("diagnosis.stuckAfter.provisioning"),
    {"diagnosis.stuckAfter.drivers", "list",
     [](Config& c, const RawValue& v) { c.diagnosis.by_driver = limits_by_name(v); },
     [](const Config& c) { return limits_text(c.diagnosis.by_driver); }},
    {"diagnosis.stuckAfter.classes", "list",
     [](Config& c, const RawValue& v) { c.diagnosis.by_class = limits_by_name(v); },
     [](const Config& c) { return limits_text(c.diagnosis.by_class); }},
    {"diagnosis.learned", "true, false", [](Config& c, const RawValue& v) { c.diagnosis.learned = boolean(v); },
     [](const Config& c) { return std::string(c.diagnosis.learned ? "true" : "false"); }},
    {"coverage.target", "duration", [](Config& c, const RawValue& v) { c.coverage.targets.standard = rpo_limit(v); },
     [](const Config& c) { return rpo_text(c.coverage.targets.standard); }},
    {"coverage.namespaces", "list",
     [](Config& c, const RawValue& v) { c.coverage.targets.by_namespace = rpo_by_name(v); },
     [](const Config& c) { return rpo_list_text(c.coverage.targets.by_namespace); }},
    {"coverage.storageClasses", "list",
     [](Config& c, const RawValue& v) { c.coverage.targets.by_class = rpo_by_name(v); },
     [](const Config& c) { return rpo_list_text(c.coverage.targets.by_class); }},
    {"coverage.claimMetrics", "true, false",
     [](Config& c, const RawValue& v) { c.coverage.claim_metrics = boolean(v); },
     [](const Config& c) { return std::string(c.coverage.claim_metrics ? "true" : "false"); }},
    {"coverage.maxClaims", "number",
     [](Config& c, const RawValue& v) { c.coverage.max_claims = number_between(v, 0, 100'000'000); },
     [](const Config& c) { return std::to_string(c.coverage.max_claims); }},
    {"watch.namespaces", "list", [](Config& c, const RawValue& v) { c.watch.namespaces = namespace_list(v); },
     [](const Config& c) { return fmt::format("[{}]", fmt::join(c.watch.namespaces, ", ")); }},
    {"watch.namespaceSelector", "text", [](Config& c, const RawValue& v) { c.watch.selector = label_selector(v); },
     [](const Config& c) { return c.watch.selector; }},
    {"watch.audit", "duration",
     [](Config& c, const RawValue& v) { c.watch.audit = duration_between(v, 1min, 30 * 24h, true); },
     [](const Config& c) { return format_duration(c.watch.audit); }},
    {"events.enabled", "true, false", [](Config& c, const RawValue& v) { c.events.enabled = boolean(v); },
     [](const Config& c) { return std::string(c.events.enabled ? "true" : "false"); }},
    {"velero.enabled", "auto, false",
     [](Config& c, const RawValue& v) { c.velero = static_cast<VeleroMode>(choice(v, kVeleroModes)); },
     [](const Config& c) { return name_of(kVeleroModes, c.velero); }},
    {"velero.namespace", "text", [](Config& c, const RawValue& v) { c.velero_namespace = namespace_name(v); },
     [](const Config& c) { return c.velero_namespace; }},
    {"retryAbsent", "duration", [](Config& c, const RawValue& v) { c.retry_absent = duration_between(v, 1s, 1h); },
     [](const Config& c) { return format_duration(c.retry_absent); }},
    {"shutdown.timeout", "duration",
     [](Config& c, const RawValue& v) { c.shutdown_timeout = duration_between(v, 1s, 10min); },
     [](const Config& c) { return format_duration(c.shutdown_timeout); }},
}};

/// Levenshtein's distance, letters compared without their case.
std::size_t distance(std::string_view left, std::string_view right) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < right.size(); ++j) {
      const auto replaced = diagonal + (same(left[i], right[j]) ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, replaced}));
    }
  }
  return row.back();
}

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_config_key(std::string_view path) {
  const auto* const found =
      std::find_if(kKeys.begin(), kKeys.end(), [path](const ConfigKey& key) { return key.path == path; });
  return found == kKeys.end() ? nullptr : found;
}

bool is_config_section(std::string_view path) {
  return std::any_of(kKeys.begin(), kKeys.end(), [path](const ConfigKey& key) {
    return key.path.size() > path.size() && key.path.starts_with(path) && key.path[path.size()] == '.';
  });
}

std::string_view similar_config_key(std::string_view path) {
  constexpr std::size_t kLongest = 60;  // longer than any key by far: no typing error, and not worth the comparison
  if (path.size() > kLongest) return {};
  std::string_view best;
  auto least = 2 + path.size() / 8;  // how many letters may be wrong
  const auto consider = [&](std::string_view candidate) {
    if (const auto letters = distance(path, candidate); letters < least) {
      least = letters;
      best = candidate;
    }
  };
  const auto leaf = path.substr(path.rfind('.') + 1);
  for (const auto& key : kKeys) {
    consider(key.path);
    const auto dot = key.path.find('.');
    if (dot != std::string_view::npos) consider(key.path.substr(0, dot));
    // The right name in the wrong section (or in none) is as good as a near miss.
    if (best.empty() && key.path.substr(dot == std::string_view::npos ? 0 : dot + 1) == leaf) best = key.path;
  }
  return best;
}

}  // namespace snaptrail::controller
