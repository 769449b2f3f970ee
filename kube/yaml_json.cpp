#include "kube/yaml_json.hpp"

#include <boost/json.hpp>

#include <cstdint>

namespace snaptrail::kube {
namespace {

namespace json = boost::json;

constexpr int kDeepest = 64;

json::value scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() != "?") return json::value(text);  // quoted
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  bool flag = false;
  if (YAML::convert<bool>::decode(node, flag)) return flag;
  std::int64_t whole = 0;
  if (YAML::convert<std::int64_t>::decode(node, whole)) return whole;
  double number = 0;
  const bool finite = text.find_first_of("nN") == text.npos;  // .inf and .nan are no JSON
  if (finite && YAML::convert<double>::decode(node, number)) return number;
  return json::value(text);
}

/// As the YAML that client-go reads by makes keys of what YAML 1.1 takes for booleans: `on: x` is {"true": "x"}.
std::string key_of(const YAML::Node& node) {
  if (!node.IsScalar()) throw YAML::Exception(node.Mark(), "a key must be a string");
  const json::value value = scalar(node);
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  return node.Scalar();
}

json::value converted(const YAML::Node& node, int depth) {
  if (depth > kDeepest) throw YAML::Exception(node.Mark(), "nested too deep");
  if (!node.IsDefined() || node.IsNull()) return nullptr;
  if (node.IsScalar()) return scalar(node);
  if (node.IsSequence()) {
    json::array array;
    for (const YAML::Node& item : node) array.push_back(converted(item, depth + 1));
    return array;
  }
  json::object object;
  for (const auto& pair : node) object[key_of(pair.first)] = converted(pair.second, depth + 1);
  return object;
}

}  // namespace

std::string to_json(const YAML::Node& node) { return json::serialize(converted(node, 0)); }

}  // namespace snaptrail::kube
