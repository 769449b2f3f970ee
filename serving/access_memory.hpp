#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// What is remembered of those who asked, and how often may be asked of them. Pure: time is an argument.
namespace snaptrail::serving {

using AccessTime = std::chrono::steady_clock::time_point;

/// Who a token belongs to, as the API server says.
struct User {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
  friend bool operator==(const User&, const User&) = default;
};

/// Values by key, each until its time; with too many the one used longest ago goes.
template <class Value>
class ExpiringMap {
 public:
  explicit ExpiringMap(std::size_t most) : most_(most) {}

  struct Entry {
    Value value;
    AccessTime until;
  };
  /// Also one whose time is over: null where nothing was ever put, or it had to go.
  const Entry* find(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    by_use_.splice(by_use_.begin(), by_use_, found->second.second);
    return &found->second.first;
  }
  void put(const std::string& key, Value value, AccessTime until) {
    erase(key);
    if (entries_.size() >= most_) erase(std::string(by_use_.back()));
    by_use_.push_front(key);
    entries_.emplace(key, std::pair(Entry{std::move(value), until}, by_use_.begin()));
  }
  void erase(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    by_use_.erase(found->second.second);
    entries_.erase(found);
  }
  std::size_t size() const { return entries_.size(); }

 private:
  std::size_t most_;
  std::list<std::string> by_use_;  ///< the newest first
  std::unordered_map<std::string, std::pair<Entry, std::list<std::string>::iterator>> entries_;
};

/// So many a second, and at most `burst` at once.
class RateLimit {
 public:
  RateLimit(double per_second, double burst) : per_second_(per_second), burst_(burst), left_(burst) {}
  bool take(AccessTime now);

 private:
  double per_second_, burst_, left_;
  std::optional<AccessTime> last_;
};

/// Times as controller-runtime's filter has them, but for refused tokens, which may be good in a moment.
struct AccessTimes {
  std::chrono::milliseconds token{60'000};
  std::chrono::milliseconds refused_token{10'000};
  std::chrono::milliseconds allowed{300'000};
  std::chrono::milliseconds denied{30'000};
};

class AccessMemory {
 public:
  explicit AccessMemory(AccessTimes times = {}, std::size_t most = 1'000)
      : times_(times), users_(most), refused_(most), access_(4 * most), allowed_(most) {}

  struct Known {
    std::optional<User> user;  ///< none: the token is refused
  };
  /// nullopt: the API server has to be asked.
  std::optional<Known> token(const std::string& key, AccessTime now);
  /// Whether the token was somebody's when it was last asked about: asked again it goes before those that nobody knows.
  bool was_good(const std::string& key) { return users_.find(key) != nullptr; }
  void note_token(const std::string& key, std::optional<User> user, AccessTime now);

  std::optional<bool> access(const User& user, std::string_view path, AccessTime now);
  /// Whether the user, by whichever token, was ever let in anywhere: asked about again it goes before those who never were.
  bool was_allowed(const User& user);
  void note_access(const User& user, std::string_view path, bool allowed, AccessTime now);

  std::size_t size() const { return users_.size() + refused_.size() + access_.size() + allowed_.size(); }

 private:
  AccessTimes times_;
  ExpiringMap<User> users_;
  ExpiringMap<bool> refused_;  ///< apart, so that guesses never push out those who are known
  ExpiringMap<bool> access_;
  ExpiringMap<bool> allowed_;  ///< by name: what else is told of a user may be another with each token
};

/// SHA-256 of a secret, so that it is not kept itself.
std::string fingerprint_of(std::string_view secret);
/// Tells any two users apart; with `path` also what they ask for.
std::string access_key(const User& user, std::string_view path);

/// The token of an Authorization field: `Bearer TOKEN` (RFC 6750); empty for any other.
std::string_view bearer_token(std::string_view authorization);

}  // namespace snaptrail::serving
