#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config.hpp"

/// What becomes of a configuration file that changes while the daemon runs. Pure.
namespace snaptrail::controller {

/// Whether a key of docs/config.md takes effect without a restart.
bool is_reloadable(std::string_view path);

struct ConfigChange {
  Config config;                           ///< what runs from now on
  std::vector<std::string> taken;          ///< `key: old -> new`, of those that take effect
  std::vector<std::string> needs_restart;  ///< keys that the file has otherwise than what runs
};

/// Takes over what can be taken over of `fresh`; all else stays as it runs.
ConfigChange plan_change(const Config& running, const Config& fresh);

/// Judges each version of the file: flags go over it as at the start, and one that can't be used changes nothing.
class ConfigReload {
 public:
  ConfigReload(std::string name, std::vector<Override> overrides, Config running)
      : name_(std::move(name)), overrides_(std::move(overrides)), running_(std::move(running)) {}

  struct Verdict {
    std::optional<ConfigChange> change;  ///< none: the file can't be used
    std::string error;                   ///< why, as a ConfigError says it
  };
  Verdict offer(const std::string& text);

  const Config& running() const { return running_; }

 private:
  std::string name_;
  std::vector<Override> overrides_;
  Config running_;
};

}  // namespace snaptrail::controller
