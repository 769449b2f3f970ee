#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace snaptrail::kube {

/// Whom the API server is asked to take us for (Kubernetes, "User impersonation"). All others need `user`.
struct Impersonation {
  std::string user;  ///< empty: nobody is impersonated
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;

  friend bool operator==(const Impersonation&, const Impersonation&) = default;
};

/// The Impersonate-* fields, each with its line end; empty if nobody is impersonated. Keys of `extra` are
/// percent-encoded where a field's name can't hold them, as client-go does (transport/round_trippers.go).
std::string impersonation_fields(const Impersonation& impersonation);

/// Whether a text may be the value of a header field (RFC 9110, 5.5): no control character but the tab.
bool is_field_value(std::string_view text);

}  // namespace snaptrail::kube
