#pragma once

#include <string>
#include <utility>

#include "informers/watch_fsm.hpp"
#include "kube/error.hpp"

namespace snaptrail::informers {

/// A failed call as the state machine takes it; our own shutdown is none.
inline Input failed(kube::Error error) {
  if (error.code == kube::Errc::cancelled) return input::Cancelled{};
  return input::CallFailed{std::move(error)};
}

/// The same, of a failure that we found.
inline Input failed(kube::Errc code, std::string message) {
  kube::Error error;
  error.code = code;
  error.message = std::move(message);
  return input::CallFailed{std::move(error)};
}

}  // namespace snaptrail::informers
