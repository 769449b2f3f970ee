#include "serving/answer_cache.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "serving/gzip.hpp"

namespace snaptrail::serving {
namespace {

/// Lengths keep what strangers put into a value from looking like another parameter.
std::string key_of(const Request& request) {
  std::string key;
  for (const auto& [name, value] : request.target.query) {
    key += fmt::format("{}:{}{}:{}", name.size(), name, value.size(), value);
  }
  return key;
}

}  // namespace

Response AnswerCache::answer(const ledger::Ledger& ledger, const Request& request, Answer make) {
  // Asked before the question: what is committed meanwhile is of the next version.
  if (const auto now = ledger.version(); now != version_) {
    kept_.clear();
    version_ = now;
  }
  std::string query = key_of(request);
  const auto known = std::ranges::find(kept_, query, &Kept::query);
  if (known != kept_.end()) return known->response;
  Response made = make(ledger, request);
  if (made.status != 200 || made.body.size() > kMostBytes) return made;
  made.packed = gzip(made.body);
  if (kept_.size() == kMost) kept_.pop_front();
  kept_.push_back({std::move(query), made});
  return made;
}

}  // namespace snaptrail::serving
