#include "informers/redaction.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <vector>

#include "informers/path_handler.hpp"

namespace snaptrail::informers {
namespace {

namespace json = boost::json;

/// Suffixes, without regard to case and to `-`: loadBalancerSecretRef, csi.storage.k8s.io/snapshotter-secret-name.
constexpr std::array<std::string_view, 6> kSecretEndings = {"secretref",       "secretrefs",      "secretname",
                                                            "secretnamespace", "secretreference", "imagepullsecrets"};

bool names_a_secret(std::string_view key) {
  if (key.find("/deletion-secret-") != std::string_view::npos) return true;
  if (key.find("/provisioner-deletion-secret-") != std::string_view::npos) return true;
  std::string plain;
  for (const char c : key) {
    if (c != '-') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return std::ranges::any_of(kSecretEndings, [&](std::string_view ending) { return plain.ends_with(ending); });
}

bool is_left_out(std::string_view key) {
  return key == "fieldsV1" || key == "kubectl.kubernetes.io/last-applied-configuration" || names_a_secret(key);
}

/// Recursion is bounded: the parser refuses what is deeper than kMaxDepth.
void strip(json::value& value) {
  if (json::array* array = value.if_array()) {
    for (json::value& element : *array) strip(element);
  }
  json::object* object = value.if_object();
  if (object == nullptr) return;
  std::vector<std::string> left_out;
  for (auto& member : *object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (is_left_out(key)) {
      left_out.emplace_back(key);
    } else {
      strip(member.value());
    }
  }
  for (const std::string& key : left_out) {
    // The order of members stays as it was, so that two recordings can be compared.
    object->stable_erase(object->find(key));
  }
}

std::optional<json::value> parse_object(std::string_view text) {
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error, {}, strict_json());
  if (error || !value.is_object()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string> redact(std::string_view event) {
  auto value = parse_object(event);
  if (!value) return std::nullopt;
  strip(*value);
  return json::serialize(*value);
}

std::optional<std::string> on_one_line(std::string_view event) {
  if (!parse_object(event)) return std::nullopt;
  std::string line(event);
  // Valid JSON has line breaks between its tokens only.
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\r', ' ');
  return line;
}

}  // namespace snaptrail::informers
