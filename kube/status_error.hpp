#pragma once

#include "kube/error.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace snaptrail::kube {

/// As much of an answer's body as tells what was wrong; the rest is not read.
inline constexpr std::size_t kErrorBodyLimit = 64 * 1024;

/// Where a call went, for messages.
struct CallSite {
  std::string request;  ///< method and path without its query: "GET /api/v1/persistentvolumes"
  std::string server;   ///< "https://10.0.0.1:6443"
  std::string context;  ///< the kubeconfig's context; "in-cluster" inside a pod
};

/// What came back, none of it trusted.
struct FailedAnswer {
  int status = 0;
  std::string_view retry_after;  ///< field value, or empty
  std::string_view location;     ///< field value, or empty
  std::string_view body;         ///< at most kErrorBodyLimit of it
};

/// Makes the Error of an answer that is no 2xx. A body that is a Kubernetes Status (API conventions,
/// "Response Status Kind") gives reason, message, causes and continue token; of any other body ("404 page not
/// found", a load balancer's HTML page) the first printable characters become the server's message.
Error status_error(const FailedAnswer& answer, const CallSite& site, std::chrono::sys_seconds now);

}  // namespace snaptrail::kube
