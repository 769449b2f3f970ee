#include "controller/config_reload.hpp"

#include <fmt/format.h>

#include "controller/config_keys.hpp"

namespace snaptrail::controller {

bool is_reloadable(std::string_view path) {
  return path == "log.level" || path.starts_with("diagnosis.") || path.starts_with("objectMetrics.");
}

ConfigChange plan_change(const Config& running, const Config& fresh) {
  ConfigChange change{running, {}, {}};
  change.config.log.level = fresh.log.level;
  change.config.diagnosis = fresh.diagnosis;
  change.config.object_metrics = fresh.object_metrics;
  for (const auto& key : config_keys()) {
    const std::string before = key.get(running), after = key.get(fresh);
    if (before == after) continue;
    if (is_reloadable(key.path)) {
      change.taken.push_back(fmt::format("{}: {} -> {}", key.path, before, after));
    } else {
      change.needs_restart.emplace_back(key.path);
    }
  }
  return change;
}

ConfigReload::Verdict ConfigReload::offer(const std::string& text) {
  try {
    Config fresh = parse_config(text, name_);
    override_config(fresh, overrides_);
    check_config(fresh);
    ConfigChange change = plan_change(running_, fresh);
    running_ = change.config;
    return {std::move(change), {}};
  } catch (const ConfigError& error) {
    return {std::nullopt, error.what()};
  }
}

}  // namespace snaptrail::controller
