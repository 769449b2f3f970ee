#pragma once

#include "controller/config.hpp"
#include "controller/config_value.hpp"

#include <span>
#include <string>
#include <string_view>

namespace snaptrail::controller {

/// One key of the configuration: the parser, the flags, the description and the test of docs/config.md all go
/// by these.
struct ConfigKey {
  std::string_view path;  ///< "ledger.path"
  std::string_view
      type;  ///< as in docs/config.md: text, path, duration, number, true or false, address, list, a choice
  void (*set)(Config& config, const RawValue& raw);  ///< throws ValueError
  std::string (*get)(const Config& config);          ///< the value as a file would say it; empty where it is unset
};

/// Every key, in the order of docs/config.md.
std::span<const ConfigKey> config_keys();

/// The key of that path, or null.
const ConfigKey* find_config_key(std::string_view path);

/// Whether some key lies below: "ledger".
bool is_config_section(std::string_view path);

/// The key or section that a mistyped path most likely means; empty if none is close.
std::string_view similar_config_key(std::string_view path);

}  // namespace snaptrail::controller
