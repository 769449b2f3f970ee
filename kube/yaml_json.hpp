#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace snaptrail::kube {

/// A YAML node as JSON text: plain scalars that are null, booleans or numbers (YAML's core schema) become such, all
/// others strings; keys become strings. Throws YAML::Exception if it nests deeper than 64.
std::string to_json(const YAML::Node& node);

}  // namespace snaptrail::kube
