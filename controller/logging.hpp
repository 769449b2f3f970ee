#pragma once

#include <memory>
#include <string_view>

#include "controller/config.hpp"

namespace spdlog {
class logger;
}

namespace snaptrail::controller {

/// Who writes the daemon's log, on standard error: one line a message, as text or JSON. Strings of strangers in it are made
/// printable, so that a line is always one line. Thread-safe.
class Log {
 public:
  explicit Log(const Config::Log& settings);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// From now on.
  void set_level(LogLevel level) const;

  void debug(std::string_view message) const;
  void info(std::string_view message) const;
  void warn(std::string_view message) const;
  void error(std::string_view message) const;

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace snaptrail::controller
