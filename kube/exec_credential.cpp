#include "kube/exec_credential.hpp"

#include "kube/local_error.hpp"
#include "kube/pem.hpp"
#include "kube/token_source.hpp"
#include "objects/instant.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace snaptrail::kube {
namespace {

namespace json = boost::json;

constexpr std::size_t kDeepest = 32;
constexpr std::chrono::seconds kLeeway{10};

Error faulty(std::string_view why) {
  return local_error(Errc::credentials, fmt::format("its standard output {}", why));
}

/// The string under `key`; empty if it is missing or null. nullopt: of another type.
std::optional<std::string> text_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value || value->is_null()) return "";
  const json::string* text = value->if_string();
  if (!text) return std::nullopt;
  return std::string(text->data(), text->size());
}

Result<void> check_kind(const json::object& document, std::string_view api_version) {
  if (text_at(document, "kind") != "ExecCredential") return faulty("is no ExecCredential (kind)");
  const auto version = text_at(document, "apiVersion");
  if (version == api_version) return {};
  return faulty(fmt::format("has apiVersion {}, but the kubeconfig says {}; make them equal",
                            version.value_or("").substr(0, 80), api_version));
}

}  // namespace

Result<ExecCredential> parse_exec_credential(std::string_view output, std::string_view api_version) {
  json::parse_options options;
  options.max_depth = kDeepest;
  boost::system::error_code broken;
  const json::value value = json::parse(json::string_view(output.data(), output.size()), broken, {}, options);
  const json::object* document = broken ? nullptr : value.if_object();
  if (!document) return faulty(output.empty() ? "is empty" : "is no JSON object");
  if (auto checked = check_kind(*document, api_version); !checked) return checked.error();
  const json::value* status_value = document->if_contains("status");
  const json::object* status = status_value ? status_value->if_object() : nullptr;
  if (!status) return faulty("has no status");

  const auto token = text_at(*status, "token");
  const auto cert = text_at(*status, "clientCertificateData");
  const auto key = text_at(*status, "clientKeyData");
  const auto expires = text_at(*status, "expirationTimestamp");
  if (!token || !cert || !key || !expires) return faulty("has a status with a value that is no string");
  if (token->empty() && cert->empty() && key->empty()) return faulty("has neither a token nor a client certificate");
  if (cert->empty() != key->empty()) return faulty("has only one of clientCertificateData and clientKeyData");
  if (!token->empty() && !clean_token(*token)) return faulty("has a token with characters that no token may have");
  ExecCredential credential{token->empty() ? "" : *clean_token(*token), *cert, *key, std::nullopt};
  if (!cert->empty()) {
    auto pair = parse_key_pair(*cert, "its clientCertificateData", *key, "its clientKeyData");
    if (!pair) return local_error(Errc::credentials, pair.error().message);
  }
  if (!expires->empty()) {
    const auto instant = objects::parse_rfc3339(*expires);
    if (!instant) return faulty("has an expirationTimestamp that is no RFC 3339 time");
    credential.expires = *instant;
  }
  return credential;
}

ExecCredential::Time refresh_at(const ExecCredential& credential, ExecCredential::Time obtained) {
  if (!credential.expires) return ExecCredential::Time::max();
  const auto life = *credential.expires - obtained;
  if (life <= life.zero()) return *credential.expires;
  const auto leeway = std::min<ExecCredential::Time::duration>(kLeeway, life / 10);
  return *credential.expires - leeway;
}

ExecCredentialPtr ExecCache::usable(Time now) const { return now < refresh_at_ ? credential_ : nullptr; }

std::optional<Error> ExecCache::failure(Time now) const {
  // A clock that was set back must not stop the plugin for hours.
  const bool recent = now >= failed_at_ && now - failed_at_ < kPauseAfterFailure;
  return recent ? failure_ : std::nullopt;
}

void ExecCache::succeeded(ExecCredentialPtr credential, Time now) {
  refresh_at_ = refresh_at(*credential, now);
  credential_ = std::move(credential);
  failure_.reset();
}

void ExecCache::failed(Error error, Time now) {
  failure_ = std::move(error);
  failed_at_ = now;
}

bool ExecCache::refused(const ExecCredentialPtr& credential) {
  if (!credential) return false;
  if (credential == credential_) credential_.reset();
  return true;
}

}  // namespace snaptrail::kube
