#include "informers/failure_log.hpp"

namespace snaptrail::informers {

bool FailureLog::failed(std::string_view kind, Time now) {
  if (!failing_since_) failing_since_ = now;
  const auto it = said_.find(kind);
  // Kept over a recovery: a stream that fails and recovers in turns would say each of them.
  if (it != said_.end() && now - it->second < kRepeat) return false;
  if (it == said_.end()) {
    said_.emplace(kind, now);
  } else {
    it->second = now;
  }
  unsaid_recovery_ = true;
  return true;
}

std::optional<std::chrono::seconds> FailureLog::recovered(Time now) {
  if (!failing_since_) return std::nullopt;
  const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(now - *failing_since_);
  failing_since_.reset();
  if (!unsaid_recovery_) return std::nullopt;
  unsaid_recovery_ = false;
  return lasted;
}

}  // namespace snaptrail::informers
