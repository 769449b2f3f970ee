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

/// Domains of annotations that say how far storage, a snapshot or Velero has got. Anything else may hold anything.
constexpr std::array<std::string_view, 9> kToldDomains = {
    "k8s.io",
    "pv.kubernetes.io",
    "snapshot.storage.kubernetes.io",
    "snapshot.storage.k8s.io",
    "storageclass.beta.kubernetes.io",
    "storageclass.kubernetes.io",
    "velero.io",
    "volume.beta.kubernetes.io",
    "volume.kubernetes.io",
};

bool is_told(std::string_view annotation) {
  const std::string_view domain = annotation.substr(0, annotation.find('/'));
  return std::ranges::find(kToldDomains, domain) != kToldDomains.end();
}

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

template <class Test>
void erase_members(json::object& object, Test test) {
  std::vector<std::string> left_out;
  for (const auto& member : object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (test(key)) left_out.emplace_back(key);
  }
  // The order of members stays as it was, so that two recordings can be compared.
  for (const std::string& key : left_out) object.stable_erase(object.find(key));
}

/// Recursion is bounded: the parser refuses what is deeper than kMaxDepth.
void strip(json::value& value) {
  if (json::array* array = value.if_array()) {
    for (json::value& element : *array) strip(element);
  }
  json::object* object = value.if_object();
  if (object == nullptr) return;
  erase_members(*object, is_left_out);
  for (auto& member : *object) strip(member.value());
  json::value* meta = object->if_contains("metadata");
  json::value* annotations =
      meta != nullptr && meta->is_object() ? meta->get_object().if_contains("annotations") : nullptr;
  if (annotations != nullptr && annotations->is_object()) {
    erase_members(annotations->get_object(), [](std::string_view key) { return !is_told(key); });
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
